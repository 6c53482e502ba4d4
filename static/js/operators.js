// The conditions a search can have, offered under its field: Arrow down goes there, Enter puts one into the field.
const field = () => document.getElementById("search");
const box = () => document.getElementById("operators");
const isIn = (element) => element && (element === field() || box()?.contains(element));

function put(operator) {
  const before = field().value.replace(/\s+$/, "");
  field().value = `${before}${before ? " " : ""}${operator}`;
  field().focus();
  field().setSelectionRange(field().value.length, field().value.length);
  if (!/[:-]$/.test(operator)) field().dispatchEvent(new Event("input", { bubbles: true }));
}

function walk(step) {
  const all = [...box().children].filter((each) => each.matches("button"));
  const at = all.indexOf(document.activeElement);
  if (at + step < 0) return field().focus();
  all[Math.min(at + step, all.length - 1)].focus();
  document.activeElement.scrollIntoView({ inline: "nearest", block: "nearest" });
}

// While a button is held down nothing moves: a click on what was found would miss it.
let isHeld = false;
const show = () => !isHeld && box()?.toggleAttribute("hidden", !isIn(document.activeElement));
document.addEventListener("pointerdown", () => (isHeld = true), true);
for (const kind of ["pointerup", "pointercancel"]) {
  document.addEventListener(kind, () => ((isHeld = false), setTimeout(() => document.activeElement !== document.body && show())), true);
}
document.addEventListener("focusin", show);
document.addEventListener("click", (event) => {
  const operator = event.target.closest("[data-operator]");
  if (operator) put(operator.dataset.operator);
});
document.addEventListener("keydown", (event) => {
  if (!isIn(event.target) || event.isComposing || event.ctrlKey || event.metaKey || event.altKey) return;
  const isRtl = document.documentElement.dir === "rtl";
  const onField = event.target === field();
  const steps = onField ? { ArrowDown: 1 } : { ArrowRight: isRtl ? -1 : 1, ArrowLeft: isRtl ? 1 : -1, ArrowUp: -99 };
  if (!onField && event.key === "Escape") field().focus();
  else if (steps[event.key]) walk(steps[event.key]);
  else return;
  event.preventDefault();
});
