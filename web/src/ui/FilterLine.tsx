// A filter field, with its problem below and, beside it, terms that are often wanted. With `shortcut`, the key / leads to it.
import { useEffect, useRef, type ReactNode } from "react";
import { faultOf, hasTerm, type Term, type Terms, toggleTerm } from "@/lib/filter";
import { isTyping } from "@/lib/keys";
import { words as common } from "@/strings/common";
import { IconButton } from "./Button";
import { Icon } from "./Icon";
import "./filter.css";

export type Chip = Term & { label: string };

type FilterProps = { label: string; hint: string; value: string; onChange: (value: string) => void; problem?: string | undefined; terms?: Terms; chips?: Chip[]; menus?: ReactNode; shortcut?: boolean };

// One chip a value, all of one key.
export const chipsOf = (key: string, labels: Record<string, string>): Chip[] => Object.entries(labels).map(([value, label]) => ({ key, value, label }));

export function FilterLine({ label, hint, value, onChange, problem, terms, chips = [], menus, shortcut = false }: FilterProps) {
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (!shortcut) return;
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "/" || isTyping(event)) return;
      event.preventDefault();
      input.current?.select();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [shortcut]);
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
            placeholder={hint}
            aria-label={label}
            aria-invalid={problem !== undefined}
            aria-describedby={problem ? "filter-problem" : undefined}
            aria-keyshortcuts={shortcut ? "/" : undefined}
            onChange={(event) => onChange(event.currentTarget.value)}
            onKeyDown={(event) => {
              if (event.key === "Escape") event.currentTarget.blur();
            }}
          />
          {shortcut && <kbd className="wide-only">/</kbd>}
          {value !== "" && <IconButton icon="cross" label={common.clearFilter} onClick={() => onChange("")} />}
        </label>
        <div className="filter-chips">
          {menus}
          {chips.map((chip) => (
            <button key={chip.label} type="button" className="chip" aria-pressed={hasTerm(value, chip.key, chip.value)} onClick={() => onChange(toggleTerm(value, chip.key, chip.value))}>
              {chip.label}
            </button>
          ))}
        </div>
      </div>
      {problem && <Problem text={value} said={problem} terms={terms} />}
    </div>
  );
}

// What is wrong, and which words there are instead; what only the server knows, it says itself.
function Problem({ text, said, terms }: { text: string; said: string; terms: Terms | undefined }) {
  const fault = terms && faultOf(text, terms);
  const value = fault && "value" in fault ? fault : undefined;
  const words = value ? value.values : fault ? Object.keys(terms ?? {}) : [];
  return (
    <div id="filter-problem" className="filter-problem small" role="alert">
      <p>{value ? common.filterValue(value.word, value.value) : fault ? common.filterWord(fault.word) : said}</p>
      {fault && (
        <p className="muted">
          {value ? common.filterValues : common.filterWords}{" "}
          {words.map((word, i) => (
            <span key={word}>
              {i > 0 && ", "}
              <code>{word}</code>
            </span>
          ))}
        </p>
      )}
    </div>
  );
}
