// Looks for a text in what a shell has shown. The place that is found is selected, and told at the end, so that it can be copied.
import type { Terminal } from "@xterm/xterm";
import { useEffect, useState, type KeyboardEvent } from "react";
import { words as common } from "@/strings/common";
import { terminal as words } from "@/strings/agents";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { type Place, places, step } from "./find";

export type Found = Place & { length: number };

function linesOf(terminal: Terminal): string[] {
  const buffer = terminal.buffer.active;
  return Array.from({ length: buffer.length }, (_, row) => buffer.getLine(row)?.translateToString(true) ?? "");
}

export function Find({ terminal, onClose }: { terminal: Terminal; onClose: (found: Found | undefined) => void }) {
  const [sought, setSought] = useState("");
  const [at, setAt] = useState(0);
  const [count, setCount] = useState(0);
  const [found, setFound] = useState<Found>();
  useEffect(() => {
    const all = places(linesOf(terminal), sought);
    const here = all[Math.min(at, all.length - 1)];
    setCount(all.length);
    setFound(here && { ...here, length: sought.length });
    if (!here) return terminal.clearSelection();
    terminal.select(here.column, here.row, sought.length);
    terminal.scrollToLine(Math.max(0, here.row - Math.floor(terminal.rows / 2)));
  }, [terminal, sought, at]);
  const go = (by: 1 | -1) => setAt(step(at, by, count));
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "Escape") onClose(found);
    else if (event.key === "Enter") go(event.shiftKey ? -1 : 1);
    else return;
    event.preventDefault();
  };
  return (
    <div className="term-find" role="search">
      <Icon name="search" />
      <input
        autoFocus
        type="text"
        value={sought}
        placeholder={words.find}
        aria-label={words.find}
        spellCheck={false}
        onKeyDown={onKeyDown}
        onChange={(event) => {
          setSought(event.currentTarget.value);
          setAt(0);
        }}
      />
      <span className="muted small nowrap" role="status">
        {sought === "" ? "" : count === 0 ? words.findNone : words.findAt(Math.min(at, count - 1) + 1, count)}
      </span>
      <IconButton icon="up" label={words.findUp} disabled={count < 2} onClick={() => go(1)} />
      <IconButton icon="down" label={words.findDown} disabled={count < 2} onClick={() => go(-1)} />
      <IconButton icon="cross" label={common.close} onClick={() => onClose(found)} />
    </div>
  );
}
