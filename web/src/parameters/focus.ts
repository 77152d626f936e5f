// Leads to the first value of a form that is not right, once it is marked.
export function focusFirstBad(form: HTMLElement): void {
  window.setTimeout(() => form.querySelector<HTMLElement>("[data-bad] input, [data-bad] textarea, [aria-invalid=true]")?.focus());
}
