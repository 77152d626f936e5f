// Which keys are the terminal's own, and what the keys say that a phone's keyboard lacks.
export type Act = "copy" | "find" | "larger" | "smaller" | "usual" | "new" | "close" | "next" | "previous";
type Press = Pick<KeyboardEvent, "key" | "code" | "ctrlKey" | "shiftKey" | "altKey" | "metaKey">;

// Everything else belongs to the shell, or to the browser.
export function actOf(e: Press): Act | undefined {
  if (!e.shiftKey || e.metaKey) return undefined;
  if (e.ctrlKey && !e.altKey) return e.code === "KeyC" ? "copy" : e.code === "KeyF" ? "find" : undefined;
  if (!e.altKey || e.ctrlKey) return undefined;
  if (e.key === "+" || e.code === "Equal" || e.code === "NumpadAdd") return "larger";
  if (e.key === "-" || e.code === "Minus" || e.code === "NumpadSubtract") return "smaller";
  const acts: Record<string, Act> = { Digit0: "usual", Numpad0: "usual", KeyT: "new", KeyW: "close", ArrowRight: "next", ArrowLeft: "previous" };
  return acts[e.code];
}

const kUsualSize = 13.5;
const kSizes = [8, 30] as const;

export function sizeOf(kept: string): number {
  const size = Number(kept);
  return size >= kSizes[0] && size <= kSizes[1] ? size : kUsualSize;
}

// The size after a key, as it is kept; the usual one is kept as nothing.
export function sizeAfter(act: "larger" | "smaller" | "usual", kept: string): string {
  if (act === "usual") return "";
  const next = Math.min(kSizes[1], Math.max(kSizes[0], sizeOf(kept) + (act === "larger" ? 1 : -1)));
  return next === kUsualSize ? "" : String(next);
}

export type Held = { ctrl: boolean; alt: boolean };

// What is sent for what was typed while keys of the bar are held.
export function withHeld(data: string, { ctrl, alt }: Held): string {
  const code = data.length === 1 ? data.toUpperCase().charCodeAt(0) : 0;
  const first = ctrl && code >= 0x40 && code <= 0x5f ? String.fromCharCode(code & 0x1f) : ctrl && data === " " ? "\0" : data;
  return alt ? `\x1b${first}` : first;
}

export type BarKey = "Esc" | "Tab" | "up" | "down" | "left" | "right" | "|" | "/" | "~" | "-";

// `application`: the program asked for the other kind of arrows.
export function sentBy(key: BarKey, application: boolean): string {
  const arrows: Record<string, string> = { up: "A", down: "B", right: "C", left: "D" };
  if (key === "Esc") return "\x1b";
  if (key === "Tab") return "\t";
  return arrows[key] ? `\x1b${application ? "O" : "["}${arrows[key]}` : key;
}
