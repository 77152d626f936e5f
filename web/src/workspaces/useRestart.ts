import type { Workspace } from "@gen";
import { acts as words } from "@/strings/workspaces";
import { toast, toastError } from "@/ui/toast";
import { useBuild } from "./queries";
import { type Then, useWaiting, wait } from "./restarts";

export function useRestarting() {
  const build = useBuild();
  // Awaited, not given as callbacks: the new build redraws the page, and what asked for it may be gone by then.
  const run = async (w: Workspace, ask: Then, onStopping?: () => void) => {
    try {
      const stopping = await build.mutateAsync({ id: w.id, ask: { transition: "stop" } });
      wait({ id: w.id, name: w.name, after: stopping.build_number, ask });
      toast(words.restarting(w.name));
      onStopping?.();
    } catch (error) {
      toastError(error);
    }
  };
  return { run, busy: build.isPending };
}

export function useRestart(w: Workspace) {
  const { run, busy } = useRestarting();
  const waiting = useWaiting().some((one) => one.id === w.id);
  return { run: (ask: Then, onStopping?: () => void) => run(w, ask, onStopping), busy: busy || waiting };
}
