// The letters that act on a row of the list.
import type { Workspace } from "@gen";
import { useNavigate } from "@tanstack/react-router";
import { useEffect } from "react";
import { terminalPath } from "@/agents/links";
import { isTyping } from "@/lib/keys";
import { can } from "./state";
import { useActs } from "./useActs";
import type { End } from "./useEnding";

type RowKeys = { rows: Workspace[]; at: number; move: (to: number) => void; toggle: (id: string, range: boolean) => void; end: End };

export function useRowKeys({ rows, at, move, toggle, end }: RowKeys): void {
  const navigate = useNavigate();
  const { start } = useActs();
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (isTyping(event)) return;
      const key = event.key.toLowerCase();
      if (event.shiftKey && key !== "x") return;
      if (key === "j") return move(Math.min(rows.length - 1, at + 1));
      if (key === "k") return move(Math.max(0, at - 1));
      const w = rows[at];
      if (!w || event.repeat) return;
      const params = { user: w.owner_name, workspace: w.name };
      const onButton = event.target instanceof HTMLElement && event.target.closest("a,button,input") !== null;
      const may = can(w);
      if (key === "x") toggle(w.id, event.shiftKey);
      else if (key === "enter" && !onButton) void navigate({ to: "/@{$user}/$workspace", params });
      else if (key === "e") void navigate({ to: "/@{$user}/$workspace/settings", params });
      else if (key === ".") document.querySelector<HTMLElement>(`.ws-row[aria-rowindex="${at + 2}"] .ws-menu button`)?.click();
      else if (key === "t" && may.terminal) window.open(terminalPath(w), "_blank", "noopener");
      else if (key === "s" && may.restart) end(w, "stop", true);
      else if (key === "s" && may.start) start(w);
      else if (key === "u" && w.outdated && may.restart) end(w, "update", true);
      else if (key === "u" && w.outdated && may.start) start(w, true);
      else return;
      event.preventDefault();  // a letter that opened something must not be typed into it
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  });
}
