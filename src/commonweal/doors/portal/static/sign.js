// Keys that never leave the browser: an Ed25519 pair made by WebCrypto, not extractable, kept in IndexedDB.
// It signs what its holder decides, and the challenge of a sign-in.
(() => {
  "use strict";
  const able = window.isSecureContext && window.crypto?.subtle && window.indexedDB;
  const ED25519 = { name: "Ed25519" };
  const bytes = (text) => new TextEncoder().encode(text);
  const base64 = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)));
  const hex = (buffer) => [...new Uint8Array(buffer)].map((b) => b.toString(16).padStart(2, "0")).join("");
  const base64url = (array) => base64(array).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const sha256 = (data) => crypto.subtle.digest("SHA-256", data);

  const store = (mode, work) => new Promise((done, failed) => {
    const opening = indexedDB.open("weal", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("keys");
    opening.onerror = () => failed(opening.error);
    opening.onsuccess = () => {
      const asked = work(opening.result.transaction("keys", mode).objectStore("keys"));
      asked.onsuccess = () => { done(asked.result); opening.result.close(); };
      asked.onerror = () => failed(asked.error);
    };
  });
  const held = () => store("readonly", (keys) => keys.get("device"));
  const signed = async (device, text) => base64(await crypto.subtle.sign(ED25519, device.pair.privateKey, bytes(text)));

  const failed = (form) => { form.querySelector("[data-failed]").hidden = false; };
  const intercepted = (form, work) => {
    let sent = false;
    form.addEventListener("submit", async (event) => {
      if (sent) { event.preventDefault(); return; }
      event.preventDefault();
      sent = true;
      try {
        await work(event.submitter);
        if (event.submitter?.name) form.append(hidden(event.submitter.name, event.submitter.value));
        form.submit();
      } catch (error) {
        sent = false;
        failed(form);
      }
    });
  };
  const hidden = (name, value) => Object.assign(document.createElement("input"), { type: "hidden", name, value });

  const enrol = document.querySelector("form[data-enrol]");
  if (enrol) {
    const code = location.hash.slice(1);
    if (code) {
      enrol.elements.code.value = decodeURIComponent(code);
      history.replaceState(null, "", location.pathname);
    }
    if (able) {
      intercepted(enrol, async (submitter) => {
        if (submitter?.name === "keep") return;
        const pair = await crypto.subtle.generateKey(ED25519, false, ["sign", "verify"]);
        const raw = await crypto.subtle.exportKey("raw", pair.publicKey);
        const keyid = "ed25519-" + hex(await sha256(raw)).slice(0, 16);
        await store("readwrite", (keys) => keys.put({ pair, keyid, made: new Date().toISOString() }, "device"));
        enrol.elements.public_key.value = base64(raw);
      });
    } else enrol.addEventListener("submit", (event) => {
      if (event.submitter?.name !== "keep") { event.preventDefault(); failed(enrol); }
    });
  }

  const entry = document.querySelector("form[data-sign-in]");
  if (entry && able) {
    held().then((device) => {
      if (!device) return;
      entry.closest("section").hidden = false;
      const whose = entry.querySelector(".whose");
      whose.textContent = whose.dataset.words + " " + device.keyid;
      intercepted(entry, async () => {
        const challenge = entry.elements.challenge.value;
        const text = `commonweal/sign-in/v1\n${entry.dataset.log}\n${device.keyid}\n${challenge}\n`;
        entry.elements.keyid.value = device.keyid;
        entry.elements.signature.value = await signed(device, text);
      });
    }).catch(() => {});
  }

  // A decision: the text of its envelope (commonweal/approval/v1, RFC 8785) is made from what the form says, and signed.
  const decide = document.querySelector("form[data-decide]");
  const passkeys = decide?.dataset.passkeys;
  if (decide && (decide.dataset.keyid ? !able : passkeys && !window.wealPasskey)) {
    decide.addEventListener("submit", (event) => { event.preventDefault(); failed(decide); });
  } else if (decide && (decide.dataset.keyid || passkeys)) {
    // The authority's clock, as the page was shown, and what has passed since: a replay's clock is not the device's.
    const begun = Date.parse(decide.dataset.now), shownAt = performance.now();
    intercepted(decide, async (submitter) => {
      const device = passkeys ? null : await held();
      if (!passkeys && (!device || device.keyid !== decide.dataset.keyid)) throw new Error("another key");
      const said = decide.elements.statement.value.replaceAll("\r\n", "\n").trim();
      decide.elements.statement.value = said;
      const about = {
        ...JSON.parse(decide.dataset.about),
        decision: submitter.value,
        role: decide.elements.role.value,
        statement: said ? hex(await sha256(bytes(said))) : "",
        at: new Date(begun + performance.now() - shownAt).toISOString().slice(0, 19) + "Z",
        nonce: base64url(crypto.getRandomValues(new Uint8Array(18))),
      };
      const sorted = Object.fromEntries(Object.keys(about).sort().map((name) => [name, about[name]]));
      const text = `commonweal/approval/v1\n${JSON.stringify(sorted)}\n`;
      decide.elements.signed_text.value = text;
      if (passkeys) {
        const found = await window.wealPasskey(JSON.parse(passkeys), await sha256(bytes(text)));
        decide.elements.passkey.value = found.passkey;
        decide.elements.assertion.value = found.assertion;
      } else decide.elements.signature.value = await signed(device, text);
    });
  }
})();
