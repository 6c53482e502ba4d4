// What the page knows: patients, clinics' numbers, and the chats between them.

import { get } from "./api.js";

export const state = { personas: [], numbers: [], number: null, persona: null, chats: new Map(), windows: new Map() };

export const key = (number, persona) => `${number}/${persona}`;
export const chatOf = (persona) => state.chats.get(key(state.number, persona)) || [];
export const unreadIn = (persona) => chatOf(persona).filter((m) => !m.inbound && !m.echo && ["sent", "delivered"].includes(m.status)).length;
export const currentNumber = () => state.numbers.find((n) => n.phone_number_id === state.number);
export const currentPersona = () => state.personas.find((p) => p.id === state.persona);

export async function loadPeople() {
  const [people, apps] = await Promise.all([get("personas"), get("apps")]);
  state.personas = people.personas;
  state.numbers = apps.apps.flatMap((app) => app.numbers.map((n) => ({ ...n, waba_id: app.waba_id, handshake: app.handshake })));
  if (!state.numbers.some((n) => n.phone_number_id === state.number)) {
    state.number = state.numbers.length ? state.numbers[0].phone_number_id : null;
  }
}

export async function loadChats() {
  if (!state.number) return;
  const number = state.number;
  await Promise.all(state.personas.map(async (persona) => {
    const answer = await get(`personas/${persona.id}/messages?phone_number_id=${number}`);
    state.chats.set(key(number, persona.id), answer.messages);
    state.windows.set(key(number, persona.id), answer.window_open);
  }));
}

/** Put a message in its place: a new one by time, a known one where it was. Returns true when it is new. */
export function keep(number, persona, message) {
  const chat = state.chats.get(key(number, persona)) || [];
  const at = chat.findIndex((known) => known.wamid === message.wamid);
  if (at >= 0) chat[at] = message;
  else chat.push(message);
  state.chats.set(key(number, persona), chat);
  return at < 0;
}
