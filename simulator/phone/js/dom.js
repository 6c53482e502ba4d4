// Small tools for building the page: elements, icons, words for times.

const SVG = "http://www.w3.org/2000/svg";

/** Make an element: `h("p.quiet", {dir: "auto", onclick}, "text", child)`. Empty children are left out. */
export function h(selector, props = {}, ...children) {
  const [tag, ...classes] = selector.split(".");
  const element = document.createElement(tag || "div");
  if (classes.length) element.className = classes.join(" ");
  for (const [key, value] of Object.entries(props)) {
    if (value === undefined || value === null || value === false) continue;
    if (key.startsWith("on")) element.addEventListener(key.slice(2), value);
    else element.setAttribute(key, value === true ? "" : value);
  }
  element.append(...children.flat().filter((child) => child !== null && child !== undefined && child !== ""));
  return element;
}

const ICONS = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  clip: "M20 11.5l-8 8a5 5 0 01-7-7l8.500-8.500a3.500 3.500 0 015 5L10 17.500a1.800 1.800 0 01-2.500-2.500L15 7.500",
  mic: "M12 3a3 3 0 013 3v5a3 3 0 01-6 0V6a3 3 0 013-3zM5.500 11a6.500 6.500 0 0013 0M12 17.500V21",
  send: "M4 12l16-8-5 16-3.500-6.500z M11.500 13.500L20 4",
  dials: "M4 7h10M18 7h2M4 17h2M10 17h10M16 5v4M8 15v4",
  down: "M6 9l6 6 6-6",
  photo: "M4 5h16v14H4zM4 16l5-5 4 4 3-3 4 4M15.500 9.500h.01",
  film: "M4 6h11v12H4zM15 10.500l5-3v9l-5-3",
  file: "M6 3h8l4 4v14H6zM14 3v4h4M9 12h6M9 16h6",
  place: "M12 21s7-6.500 7-11.500a7 7 0 10-14 0C5 14.500 12 21 12 21zM12 12a2.500 2.500 0 100-5 2.500 2.500 0 000 5z",
  person: "M12 12a4 4 0 100-8 4 4 0 000 8zM4.500 20c.8-3.500 3.800-5.500 7.500-5.500s6.700 2 7.500 5.500",
  smile: "M12 21a9 9 0 100-18 9 9 0 000 18zM8.500 14.500c1.700 2 5.300 2 7 0M9 9.500h.01M15 9.500h.01",
  reply: "M10 7l-5 5 5 5M5 12h8c4 0 6 2 6 6",
  link: "M10 14l8-8M12 5h7v7M18 14v5H5V6h5",
  list: "M8 6h12M8 12h12M8 18h12M4 6h.01M4 12h.01M4 18h.01",
  phone: "M6 3h3l2 5-2.500 1.500a11 11 0 005 5L15 12l5 2v3a3 3 0 01-3 3A14 14 0 013 6a3 3 0 013-3z",
  form: "M5 4h14v16H5zM8.500 9h7M8.500 13h7M8.500 17h3",
  copy: "M8 8h11v12H8zM5 16V4h11",
  more: "M12 5h.01M12 12h.01M12 19h.01",
  pen: "M4 20l1-4L16 5l3 3L8 19z",
  bin: "M5 7h14M9 7V4h6v3M7 7l1 13h8l1-13",
  cart: "M4 5h2l2 10h9l2-7H7M9 19h.01M16 19h.01",
};

export function icon(name, className = "icon") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("class", className);
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name] || ICONS.more);
  svg.append(path);
  return svg;
}

/** An SVG drawn from a list of `[tag, attributes]`. */
export function drawing(viewBox, className, shapes, label) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", viewBox);
  svg.setAttribute("class", className);
  if (label) { svg.setAttribute("role", "img"); svg.setAttribute("aria-label", label); }
  for (const [tag, attributes] of shapes) {
    const shape = document.createElementNS(SVG, tag);
    for (const [key, value] of Object.entries(attributes)) shape.setAttribute(key, value);
    svg.append(shape);
  }
  return svg;
}

export const byId = (id) => document.getElementById(id);

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function day(seconds) {
  const date = new Date(seconds * 1000);
  if (date.toDateString() === new Date().toDateString()) return "Today";
  return date.toLocaleDateString([], { weekday: "long", day: "numeric", month: "long" });
}

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("") || "?";
}

export function tint(text) {
  return [...text].reduce((sum, letter) => sum + letter.codePointAt(0), 0) % 6;
}

let hiding;
export function toast(text) {
  const box = byId("toast");
  box.textContent = text;
  box.hidden = false;
  clearTimeout(hiding);
  hiding = setTimeout(() => { box.hidden = true; }, 4000);
}
