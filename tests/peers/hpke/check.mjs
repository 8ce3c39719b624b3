// Opens sealed payloads with @hpke/core (RFC 9180) and the platform's AES-256-GCM, from the bytes of an entry alone.
// A case: { name, payload, bound, key }, all base64 but the name. Answers: { name, ok, said | error }.
import { readFileSync } from "node:fs";
import { Aes256Gcm, CipherSuite, DhkemX25519HkdfSha256, HkdfSha256 } from "@hpke/core";

const HEAD = 4 + 16; // "CWP1" and the id of the holder's key; then 32 bytes of HPKE's enc and 48 of the wrapped key
const suite = new CipherSuite({ kem: new DhkemX25519HkdfSha256(), kdf: new HkdfSha256(), aead: new Aes256Gcm() });
const info = new TextEncoder().encode("commonweal entry key v1");
const bytes = (text) => new Uint8Array(Buffer.from(text, "base64"));

async function opened(item) {
  const payload = bytes(item.payload);
  if (Buffer.from(payload.subarray(0, 4)).toString() !== "CWP1") throw new Error("not a sealed payload");
  const recipientKey = await suite.kem.importKey("raw", bytes(item.key).buffer, false);
  const enc = payload.slice(HEAD, HEAD + 32).buffer;
  const wrapped = payload.slice(HEAD + 32, HEAD + 80).buffer;
  const raw = await suite.open({ recipientKey, enc, info: info.buffer }, wrapped);
  const key = await crypto.subtle.importKey("raw", raw, "AES-GCM", false, ["decrypt"]);
  const gcm = { name: "AES-GCM", iv: new Uint8Array(12), additionalData: bytes(item.bound) };
  return Buffer.from(await crypto.subtle.decrypt(gcm, key, payload.slice(HEAD + 80))).toString("utf8");
}

const answers = [];
for (const item of JSON.parse(readFileSync(0, "utf8"))) {
  try {
    answers.push({ name: item.name, ok: true, said: await opened(item) });
  } catch (error) {
    answers.push({ name: item.name, ok: false, said: String(error.message || error.name || error) });
  }
}
console.log(JSON.stringify(answers));
