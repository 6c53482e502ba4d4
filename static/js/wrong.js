// What is wrong in a form gets the focus, as the page comes and as a part of it does; a fold or dialog around it opens.
export function goToWrong(root) {
  const field = root.querySelector('form:not([data-template-form]) [aria-invalid="true"]');
  const dialog = field?.closest("dialog");
  for (let fold = field?.closest("details"); fold; fold = fold.parentElement.closest("details")) fold.open = true;
  if (dialog && !dialog.open) dialog.showModal();
  field?.focus();
  return Boolean(field);
}

goToWrong(document);
