// Meta's Embedded Signup. Its script is fetched only once an admin asks for its window; our server checks all it says.
const SDK = "https://connect.facebook.net/en_US/sdk.js";
const FOR_ITS_WORD = 800; // milliseconds: the window tells its outcome beside the code, before or after it
const form = document.querySelector("[data-meta]");
const state = form.querySelector("[data-meta-state]");
let outcome = null;

const say = (name) => (state.textContent = state.dataset[name]);

addEventListener("message", ({ origin, data }) => {
  if (!/^https:\/\/([a-z0-9-]+\.)*facebook\.com$/.test(origin) || typeof data !== "string") return;
  try {
    const told = JSON.parse(data);
    if (told.type === "WA_EMBEDDED_SIGNUP") outcome = told;
  } catch {
    // their other messages are no JSON
  }
});

const load = () =>
  new Promise((done, fail) => {
    if (window.FB) return done();
    const script = Object.assign(document.createElement("script"), { src: SDK, async: true, onload: done, onerror: fail });
    document.head.append(script);
  });

async function begin(featureType) {
  say("opening");
  outcome = null;
  try {
    await load();
  } catch {
    return say("blocked");
  }
  const { app, config, version } = form.dataset;
  FB.init({ appId: app, version, xfbml: false });
  const feature = featureType ? { featureType, sessionInfoVersion: "3" } : {};
  const options = { config_id: config, response_type: "code", override_default_response_type: true };
  FB.login((answer) => finish(answer, featureType), { ...options, extras: { setup: {}, ...feature } });
}

async function finish(answer, featureType) {
  const code = answer?.authResponse?.code;
  if (!code) return say("closed");
  say("checking");
  if (!outcome) await new Promise((done) => setTimeout(done, FOR_ITS_WORD));
  const told = outcome?.data ?? {};
  form.elements.code.value = code;
  form.elements.waba_id.value = told.waba_id ?? "";
  form.elements.phone_number_id.value = told.phone_number_id ?? "";
  form.elements.is_coexistence.value = featureType ? "on" : "";
  form.submit();
}

for (const button of form.querySelectorAll("[data-meta-begin]")) {
  button.addEventListener("click", () => begin(button.dataset.metaBegin));
  button.disabled = false; // before, it would do nothing
}
