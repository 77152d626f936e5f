// Stops, restarts or updates a workspace. With somebody connected it asks first; a key that may have been a slip always does.
import type { Workspace, WorkspaceSessions } from "@gen";
import { useQueryClient } from "@tanstack/react-query";
import { useCallback, useEffect, useRef, useState } from "react";
import { openSessions } from "./queries";
import { useActs } from "./useActs";
import { useRestarting } from "./useRestart";

export type Verb = "stop" | "restart" | "update";
export type Ending = { workspace: Workspace; verb: Verb; open: WorkspaceSessions | undefined; looking: boolean };
export type End = (w: Workspace, verb: Verb, always?: boolean) => void;

export function useEnding() {
  const queries = useQueryClient();
  const [asked, setAsked] = useState<Ending>();
  const acts = useActs();
  const restarting = useRestarting();
  const run = useRef((_w: Workspace, _verb: Verb) => {});
  useEffect(() => {
    run.current = (w, verb) => {
      if (verb === "stop") acts.stop(w);
      else void restarting.run(w, verb === "update" ? { template_version_id: w.template_active_version_id } : {});
    };
  });
  const end: End = useCallback(
    (w, verb, always = false) => {
      if (always) setAsked({ workspace: w, verb, open: undefined, looking: true });
      const known = (open: WorkspaceSessions | undefined) => {
        if (always) setAsked((old) => (old?.workspace.id === w.id && old.verb === verb ? { ...old, open, looking: false } : old));
        else if (open?.count === 0) run.current(w, verb);
        else setAsked({ workspace: w, verb, open, looking: false });
      };
      queries.fetchQuery({ ...openSessions(w.id), staleTime: 0, retry: false }).then(known, () => known(undefined));
    },
    [queries],
  );
  const leave = useCallback(() => setAsked(undefined), []);
  const yes = useCallback(() => {
    if (asked) run.current(asked.workspace, asked.verb);
    setAsked(undefined);
  }, [asked]);
  return { asked, end, yes, leave, busy: acts.busy || restarting.busy };
}
