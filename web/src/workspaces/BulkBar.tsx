import type { Workspace } from "@gen";
import { useState } from "react";
import { acts as words, list } from "@/strings/workspaces";
import { Button, IconButton } from "@/ui/Button";
import { DeleteDialog } from "./DeleteDialog";
import { can } from "./state";
import { useActs } from "./useActs";

export function BulkBar({ rows, onDone }: { rows: Workspace[]; onDone: () => void }) {
  const { start, stop } = useActs();
  const [deleting, setDeleting] = useState(false);
  const startable = rows.filter((w) => can(w).start);
  const stoppable = rows.filter((w) => can(w).restart);
  const deletable = rows.filter((w) => can(w).delete);
  if (rows.length === 0) return null;
  return (
    <div className="bulk" role="toolbar" aria-label={list.selected(rows.length)}>
      <strong role="status">{list.selected(rows.length)}</strong>
      <Button size="small" icon="play" disabled={startable.length === 0} onClick={() => startable.forEach((w) => start(w))}>
        {words.start}
      </Button>
      <Button size="small" icon="stop" disabled={stoppable.length === 0} onClick={() => stoppable.forEach((w) => stop(w))}>
        {words.stop}
      </Button>
      <Button size="small" icon="trash" disabled={deletable.length === 0} onClick={() => setDeleting(true)}>
        {words.delete}
      </Button>
      <IconButton icon="cross" label={words.cancel} onClick={onDone} />
      <DeleteDialog workspaces={deletable} open={deleting} onClose={() => setDeleting(false)} onDone={onDone} />
    </div>
  );
}
