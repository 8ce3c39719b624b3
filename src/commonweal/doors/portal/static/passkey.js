// Passkeys (Web Authentication): made on one's own page, used after the key at sign-in, and to sign what one approves.
(() => {
  "use strict";
  const able = window.isSecureContext && navigator.credentials && window.PublicKeyCredential;
  const base64url = (buffer) => btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
  const bytes = (text) => Uint8Array.from(atob(text.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
  const listed = (all) => (all ?? []).map((one) => ({ ...one, id: bytes(one.id) }));
  const asserted = (found) => JSON.stringify({
    authenticator: base64url(found.response.authenticatorData),
    client: base64url(found.response.clientDataJSON),
    signature: base64url(found.response.signature),
  });
  const used = (options, challenge) => navigator.credentials.get({ publicKey: {
    ...options, challenge, allowCredentials: listed(options.allowCredentials) } });

  window.wealPasskey = able ? async (options, challenge) => {
    const found = await used(options, challenge);
    return { passkey: base64url(found.rawId), assertion: asserted(found) };
  } : null;

  const work = {
    make: async (form, options) => {
      const found = await navigator.credentials.create({ publicKey: {
        ...options, challenge: bytes(options.challenge), user: { ...options.user, id: bytes(options.user.id) },
        excludeCredentials: listed(options.excludeCredentials) } });
      form.elements.client.value = base64url(found.response.clientDataJSON);
      form.elements.attestation.value = base64url(found.response.attestationObject);
    },
    use: async (form, options) => {
      const found = await used(options, bytes(options.challenge));
      form.elements.passkey.value = base64url(found.rawId);
      form.elements.assertion.value = asserted(found);
    },
  };
  const form = document.querySelector("form[data-passkey]");
  if (!form) return;
  let sent = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    if (sent) return;
    sent = true;
    try {
      if (!able) throw new Error("no passkeys here");
      await work[form.dataset.passkey](form, JSON.parse(form.dataset.options));
      form.submit();
    } catch (error) {
      sent = false;
      form.querySelector("[data-failed]").hidden = false;
    }
  });
})();
