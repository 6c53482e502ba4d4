// What is wrong in a form gets the focus, as the page comes and as a part of it does; a fold or dialog around it opens.
const WRONG = '[aria-invalid="true"], .field:has(> .errorlist) > :is(input, select, textarea)';

export function goToWrong(root) {
  const field = [...root.querySelectorAll(WRONG)].find((each) => !each.closest("[data-template-form]"));
  const dialog = field?.closest("dialog");
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (dialog && !dialog.open) dialog.showModal();
  field?.focus();
  return Boolean(field);
}

goToWrong(document);
