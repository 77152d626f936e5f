// What was typed and not saved. Leaving the page with it asks first; so does closing the tab, in the browser's own words.
import { useBlocker } from "@tanstack/react-router";
import { useCallback, useEffect, useId } from "react";
import { words } from "@/strings/common";
import { Confirm } from "./Confirm";
import { Unsaved } from "./forms";

const unsaved = new Unsaved();

export const hasUnsaved = (): boolean => unsaved.any;

// Says of a form whether it holds something unsaved. What is returned lets it go before the next drawing: the way on after a save.
export function useUnsaved(changed: boolean): () => void {
  const id = useId();
  useEffect(() => {
    unsaved.set(id, changed);
    return () => unsaved.set(id, false);
  }, [id, changed]);
  return useCallback(() => unsaved.set(id, false), [id]);
}

export function LeaveGuard() {
  const blocker = useBlocker({
    shouldBlockFn: ({ current, next }) => unsaved.any && current.pathname !== next.pathname,
    enableBeforeUnload: () => unsaved.any,
    withResolver: true,
  });
  return (
    <Confirm open={blocker.status === "blocked"} title={words.leaveTitle} act={words.leave} onClose={() => blocker.reset?.()} onYes={() => blocker.proceed?.()}>
      <p>{words.leaveHint}</p>
    </Confirm>
  );
}
