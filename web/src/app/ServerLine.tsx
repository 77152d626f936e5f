// A thin line over every page while the server is away, or is no longer the release that the page came from.
import { useQueryClient } from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { useAsking } from "@/lib/asking";
import { useServer } from "@/lib/server";
import { words } from "@/strings/common";
import { Button } from "@/ui/Button";

export function ServerLine() {
  const { away, updated } = useServer();
  useReturn(away);
  if (away) {
    return (
      <p className="server-line" role="status" data-tone="wait">
        <b>{words.unreachable}</b> {words.awayDetail}
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
