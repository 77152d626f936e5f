import { useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";
import { list as words } from "@/strings/workspaces";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { hasTerm, toggleTerm } from "./filter";

const kChips: [keyof typeof words.chips, string, string][] = [
  ["mine", "owner", "me"],
  ["running", "status", "running"],
  ["stopped", "status", "stopped"],
  ["failed", "status", "failed"],
  ["outdated", "outdated", "true"],
  ["unhealthy", "healthy", "false"],
];

export function FilterBar({ value, onChange, problem }: { value: string; onChange: (value: string) => void; problem: string | undefined }) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      input.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return (
    <div className="filter">
      <div className="filter-line">
        <label className="filter-field" data-bad={problem !== undefined || undefined}>
          <Icon name="search" />
          <input
            ref={input}
            type="text"
            value={value}
            spellCheck={false}
            autoComplete="off"
            placeholder={words.searchHint}
            aria-label={words.search}
            aria-invalid={problem !== undefined}
            aria-describedby={problem ? "filter-problem" : undefined}
            aria-keyshortcuts="/"
            onChange={(event) => onChange(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          <kbd className="wide-only">/</kbd>
          {value !== "" && <IconButton icon="cross" label={words.clear} onClick={() => onChange("")} />}
        </label>
        <div className="filter-chips">
          {kChips.map(([name, key, term]) => (
            <button key={name} type="button" className="chip" aria-pressed={hasTerm(value, key, term)} onClick={() => onChange(toggleTerm(value, key, term))}>
              {words.chips[name]}
            </button>
          ))}
        </div>
      </div>
      {problem && (
        <p id="filter-problem" className="small" role="alert" style={{ color: "var(--bad)" }}>
          {problem}
        </p>
      )}
    </div>
  );
}
