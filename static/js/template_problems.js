// What Meta would refuse, beside its field: of what was written at once, of what is still empty only when it is submitted.
const touched = new Set();
let isChecked = false;

const nameOf = (control) => control.name ?? "";
export const forget = () => (touched.clear(), (isChecked = false));
export const touch = (control) => touched.add(nameOf(control));

// "buttons.0.text" is the field of the first row, "examples.body.1" an example, everything else a field of that name.
function controlOf(form, field) {
  const [, index, part] = /^buttons\.(\d+)\.(\w+)$/.exec(field) ?? [];
  if (part) return form.querySelectorAll("[data-template-button]")[index]?.querySelector(`[name="button-${part}"]`);
  const name = field.startsWith("examples.") ? `example-${field.slice(9)}` : field;
  return form.elements[name]?.nodeName ? form.elements[name] : null;
}

const boxOf = (form, field, control) =>
  (/^buttons\.\d/.test(field) ? control?.closest("[data-template-button]")?.querySelector("[data-row-problem]") : null) ??
  form.querySelector(`[data-problem="${CSS.escape(field)}"]`) ??
  form.querySelector("[data-problem=other]");

const isOpen = (field, control) => isChecked || !control || control.value !== "" || touched.has(nameOf(control));

function clear(form) {
  for (const box of form.querySelectorAll("[data-problem], [data-row-problem]")) box.replaceChildren();
  for (const control of form.querySelectorAll("[aria-invalid]")) {
    control.removeAttribute("aria-invalid");
    control.removeAttribute("aria-describedby");
  }
}

function mark(control, box) {
  if (!control) return;
  box.id ||= `problem-${Math.random().toString(36).slice(2)}`;
  control.setAttribute("aria-invalid", "true");
  control.setAttribute("aria-describedby", box.id);
}

export function show(form, problems, { focuses = false } = {}) {
  isChecked ||= focuses;
  clear(form);
  const seen = problems.map((each) => ({ ...each, control: controlOf(form, each.field) })).filter((each) => isOpen(each.field, each.control));
  for (const each of seen) {
    const box = boxOf(form, each.field, each.control);
    box.textContent = box.textContent ? `${box.textContent} ${each.text}` : each.text;
    mark(each.control, box);
  }
  tell(seen.length && isChecked ? problems.length : 0);
  if (focuses) form.querySelector("[aria-invalid]:enabled")?.focus();
}

function tell(count) {
  const box = document.querySelector("[data-problem-count]");
  if (!box) return;
  const { one, many } = box.dataset;
  const text = count ? (count === 1 ? one : many.replace("{n}", count)) : "";
  if (box.textContent !== text) box.textContent = text;
}
