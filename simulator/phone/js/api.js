// Talking with the simulator. Addresses are relative, so the page works behind any prefix.

import { toast } from "./dom.js";

export async function call(method, path, body) {
  const options = { method };
  if (body instanceof FormData) options.body = body;
  else if (body !== undefined) {
    options.body = JSON.stringify(body);
    options.headers = { "Content-Type": "application/json" };
  }
  const answer = await fetch(`api/${path}`, options);
  const data = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    toast(data.error || `The simulator answered ${answer.status}.`);
    throw new Error(data.error || answer.status);
  }
  return data;
}

export const get = (path) => call("GET", path);
export const post = (path, body = {}) => call("POST", path, body);

/** Call `listen(event)` for every event, and `load()` each time the line is open: nothing falls into a gap. */
export function follow(listen, load) {
  const source = new EventSource("api/events");
  source.onmessage = (message) => listen(JSON.parse(message.data));
  source.onopen = load;
}

export async function upload(blob, name, type) {
  const form = new FormData();
  form.append("file", blob, name);
  form.append("type", type);
  return call("POST", "media", form);
}

export const mediaUrl = (id) => `api/media/${encodeURIComponent(id)}/content`;
