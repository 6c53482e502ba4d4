// Words go into a field at its caret as if typed, so that Ctrl-Z takes them back.
export function insert(field, words) {
  field.focus();
  if (document.execCommand("insertText", false, words)) return;
  field.setRangeText(words, field.selectionStart, field.selectionEnd, "end");
  field.dispatchEvent(new Event("input", { bubbles: true }));
}
