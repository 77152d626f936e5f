import { memo } from "react";
import { type Piece, pieces } from "@/lib/ansi";
import { clockTime, parseTime, span } from "@/lib/time";
import { words } from "@/strings/builds";
import { Icon } from "@/ui/Icon";
import type { Row } from "./fold";

type LogRowProps = { row: Row; search: string; lit: boolean; onToggle: (stage: string) => void };

export const LogRow = memo(function LogRow({ row, search, lit, onToggle }: LogRowProps) {
  if (row.kind === "stage") {
    const took = (parseTime(row.to) ?? 0) - (parseTime(row.from) ?? 0);
    return (
      <button type="button" className="log-stage" aria-expanded={!row.folded} data-level={row.worst} title={row.folded ? words.unfold(row.stage) : words.fold(row.stage)} onClick={() => onToggle(row.stage)}>
        <Icon name={row.folded ? "right" : "down"} size={14} />
        <span className="clip">{row.stage}</span>
        <span className="log-stage-side">
          {[row.lines > 0 ? words.hits(row.lines) : "", took > 0 ? span(took) : ""].filter(Boolean).join(" · ")}
        </span>
      </button>
    );
  }
  const { line } = row;
  return (
    <div className="log-line" data-level={line.level} data-lit={lit || undefined}>
      <time dateTime={line.at}>{clockTime(line.at)}</time>
      <span className="log-level">{line.level === "info" || line.level === "debug" || line.level === "trace" ? "" : line.level}</span>
      <span className="log-text">
        {pieces(line.text).map((piece, i) => (
          <Marked key={i} piece={piece} search={search} />
        ))}
      </span>
    </div>
  );
});

function Marked({ piece, search }: { piece: Piece; search: string }) {
  const needle = search.trim().toLowerCase();
  const at = needle === "" ? -1 : piece.text.toLowerCase().indexOf(needle);
  if (at < 0) return <span className={piece.style || undefined}>{piece.text}</span>;
  return (
    <span className={piece.style || undefined}>
      {piece.text.slice(0, at)}
      <mark>{piece.text.slice(at, at + needle.length)}</mark>
      {piece.text.slice(at + needle.length)}
    </span>
  );
}
