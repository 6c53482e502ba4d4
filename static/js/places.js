// Where a row stands in the order of its list, as its place says: `[stretch~]seconds_id`. Less comes first.
import { list } from "./page.js";

export function placeOf(text) {
  const [, stretch = "0", at] = /^(?:(\d+)~)?([\d.]+)_/.exec(text) ?? [null, "0", "0"];
  const isAscending = ["waiting", "due"].includes(list().dataset.order) && stretch === "0";
  return [Number(stretch), isAscending ? Number(at) : -Number(at)];
}

export const compare = (one, other) => one[0] - other[0] || one[1] - other[1];
