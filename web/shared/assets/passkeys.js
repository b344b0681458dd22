// Passkeys and security keys: asks the browser for the credential of a form and sends the form. Nothing else needs a script.
"use strict";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (letter) => letter.charCodeAt(0));

const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer))).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");

const descriptors = (known) => (known ?? []).map((one) => ({ ...one, id: bytes(one.id) }));

async function ask(way, options) {
  options.challenge = bytes(options.challenge);
  if (way === "create") {
    options.user.id = bytes(options.user.id);
    options.excludeCredentials = descriptors(options.excludeCredentials);
    return navigator.credentials.create({ publicKey: options });
  }
  options.allowCredentials = descriptors(options.allowCredentials);
  return navigator.credentials.get({ publicKey: options });
}

function encoded(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({
    id: credential.id,
    rawId: text(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  });
}

for (const form of document.querySelectorAll("form[data-passkey]")) {
  const button = form.querySelector("button");
  const failed = form.querySelector("[data-passkey-failed]");
  if (!navigator.credentials || !window.PublicKeyCredential) continue;
  button.disabled = false;
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    button.disabled = true;
    failed.hidden = true;
    try {
      form.elements.credential.value = encoded(await ask(form.dataset.passkey, JSON.parse(form.dataset.options)));
      form.submit();
    } catch {
      failed.hidden = false;
      button.disabled = false;
    }
  });
}
