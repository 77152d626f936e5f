// True when a key press belongs to a field, a dialog or a shortcut of the browser, so that page keys must stay quiet. While a
// dialog is open every key is its own, also before the focus has come to it.
export function isTyping(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  if (document.querySelector("dialog[open],[role=dialog]")) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
    return !(target instanceof HTMLInputElement && target.type === "checkbox");
  }
  return target.closest("[role=menu],[role=listbox]") !== null;
}
