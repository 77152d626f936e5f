// Restart is stop, then start once the stop has ended; the wait lives as long as the page.
import type { CreateWorkspaceBuildRequest, Workspace } from "@gen";
import { useEffect, useState } from "react";
import { acts as words } from "@/strings/workspaces";
import { toast, toastError } from "@/ui/toast";
import { useBuild } from "./queries";

type Then = Omit<CreateWorkspaceBuildRequest, "transition">;

export function useRestart(w: Workspace) {
  const build = useBuild();
  const [then, setThen] = useState<{ after: number; ask: Then }>();
  const { status, build_number: number } = w.latest_build;

  useEffect(() => {
    if (!then || number < then.after) return;
    if (status === "stopped") {
      setThen(undefined);
      build.mutate({ id: w.id, ask: { transition: "start", ...then.ask } }, { onError: toastError });
    } else if (status === "failed" || status === "canceled") {
      setThen(undefined);
    }
  }, [then, status, number, w.id, build]);

  const run = (ask: Then) =>
    build.mutate(
      { id: w.id, ask: { transition: "stop" } },
      {
        onSuccess: (stopping) => {
          toast(words.restarting(w.name));
          setThen({ after: stopping.build_number, ask });
        },
        onError: toastError,
      },
    );
  return { run, busy: build.isPending || then !== undefined };
}
