import type { Workspace, WorkspaceSessions } from "@gen";
import { useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { useMe } from "@/me/queries";
import { acts as words, ending, list } from "@/strings/workspaces";
import { Button, IconButton } from "@/ui/Button";
import { DeleteDialog } from "./DeleteDialog";
import { allSessions, endsWhat } from "./ending";
import { Question } from "./EndingQuestion";
import { openSessions } from "./queries";
import { can } from "./state";
import { useActs } from "./useActs";

export function BulkBar({ rows, onDone }: { rows: Workspace[]; onDone: () => void }) {
  const { start, stop } = useActs();
  const [deleting, setDeleting] = useState(false);
  const [asked, setAsked] = useState<{ rows: Workspace[]; open: WorkspaceSessions | undefined }>();
  const queries = useQueryClient();
  const me = useMe();
  const startable = rows.filter((w) => can(w).start);
  const stoppable = rows.filter((w) => can(w).restart);
  const deletable = rows.filter((w) => can(w).delete);
  if (rows.length === 0) return null;
  // With nobody connected anywhere they just stop.
  const askToStop = async () => {
    const open = await allSessions(stoppable, (id) => queries.fetchQuery({ ...openSessions(id), staleTime: 0, retry: false }));
    if (open?.count === 0) stoppable.forEach((w) => stop(w));
    else setAsked({ rows: stoppable, open });
  };
  if (asked) {
    const yes = () => {
      asked.rows.forEach((w) => stop(w));
      setAsked(undefined);
    };
    return (
      <div className="bulk">
        <Question title={ending.stopMany(asked.rows.length)} what={endsWhat(asked.open, me.username)} act={words.stop} onYes={yes} onLeave={() => setAsked(undefined)} />
      </div>
    );
  }
  return (
    <div className="bulk" role="toolbar" aria-label={list.selected(rows.length)}>
      <strong role="status">{list.selected(rows.length)}</strong>
      <Button size="small" icon="play" disabled={startable.length === 0} onClick={() => startable.forEach((w) => start(w))}>
        {words.start}
      </Button>
      <Button size="small" icon="stop" disabled={stoppable.length === 0} onClick={() => void askToStop()}>
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
