// Verifies Sigstore bundles of our leaves with @sigstore/verify, exactly as its users do.
// A case: { name, bundle, root, jwk, artifact (base64) }. Answers: { name, ok, said }.
import { readFileSync } from "node:fs";
import { createHash, createPublicKey } from "node:crypto";
import { bundleFromJSON } from "@sigstore/bundle";
import { TrustedRoot } from "@sigstore/protobuf-specs";
import { toSignedEntity, toTrustMaterial, Verifier } from "@sigstore/verify";

function judged({ bundle, root, jwk, artifact }) {
  const der = createPublicKey({ key: jwk, format: "jwk" }).export({ format: "der", type: "spki" });
  const hint = createHash("sha256").update(der).digest("base64");
  const material = toTrustMaterial(TrustedRoot.fromJSON(root), { [hint]: { rawBytes: der } });
  // One log entry with its inclusion proof is wanted; nobody stamps the time or issues certificates here.
  const verifier = new Verifier(material, { tlogThreshold: 1, ctlogThreshold: 0, timestampThreshold: 0 });
  const opened = bundleFromJSON(bundle);
  verifier.verify(toSignedEntity(opened, Buffer.from(artifact, "base64")));
  const proof = opened.verificationMaterial.tlogEntries[0].inclusionProof;
  return `entry ${proof.logIndex} of ${proof.treeSize}`;
}

const answers = JSON.parse(readFileSync(0, "utf8")).map((item) => {
  try {
    return { name: item.name, ok: true, said: judged(item) };
  } catch (error) {
    return { name: item.name, ok: false, said: `${error.code ?? error.name}: ${error.message}` };
  }
});
console.log(JSON.stringify(answers));
