// Hands each case to other people's SD-JWT software and says what it made of it.
// A case: { kind: "entry" | "credential" | "type", token, jwk, required, now, status }. Answers: { ok, claims | error }.
import { readFileSync } from "node:fs";
import { createHash, createPublicKey, verify } from "node:crypto";
import { SDJwtInstance } from "@sd-jwt/core";
import { SDJwtVcInstance, TypeMetadataFormatSchema } from "@sd-jwt/sd-jwt-vc";

const hasher = (data, alg) => new Uint8Array(createHash(alg.replace("-", "")).update(data).digest());

function verifierOf(jwk) {
  const key = createPublicKey({ key: jwk, format: "jwk" });
  return async (data, signature) =>
    verify("sha256", Buffer.from(data), { key, dsaEncoding: "ieee-p1363" }, Buffer.from(signature, "base64url"));
}

async function judged(item) {
  if (item.kind === "type") return TypeMetadataFormatSchema.parse(item.document);
  const config = { hasher, hashAlg: "sha-256", verifier: verifierOf(item.jwk), statusListFetcher: async () => item.status };
  const instance = item.kind === "credential" ? new SDJwtVcInstance(config) : new SDJwtInstance(config);
  const found = await instance.verify(item.token, { requiredClaimKeys: item.required, currentDate: item.now });
  return found.payload;
}

const answers = [];
for (const item of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push({ name: item.name, ok: true, claims: await judged(item) });
  } catch (error) {
    answers.push({ name: item.name, ok: false, error: String(error.message ?? error) });
  }
}
console.log(JSON.stringify(answers));
