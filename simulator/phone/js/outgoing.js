// What the patient sends.

import { post } from "./api.js";
import { state } from "./state.js";

/** Send something as the chosen patient to the chosen clinic. */
export function send(message) {
  return post(`personas/${state.persona}/messages`, { phone_number_id: state.number, ...message });
}

export function read(persona) {
  return post(`personas/${persona}/read`, { phone_number_id: state.number });
}
