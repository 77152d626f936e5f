import { roles as words } from "@/strings/roles";
import { Icon } from "@/ui/Icon";
import type { Level } from "./matrix";

// A ring for no, half of it for one's own, a disc for all; a bar for a part, a cross for what is taken away.
export function LevelShape({ level }: { level: Level }) {
  return (
    <svg className="level" data-level={level} width="18" height="18" viewBox="0 0 18 18" aria-hidden="true" focusable="false" fill="none" stroke="currentColor" strokeWidth="1.400">
      <circle cx="9" cy="9" r="7" fill={level === "all" ? "currentColor" : "none"} />
      {level === "own" && <path d="M9 2a7 7 0 0 0 0 14z" fill="currentColor" />}
      {level === "some" && <path d="M5 9h8" strokeWidth="2.400" />}
      {level === "never" && <path d="M6.200 6.200l5.600 5.600M11.800 6.200l-5.600 5.600" strokeWidth="1.800" />}
    </svg>
  );
}

type CellProps = { label: string; level: Level; locked: boolean; changed: boolean; verb: string; onTurn: (() => void) | undefined };

export function CellButton({ label, level, locked, changed, verb, onTurn }: CellProps) {
  const shape = locked && level === "no" ? <Icon name="lock" size={14} /> : <LevelShape level={level} />;
  const title = locked ? `${label}; ${words.locked}` : label;
  if (!onTurn)
    return (
      <span className="right" role="img" aria-label={label} title={label} data-verb={verb}>
        {shape}
      </span>
    );
  return (
    <button type="button" className="right" aria-label={title} title={title} aria-disabled={locked || undefined} data-changed={changed || undefined} data-verb={verb} onClick={locked ? undefined : onTurn}>
      {shape}
    </button>
  );
}
