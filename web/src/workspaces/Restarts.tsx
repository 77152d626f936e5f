// Draws nothing: watches the restarts of this tab and starts each workspace once its stop has ended.
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { ApiError } from "@/lib/api";
import { acts as words } from "@/strings/workspaces";
import { toast, toastError } from "@/ui/toast";
import { useBuild, workspaceById } from "./queries";
import { forget, useWaiting, verdict, type Waiting } from "./restarts";

export function Restarts() {
  return useWaiting().map((waiting) => <Restart key={`${waiting.id} ${waiting.after}`} waiting={waiting} />);
}

function Restart({ waiting }: { waiting: Waiting }) {
  const { data, error } = useQuery({ ...workspaceById(waiting.id), refetchInterval: 1_500 });
  const build = useBuild();
  const begun = useRef(false);
  useEffect(() => {
    if (begun.current) return;
    const said = data ? verdict(waiting, data.latest_build) : "wait";
    if (said === "drop") {
      toast(words.restartDropped(waiting.name), "bad", words.restartDroppedHint);
      forget(waiting.id);
    } else if (said === "start") {
      begun.current = true;
      build.mutate({ id: waiting.id, ask: { transition: "start", ...waiting.ask } }, { onError: toastError, onSettled: () => forget(waiting.id) });
    } else if (error instanceof ApiError && error.missing) {
      forget(waiting.id);
    }
  }, [data, error, waiting, build]);
  return null;
}
