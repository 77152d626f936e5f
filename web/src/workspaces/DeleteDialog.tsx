import type { Workspace } from "@gen";
import { useState } from "react";
import { acts as words } from "@/strings/workspaces";
import { Confirm } from "@/ui/Confirm";
import { toastError } from "@/ui/toast";
import { useActs } from "./useActs";

type DeleteProps = { workspaces: Workspace[]; open: boolean; orphan?: boolean; onClose: () => void; onDone?: () => void };

export function DeleteDialog({ workspaces, open, orphan = false, onClose, onDone }: DeleteProps) {
  const { remove } = useActs();
  const [busy, setBusy] = useState(false);
  const one = workspaces.length === 1 ? workspaces[0] : undefined;
  const go = async () => {
    setBusy(true);
    const done = await Promise.allSettled(workspaces.map((w) => remove(w, orphan)));
    setBusy(false);
    for (const result of done) if (result.status === "rejected") toastError(result.reason);
    onClose();
    onDone?.();
  };
  return (
    <Confirm
      open={open}
      danger
      busy={busy}
      title={one ? words.confirmDelete(one.name) : words.confirmDeleteMany(workspaces.length)}
      act={words.delete}
      type={one ? { label: words.typeName(one.name), value: one.name } : { label: words.typeDelete, value: "delete" }}
      onClose={onClose}
      onYes={() => void go()}
    >
      <p>{words.confirmDeleteText}</p>
    </Confirm>
  );
}
