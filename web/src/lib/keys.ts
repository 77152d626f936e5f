import { useEffect, useRef } from "react";

const kPlaceMs = 900;

// `g` was pressed: for a moment the next letter names a place, and is nobody else's.
export class PlaceKeys {
  private armedAt = Number.NEGATIVE_INFINITY;
  private last: Pick<KeyboardEvent, "timeStamp"> | undefined;

  arm(event: Pick<KeyboardEvent, "timeStamp">): void {
    this.armedAt = event.timeStamp;
    this.last = event;
  }

  // Whoever listens is told the same of one event, in whichever order they are called.
  takes(event: Pick<KeyboardEvent, "timeStamp">): boolean {
    if (event === this.last) return true;
    if (event.timeStamp - this.armedAt > kPlaceMs) return false;
    this.armedAt = Number.NEGATIVE_INFINITY;
    this.last = event;
    return true;
  }
}

export const places = new PlaceKeys();

// True when a key press belongs to a field, a dialog, the name of a place or a shortcut of the browser, so that page keys must stay quiet.
export function isTyping(event: KeyboardEvent): boolean {
  return isElsewhere(event) || places.takes(event);
}

// While a dialog is open every key is its own, also before the focus has come to it.
export function isElsewhere(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  if (document.querySelector("dialog[open],[role=dialog],[role=alertdialog]")) return true;
  const target = event.target;
  if (!(target instanceof HTMLElement)) return false;
  if (target.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName)) {
    return !(target instanceof HTMLInputElement && target.type === "checkbox");
  }
  return target.closest("[role=menu],[role=listbox]") !== null;
}

// `g`, then within a moment the letter of a place that the rail does not have. The rail hears the `g`.
export function usePlaceKey(letter: string, go: () => void): void {
  const latest = useRef(go); // what comes between the two keys may draw anew
  useEffect(() => {
    latest.current = go;
  });
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (!isElsewhere(event) && event.key === letter && places.takes(event)) latest.current();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [letter]);
}
