// Which forms of the page hold something that is not saved.
export class Unsaved {
  private readonly forms = new Set<string>();

  get any(): boolean {
    return this.forms.size > 0;
  }

  set(form: string, changed: boolean): void {
    if (changed) this.forms.add(form);
    else this.forms.delete(form);
  }
}
