// <form data-passkey="create|get|login">: the browser makes or uses a passkey, and the form is sent with its answer.
const works = typeof PublicKeyCredential !== "undefined" && "parseCreationOptionsFromJSON" in PublicKeyCredential;

for (const form of document.querySelectorAll("form[data-passkey]")) form.hidden = !works;

document.addEventListener("submit", async (event) => {
  const form = event.target.closest("form[data-passkey]");
  if (!form) return;
  event.preventDefault();
  const problem = form.querySelector("[data-passkey-problem]");
  problem.hidden = true;
  try {
    const credential = await ask(form.dataset.passkey, await options(form));
    form.elements.credential.value = JSON.stringify(credential.toJSON());
  } catch {
    problem.hidden = false; // refused, cancelled, timed out: browsers do not tell which
    return;
  }
  form.submit();
});

async function options(form) {
  if (form.dataset.passkey !== "login") return JSON.parse(document.getElementById("passkey-options").textContent);
  const answer = await fetch(form.action, { headers: { Accept: "application/json" } });
  return (await answer.json()).request_options;
}

function ask(what, { publicKey }) {
  if (what !== "create") {
    return navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(publicKey) });
  }
  // A passkey knows whose it is and asks for fingerprint, face or PIN; then it can stand for password and second step.
  publicKey.authenticatorSelection = { residentKey: "required", requireResidentKey: true, userVerification: "required" };
  return navigator.credentials.create({ publicKey: PublicKeyCredential.parseCreationOptionsFromJSON(publicKey) });
}
