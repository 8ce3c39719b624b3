// Verifies ML-DSA-44 cosignatures with @noble/post-quantum, from the bytes of a checkpoint alone (c2sp.org/tlog-cosignature).
// A case: { name, note, vkey }. Answers: { name, ok, said }.
import { readFileSync } from "node:fs";
import { createHash } from "node:crypto";
import { ml_dsa44 } from "@noble/post-quantum/ml-dsa.js";

const utf8 = (text) => Buffer.from(text, "utf8");

function uint64(value) {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return bytes;
}

// The key of a vkey `<name>+<8 hex digits>+<base64 of 0x06 and the key>`, if the digits are really its.
function keyOf(vkey) {
  const [, name, id, encoded] = /^(.+)\+([0-9a-f]{8})\+(.+)$/.exec(vkey);
  const bytes = Buffer.from(encoded, "base64");
  const hash = createHash("sha256").update(Buffer.concat([utf8(name + "\n"), bytes])).digest();
  if (bytes[0] !== 6 || hash.subarray(0, 4).toString("hex") !== id) throw new Error("the vkey is not its own");
  return { name, id: hash.subarray(0, 4), key: bytes.subarray(1) };
}

function judged({ note, vkey }) {
  const { name, id, key } = keyOf(vkey);
  const end = note.lastIndexOf("\n\n");
  const [origin, size, root] = note.slice(0, end).split("\n");
  for (const line of note.slice(end + 2).trimEnd().split("\n")) {
    const [dash, who, encoded] = line.split(" ");
    const bytes = Buffer.from(encoded, "base64");
    if (dash !== "—" || who !== name || !bytes.subarray(0, 4).equals(id)) continue;
    const message = Buffer.concat([
      utf8("subtree/v1\n\0"), Buffer.from([utf8(name).length]), utf8(name), bytes.subarray(4, 12),
      Buffer.from([utf8(origin).length]), utf8(origin), uint64(0), uint64(size), Buffer.from(root, "base64"),
    ]);
    if (!ml_dsa44.verify(bytes.subarray(12), message, key)) throw new Error("the signature does not verify");
    return `${origin} at ${size} entries, cosigned at ${bytes.readBigUInt64BE(4)}`;
  }
  throw new Error("this key did not sign");
}

const answers = JSON.parse(readFileSync(0, "utf8")).map((item) => {
  try {
    return { name: item.name, ok: true, said: judged(item) };
  } catch (error) {
    return { name: item.name, ok: false, said: String(error.message ?? error) };
  }
});
console.log(JSON.stringify(answers));
