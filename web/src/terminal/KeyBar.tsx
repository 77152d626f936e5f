// The keys that a phone's keyboard lacks. A press takes nothing from the terminal: its keyboard stays up.
import { terminal as words } from "@/strings/agents";
import type { BarKey, Held } from "./keys";

const kKeys: BarKey[] = ["Esc", "Tab"];
const kMore: BarKey[] = ["left", "up", "down", "right", "|", "/", "~", "-"];

export function KeyBar({ held, onHold, onKey }: { held: Held; onHold: (held: Held) => void; onKey: (key: BarKey) => void }) {
  const button = (key: BarKey) => (
    <button key={key} type="button" aria-label={words.keyNames[key] ?? key} onClick={() => onKey(key)}>
      {words.keySigns[key] ?? key}
    </button>
  );
  const hold = (key: keyof Held) => (
    <button type="button" aria-pressed={held[key]} onClick={() => onHold({ ...held, [key]: !held[key] })}>
      {words.keySigns[key]}
    </button>
  );
  return (
    <div className="term-keys" role="toolbar" aria-label={words.keys} onPointerDown={(event) => event.preventDefault()} onMouseDown={(event) => event.preventDefault()}>
      {kKeys.map(button)}
      {hold("ctrl")}
      {hold("alt")}
      {kMore.map(button)}
    </div>
  );
}
