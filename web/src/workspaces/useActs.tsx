// What can be done to a workspace, as functions that say what they did.
import type { Workspace } from "@gen";
import { useCancelBuild } from "@/builds/queries";
import { acts as words } from "@/strings/workspaces";
import { toast, toastError } from "@/ui/toast";
import { useBuild, useWake } from "./queries";

export function useActs() {
  const build = useBuild();
  const cancel = useCancelBuild();
  const start = (w: Workspace, update = false) =>
    build.mutate(
      { id: w.id, ask: { transition: "start", ...(update || w.template_require_active_version ? { template_version_id: w.template_active_version_id } : {}) } },
      { onSuccess: () => toast(words.started(w.name)), onError: toastError },
    );
  const stop = (w: Workspace) => build.mutate({ id: w.id, ask: { transition: "stop" } }, { onSuccess: () => toast(words.stopped(w.name)), onError: toastError });
  const waking = useWake();
  const wake = (w: Workspace) => waking.mutate(w.id, { onSuccess: () => toast(words.woken(w.name), "good", words.wokenHint), onError: toastError });
  const remove = (w: Workspace, orphan = false) => build.mutateAsync({ id: w.id, ask: { transition: "delete", ...(orphan ? { orphan: true } : {}) } });
  return { start, stop, remove, wake, cancel: (w: Workspace) => cancel.mutate(w.latest_build.id, { onError: toastError }), busy: build.isPending || waking.isPending };
}

export type Acts = ReturnType<typeof useActs>;
