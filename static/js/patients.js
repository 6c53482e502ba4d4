// Patients by name or number; without a word those whose conversations this tab opened last.
import { latelyIn } from "./lately.js";
import { parse, post } from "./page.js";

const opened = latelyIn(sessionStorage, "opened", 8);

// Their links. The words may be a patient's name: they go in the body, never in an address.
export async function findPatients(url, query, { signal }) {
  const response = await post(url, { q: query, ids: opened.all().join(",") }, { signal });
  return [...parse(response.ok ? await response.text() : "").querySelectorAll("a")];
}

document.addEventListener("opened", ({ detail }) => opened.use(detail.conversation));
