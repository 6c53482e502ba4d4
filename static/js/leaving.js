// On a shared computer nothing that was written stays behind a member who signs out, or for the next who signs in.
// Whoever was only signed out for being away finds their own words again.
function forgetDrafts(but = "") {
  for (const each of Object.keys(localStorage)) {
    if (each.startsWith("draft:") && !(but && each.startsWith(`draft:${but}:`))) localStorage.removeItem(each);
  }
}

document.addEventListener("submit", (event) => {
  if (new URL(event.target.action, location).pathname.endsWith("/logout/")) forgetDrafts();
});
if (document.body.dataset.member) forgetDrafts(document.body.dataset.member);
