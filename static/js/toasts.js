// Short messages at the foot of the page; an action makes them stay longer.
const box = () => document.getElementById("toasts");

function settle(toast, seconds) {
  setTimeout(() => {
    toast.remove();
    if (!box().childElementCount && box().matches(":popover-open")) box().hidePopover();
  }, seconds * 1000);
}

export function tell(sentence, action = null) {
  const toast = document.createElement("div");
  toast.className = "toast";
  toast.append(sentence);
  if (action) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = action.label;
    button.addEventListener("click", () => (toast.remove(), action.run()));
    toast.append(button);
  }
  else for (const each of [...box().children]) if (each.textContent === sentence) each.remove(); // said once
  raise();
  box().append(toast);
  settle(toast, action ? 10 : 6);
}

// In the top layer, above dialogs; raised again so that a dialog opened meanwhile does not cover it.
function raise() {
  if (box().matches(":popover-open")) box().hidePopover();
  box().showPopover();
}

const waiting = box().querySelectorAll("[data-toast]");
if (waiting.length) raise();
waiting.forEach((toast) => settle(toast, 6));
document.addEventListener("toast", (event) => tell(event.detail.sentence ?? event.detail.value));
