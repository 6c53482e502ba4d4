// A field that keeps the focus while one of the options under it is pointed to; none takes the pointing away.
export function pointFrom(field, option) {
  option?.scrollIntoView({ block: "nearest" });
  if (option) field.setAttribute("aria-activedescendant", option.id);
  else field.removeAttribute("aria-activedescendant");
}

// The option of these that is chosen next.
export function choosePointed(field, before, option) {
  before?.setAttribute("aria-selected", "false");
  option?.setAttribute("aria-selected", "true");
  pointFrom(field, option);
}
