// Checks a receipt in the browser, without any network: the log's signature, the place in the tree, the witnesses'
// cosignatures, and the fields that somebody shows. Ours alone; it loads nothing and sends nothing.
(() => {
  "use strict";
  const form = document.querySelector("form.checker");
  if (!form) return;
  const known = JSON.parse(document.getElementById("known").textContent);
  const say = (key, values = {}) => known.words[key].replace(/\{(\w+)\}/g, (_, name) => String(values[name] ?? ""));

  // ── bytes ───────────────────────────────────────────────────────────────────────────────────────────────────────
  const utf8 = (text) => new TextEncoder().encode(text);
  const joined = (...parts) => new Uint8Array(parts.flatMap((part) => [...part]));
  const same = (a, b) => a.length === b.length && a.every((byte, at) => byte === b[at]);
  const sha256 = async (bytes) => new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
  const urlSafe = (bytes) => base64(bytes).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

  // Bytes of base64 in its one canonical spelling; null for anything else.
  function unbase64(text) {
    if (typeof text !== "string" || text.length % 4 || !/^[A-Za-z0-9+/]*={0,2}$/.test(text)) return null;
    try {
      const bytes = Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
      let again = "";
      for (let at = 0; at < bytes.length; at += 3000) again += base64(bytes.subarray(at, at + 3000));
      return again === text ? bytes : null;
    } catch {
      return null;
    }
  }
  function unurl(text) {
    if (!/^[A-Za-z0-9_-]+$/.test(text)) return null;
    const standard = text.replace(/-/g, "+").replace(/_/g, "/");
    return unbase64(standard + "=".repeat((4 - (standard.length % 4)) % 4));
  }

  // ── answers ─────────────────────────────────────────────────────────────────────────────────────────────────────
  class Refused extends Error {
    constructor(key, values) { super(say(key, values)); }
  }
  class Unable extends Error {
    constructor(key) { super(say(key)); }
  }
  function must(condition, key, values) {
    if (!condition) throw new Refused(key, values);
  }

  // ── keys ────────────────────────────────────────────────────────────────────────────────────────────────────────
  const ED25519 = 1, COSIGNATURE = 4;
  function keyOf(vkey) {
    const [name, id, encoded] = [vkey.slice(0, vkey.indexOf("+")), ...vkey.slice(vkey.indexOf("+") + 1).split(/\+(.*)/s)];
    const bytes = unbase64(encoded);
    return { name, id: Uint8Array.from(id.match(/../g), (hex) => parseInt(hex, 16)), kind: bytes[0], bytes: bytes.slice(1) };
  }
  async function ed25519(key, signature, message) {
    const imported = await crypto.subtle.importKey("raw", key, { name: "Ed25519" }, false, ["verify"]);
    return crypto.subtle.verify({ name: "Ed25519" }, imported, signature, message);
  }
  async function es256(jwk, signature, message) {
    const { kty, crv, x, y } = jwk;
    const kind = { name: "ECDSA", namedCurve: "P-256" };
    const imported = await crypto.subtle.importKey("jwk", { kty, crv, x, y }, kind, false, ["verify"]);
    return crypto.subtle.verify({ name: "ECDSA", hash: "SHA-256" }, imported, signature, message);
  }
  // Whether this browser can check the signatures at all; asked with a key that is known to be one.
  async function able() {
    if (!globalThis.crypto?.subtle) throw new Unable("no_crypto");
    try {
      await ed25519(keyOf(known.logs[0]).bytes, new Uint8Array(64), new Uint8Array(1));
    } catch {
      throw new Unable("no_ed25519");
    }
  }

  // ── reading ─────────────────────────────────────────────────────────────────────────────────────────────────────
  function json(text) {
    try {
      const found = JSON.parse(text);
      return found !== null && typeof found === "object" && !Array.isArray(found) ? found : null;
    } catch {
      return null;
    }
  }
  // { proof, leaf, claims, shown } of a tlog-proof, a receipt or a presentation.
  function receiptOf(text) {
    const clean = text.replace(/\r\n/g, "\n").trim();
    must(clean, "empty");
    must(clean.length < 4e6, "too_large");
    if (clean.startsWith("c2sp.org/tlog-proof@v1\n")) {
      const proof = proofOf(clean + "\n");
      must(proof.extra, "no_leaf");
      return { proof, leaf: proof.extra, claims: {}, shown: "" };
    }
    const found = json(clean);
    must(found && typeof found.proof === "string", "no_receipt");
    const proof = proofOf(found.proof.trim() + "\n");
    if (typeof found.sd_jwt === "string") {
      const leaf = unurl(found.sd_jwt.split("~")[0].split(".")[1] ?? "");
      must(leaf, "sd_jwt_form");
      return { proof, leaf, claims: found, shown: found.sd_jwt };
    }
    const leaf = unbase64(found.leaf) ?? proof.extra;
    must(leaf, "no_leaf");
    return { proof, leaf, claims: found, shown: "" };
  }
  function proofOf(text) {
    const end = text.indexOf("\n\n");
    must(end > 0, "proof_form");
    const lines = text.slice(0, end).split("\n");
    must(lines.shift() === "c2sp.org/tlog-proof@v1", "proof_form");
    const extra = lines[0]?.startsWith("extra ") ? unbase64(lines.shift().slice(6)) : null;
    const index = /^index (0|[1-9][0-9]{0,14})$/.exec(lines.shift() ?? "");
    must(index && lines.length <= 63, "proof_form");
    const hashes = lines.map(unbase64);
    must(hashes.every((hash) => hash?.length === 32), "proof_form");
    return { extra, index: Number(index[1]), hashes, note: text.slice(end + 2) };
  }
  function noteOf(note) {
    const end = note.lastIndexOf("\n\n");
    must(end > 0 && note.endsWith("\n"), "checkpoint_form");
    const text = note.slice(0, end + 1);
    const [origin, size, encoded] = text.split("\n");
    const root = unbase64(encoded ?? "");
    must(/^(0|[1-9][0-9]{0,14})$/.test(size ?? "") && root?.length === 32, "checkpoint_form");
    const signatures = note.slice(end + 2, -1).split("\n").map((line) => {
      const parts = line.split(" ");
      const bytes = unbase64(parts[2]);
      must(parts.length === 3 && parts[0] === "—" && bytes?.length > 4, "checkpoint_form");
      return { name: parts[1], id: bytes.slice(0, 4), value: bytes.slice(4) };
    });
    return { text, origin, size: Number(size), root, signatures };
  }
  const signedBy = (note, key) => note.signatures.find((line) => line.name === key.name && same(line.id, key.id));

  // ── the tree (RFC 9162, 2.1.3.2) ────────────────────────────────────────────────────────────────────────────────
  async function included(leaf, index, size, hashes, root) {
    if (index >= size) return false;
    let at = index, last = size - 1, hash = await sha256(joined([0], leaf));
    for (const beside of hashes) {
      if (last === 0) return false;
      if (at % 2 || at === last) {
        hash = await sha256(joined([1], beside, hash));
        while (at % 2 === 0 && at !== 0) { at = Math.floor(at / 2); last = Math.floor(last / 2); }
      } else {
        hash = await sha256(joined([1], hash, beside));
      }
      at = Math.floor(at / 2);
      last = Math.floor(last / 2);
    }
    return last === 0 && same(hash, root);
  }

  // ── the check ───────────────────────────────────────────────────────────────────────────────────────────────────
  async function check(receiptText, shownText) {
    const steps = [], facts = [], fields = [];
    const holds = (key, values) => steps.push({ state: "holds", text: say(key, values) });
    const open = (key, values) => steps.push({ state: "open", text: say(key, values) });
    try {
      await able();
      const { proof, leaf, claims, shown } = receiptOf(receiptText);
      const note = noteOf(proof.note);
      const logs = known.logs.map(keyOf);
      must(logs.some((key) => key.name === note.origin), "other_log", { seen: note.origin, want: logs[0].name });
      await logSigned(note, logs);
      holds("log_signed", { origin: note.origin, size: note.size });
      must(await included(leaf, proof.index, note.size, proof.hashes, note.root), "not_included", { index: proof.index });
      holds("included", { index: proof.index, size: note.size });
      const said = leafOf(leaf, note.origin);
      const kind = said.entry_kind ?? said.kind;
      const proved = { index: proof.index, origin: note.origin, kind: kind.replace(/\/[0-9]+$/, ""), accepted_on: said.time };
      const compared = own(claims, proved);
      if (compared.length) holds("leaf_read", { names: compared.join(", ") });
      await witnessed(note, holds, open);
      for (const text of [shown, shownText.trim()]) if (text) fields.push(...(await opened(text, leaf, said, holds, open)));
      const unproved = onlySaid(claims, proved, fields);
      if (unproved.length) open("only_said", { names: unproved.join(", ") });
      const credential = known.credentials.includes(proved.kind) || Object.hasOwn(claims, "credential");
      if (credential) open("standing");
      facts.push(["entry", proof.index], ["kind", kind], ["recorded", said.time], ["digest", urlSafe(await sha256(leaf))]);
      const head = say(credential ? "accepted_credential" : "accepted", { index: proof.index, origin: note.origin });
      return { outcome: "accepted", head, why: credential ? say("standing_how") : "", part: credential, steps, facts, fields };
    } catch (error) {
      if (error instanceof Unable) return { outcome: "unable", head: say("unable"), why: error.message, steps, facts, fields };
      const why = error instanceof Refused ? error.message : say("broken");
      steps.push({ state: "fails", text: why });
      return { outcome: "refused", head: say("refused"), why, steps, facts: [], fields: [] };
    }
  }
  async function logSigned(note, logs) {
    must(known.closed === null || note.size <= known.closed, "after_end", { size: note.size, closed: known.closed });
    let signed = false, outside = null;
    for (const [at, key] of logs.entries()) {
      const line = signedBy(note, key), span = known.spans[at];
      if (!line || key.kind !== ED25519) continue;
      must(await ed25519(key.bytes, line.value, utf8(note.text)), "bad_signature");
      if (span.start <= note.size && (span.stop === null || note.size <= span.stop)) signed = true;
      else outside = span;
    }
    if (!signed && outside) {
      must(note.size >= outside.start, "key_early", { size: note.size, start: outside.start });
      must(false, `key_${outside.ended}`, { size: note.size, stop: outside.stop });
    }
    must(signed, "no_signature");
  }
  function leafOf(leaf, origin) {
    const said = json(new TextDecoder().decode(leaf));
    must(said && Array.isArray(said._sd) && typeof said.kind === "string", "leaf_form");
    must(said.iss === origin, "other_issuer", { seen: said.iss });
    return said;
  }
  // What a receipt says about itself is held against what was proved.
  function own(claims, proved) {
    const names = Object.keys(proved).filter((name) => Object.hasOwn(claims, name));
    for (const name of names) {
      must(claims[name] === proved[name], "other_claim", { name, seen: claims[name], want: proved[name] });
    }
    return names;
  }
  // The names of what the file says besides, which nothing here proves.
  const READ = ["leaf", "proof", "sd_jwt"];
  function onlySaid(claims, proved, fields) {
    const opened = new Map(fields);
    const isOpened = (said) => said !== null && typeof said === "object" && Object.entries(said).every(
      ([name, value]) => opened.has(name) && JSON.stringify(opened.get(name)) === JSON.stringify(value));
    return Object.entries(claims).filter(([name, value]) => value !== null && !READ.includes(name)
      && !Object.hasOwn(proved, name) && !(name === "vkey" && known.logs.includes(value))
      && !(name === "fields" && isOpened(value))).map(([name]) => name);
  }
  async function witnessed(note, holds, open) {
    for (const witness of known.witnesses) {
      const key = keyOf(witness.vkey), line = signedBy(note, key);
      if (!line) {
        open("not_witnessed", { name: witness.name });
      } else if (key.kind !== COSIGNATURE) {
        open("ml_dsa", { name: witness.name });
      } else {
        must(line.value.length === 72, "bad_cosignature", { name: witness.name });
        const time = line.value.slice(0, 8).reduce((sum, byte) => sum * 256 + byte, 0);
        const message = utf8(`cosignature/v1\ntime ${time}\n${note.text}`);
        must(await ed25519(key.bytes, line.value.slice(8), message), "bad_cosignature", { name: witness.name });
        const when = new Date(time * 1000).toISOString().replace("T", " ").slice(0, 16);
        holds("cosigned", { name: witness.name, when });
      }
    }
    if (!known.witnesses.length) open("no_witnesses");
  }

  // ── fields that are shown ───────────────────────────────────────────────────────────────────────────────────────
  async function opened(text, leaf, said, holds, open) {
    const found = json(text);
    if (found && Array.isArray(found.disclosures)) return fieldsOf(found.disclosures, said, holds);
    const token = found ? found.sd_jwt : text;
    must(typeof token === "string" && token.includes("~"), "sd_jwt_form");
    const [jwt, ...rest] = token.split("~");
    must(rest.pop() === "", "sd_jwt_form");
    const [header, payload, signature] = jwt.split(".").map(unurl);
    must(header && payload && signature, "sd_jwt_form");
    must(same(payload, leaf), "other_leaf");
    const head = json(new TextDecoder().decode(header));
    const key = known.issuers.find((item) => item.kid === head?.kid);
    if (known.issuers.length) {
      must(key && head.alg === "ES256", "unknown_issuer");
      must(await es256(key, signature, utf8(jwt.slice(0, jwt.lastIndexOf(".")))), "bad_issuer");
      holds("issuer_signed");
    } else {
      open("issuer_unknown");
    }
    return fieldsOf(rest, said, holds);
  }
  async function fieldsOf(disclosures, said, holds) {
    const fields = new Map();
    for (const disclosure of disclosures) {
      const bytes = typeof disclosure === "string" ? unurl(disclosure) : null;
      let item = null;
      try { item = JSON.parse(new TextDecoder().decode(bytes ?? new Uint8Array())); } catch { /* said below */ }
      must(Array.isArray(item) && item.length === 3 && typeof item[1] === "string", "disclosure_form");
      const name = item[1].replace(/^body\./, "");
      must(said._sd.includes(urlSafe(await sha256(utf8(disclosure)))), "not_committed", { name });
      must(!fields.has(name), "twice", { name });
      fields.set(name, item[2]);
    }
    must(fields.size, "no_fields");
    holds("fields_hold", { count: fields.size });
    return [...fields];
  }

  // ── showing it ──────────────────────────────────────────────────────────────────────────────────────────────────
  const result = document.getElementById("result");
  function element(name, text, attributes = {}) {
    const made = document.createElement(name);
    if (text !== undefined) made.textContent = text;
    for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
    return made;
  }
  function list(pairs) {
    const found = element("dl", undefined, { class: "facts" });
    for (const [label, value] of pairs) {
      const row = element("div"), cell = element("dd");
      const short = typeof value === "string" ? value : JSON.stringify(value);
      cell.append(short.length < 80 || typeof value === "string"
        ? short : element("pre", JSON.stringify(value, null, 2), { class: "wrap", tabindex: "0" }));
      row.append(element("dt", label), cell);
      found.append(row);
    }
    return found;
  }
  const LOOKS = { accepted: "success", refused: "error", unable: "warning" };
  const STATES = { holds: "good", fails: "bad", open: "unknown" };
  function show(found) {
    const box = element("div", undefined, { class: `notice ${found.part ? LOOKS.unable : LOOKS[found.outcome]}`, "data-outcome": found.outcome });
    const head = element("h2", found.head, { tabindex: "-1", id: "outcome" });
    box.append(head);
    if (found.why) box.append(element("p", found.why));
    const steps = element("ol", undefined, { class: "steps" });
    for (const step of found.steps) {
      const line = element("li");
      line.append(element("span", say(step.state), { class: `state ${STATES[step.state]}` }), " ", step.text);
      steps.append(line);
    }
    result.replaceChildren(box);
    if (found.steps.length) result.append(element("h3", say("checked")), steps);
    if (found.facts.length) result.append(element("h3", say("proved")), list(found.facts.map(([key, value]) => [say(key), value])));
    if (found.fields.length) result.append(element("h3", say("shown")), list(found.fields));
    if (found.outcome === "accepted") result.append(element("p", say("limits"), { class: "note" }));
    head.focus();
  }

  // ── taking it in ────────────────────────────────────────────────────────────────────────────────────────────────
  form.hidden = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    show(await check(form.elements.receipt.value, form.elements.shown.value));
  });
  form.addEventListener("reset", () => result.replaceChildren());
  for (const area of form.querySelectorAll("textarea")) {
    const take = async (file) => { if (file) area.value = await file.text(); };
    document.getElementById(`${area.id}-file`).addEventListener("change", (event) => take(event.target.files[0]));
    area.addEventListener("dragover", (event) => event.preventDefault());
    area.addEventListener("drop", (event) => {
      if (!event.dataTransfer.files.length) return;
      event.preventDefault();
      take(event.dataTransfer.files[0]);
    });
  }
})();
