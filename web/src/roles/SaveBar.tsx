import type { ApiError } from "@/lib/api";
import { roles as words } from "@/strings/roles";
import { Button } from "@/ui/Button";
import { changesBetween, type Grants } from "./matrix";
import { changesInWords } from "./words";

type BarProps = { start: Grants; grants: Grants; named: boolean; isNew: boolean; busy: boolean; error: ApiError | undefined; onUndo: () => void; onSave: () => void };

export function SaveBar({ start, grants, named, isNew, busy, error, onUndo, onSave }: BarProps) {
  const count = changesBetween(start, grants).length + (named ? 1 : 0);
  const what = [named ? words.named : "", changesInWords(start, grants)].filter((part) => part !== "").join("; ");
  return (
    <div className="save-bar" role="region" aria-label={words.changes(count)}>
      <div className="save-words">
        {error ? (
          <p role="alert" style={{ color: "var(--bad)" }}>
            {words.notSaved}: {error.fields[0]?.detail || error.detail || error.message}
          </p>
        ) : (
          <p className="clip" role="status" title={what}>
            {(count > 0 || !isNew) && <strong>{words.changes(count)}</strong>} <span className="muted">{what}</span>
          </p>
        )}
      </div>
      <Button disabled={busy} onClick={onUndo}>
        {words.undo}
      </Button>
      <Button kind="main" busy={busy} onClick={onSave}>
        {isNew ? words.create : words.save}
      </Button>
    </div>
  );
}
