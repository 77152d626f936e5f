// A thin line over every page while the server is away, or is no longer the release that the page came from.
import { useQueryClient } from "@tanstack/react-query";
import { useRouterState } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { useAsking } from "@/lib/asking";
import { lastHeard, mayTurn, useServer } from "@/lib/server";
import { clock } from "@/lib/time";
import { words } from "@/strings/common";
import { Button } from "@/ui/Button";
import { hasUnsaved } from "@/ui/Unsaved";

export function ServerLine() {
  const { away, updated } = useServer();
  const queries = useQueryClient();
  useReturn(away);
  useTurn(updated);
  useEffect(() => {
    document.documentElement.toggleAttribute("data-away", away); // what is shown as good is not known to be
  }, [away]);
  if (away) {
    return (
      <p className="server-line" role="status" data-tone="wait">
        <b>{words.unreachable}</b> {words.awaySince(clock(lastHeard()))}
        <Button size="small" onClick={() => void queries.refetchQueries({ type: "active" })}>
          {words.tryNow}
        </Button>
      </p>
    );
  }
  if (!updated) return null;
  return (
    <p className="server-line" role="status" data-tone="launch">
      <b>{words.updated}</b> {words.updatedDetail}
      <Button size="small" icon="restart" onClick={() => window.location.reload()}>
        {words.reload}
      </Button>
    </p>
  );
}

// A page is turned anyway: with the new release, unless something typed would be lost.
function useTurn(updated: boolean): void {
  const path = useRouterState({ select: (state) => state.resolvedLocation?.pathname });
  const before = useRef(path);
  useEffect(() => {
    const turned = before.current !== undefined && before.current !== path;
    before.current = path;
    if (turned && updated && !hasUnsaved() && mayTurn(window.sessionStorage)) window.location.reload();
  }, [path, updated]);
}

// Asks until the server answers, then everything that is shown is asked for anew.
function useReturn(away: boolean): void {
  const queries = useQueryClient();
  const was = useRef(false);
  useAsking(away);
  useEffect(() => {
    if (was.current && !away) void queries.invalidateQueries();
    was.current = away;
  }, [away, queries]);
}
