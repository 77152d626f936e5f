import type { Workspace } from "@gen";
import { acts as words } from "@/strings/workspaces";
import { toast, toastError } from "@/ui/toast";
import { useBuild } from "./queries";
import { type Then, useWaiting, wait } from "./restarts";

export function useRestart(w: Workspace) {
  const build = useBuild();
  const waiting = useWaiting().some((one) => one.id === w.id);
  const run = (ask: Then, onStopping?: () => void) =>
    build.mutate(
      { id: w.id, ask: { transition: "stop" } },
      {
        onSuccess: (stopping) => {
          toast(words.restarting(w.name));
          wait({ id: w.id, name: w.name, after: stopping.build_number, ask });
          onStopping?.();
        },
        onError: toastError,
      },
    );
  return { run, busy: build.isPending || waiting };
}
