// Keeps the shown list current: the rows that move by their own streams, what another tab did by its word.
import type { Workspace, WorkspacesResponse } from "@gen";
import { type InfiniteData, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { watchEvents } from "@/lib/stream";
import { isMoving } from "./state";

export const kMostWatched = 6; // each is a connection; what moves beyond them waits for the next look at the list

// Which rows are worth a stream: those that move, as many as there may be; who has one keeps it.
export function toWatch(rows: Workspace[], watched: ReadonlySet<string>, most = kMostWatched): string[] {
  const moving = rows.filter(isMoving).map((w) => w.id);
  return [...moving.filter((id) => watched.has(id)), ...moving.filter((id) => !watched.has(id))].slice(0, most);
}

export type Pages = InfiniteData<WorkspacesResponse, number>;

// The pages with one row as it is now; the same object when nothing is shown otherwise.
export function patched(pages: Pages | undefined, fresh: Workspace): Pages | undefined {
  if (!pages) return pages;
  const at = pages.pages.findIndex((page) => page.workspaces.some((w) => w.id === fresh.id));
  if (at < 0) return pages;
  const put = (page: WorkspacesResponse, i: number) => (i === at ? { ...page, workspaces: page.workspaces.map((w) => (w.id === fresh.id ? fresh : w)) } : page);
  return { ...pages, pages: pages.pages.map(put) };
}

// The open streams, by workspace.
export class Streams {
  private readonly all = new Map<string, () => void>();

  constructor(
    private readonly watch: (id: string, onRow: (fresh: Workspace) => void) => () => void,
    private readonly onRow: (fresh: Workspace) => void,
  ) {}

  open(): ReadonlySet<string> {
    return new Set(this.all.keys());
  }

  keep(ids: string[]): void {
    for (const [id, close] of this.all) {
      if (ids.includes(id)) continue;
      this.all.delete(id);
      close();
    }
    for (const id of ids) if (!this.all.has(id)) this.all.set(id, this.watch(id, this.onRow));
  }
}

const watchRow = (id: string, onRow: (fresh: Workspace) => void) => watchEvents<Workspace>(`/workspaces/${id}/watch`, (fresh) => fresh?.id === id && onRow(fresh));

// Streams open and close with what moves, and with the tab being looked at.
export function useLiveRows(rows: Workspace[]): void {
  const queries = useQueryClient();
  const [streams] = useState(() => new Streams(watchRow, (fresh) => queries.setQueriesData<Pages>({ queryKey: ["workspaces", "pages"] }, (pages) => patched(pages, fresh))));
  useEffect(() => {
    const update = () => streams.keep(document.hidden ? [] : toWatch(rows, streams.open()));
    update();
    document.addEventListener("visibilitychange", update);
    return () => document.removeEventListener("visibilitychange", update);
  }, [rows, streams]);
  useEffect(() => () => streams.keep([]), [streams]);
}

// What a tab did, the others of this browser look at again.
const kChannel = "slipway-workspaces";
let channel: BroadcastChannel | undefined;
const tabs = (): BroadcastChannel => (channel ??= new BroadcastChannel(kChannel));

export const tellTabs = (): void => tabs().postMessage("changed");

export function useOtherTabs(): void {
  const queries = useQueryClient();
  useEffect(() => {
    const look = () => void queries.invalidateQueries({ queryKey: ["workspaces"] });
    tabs().addEventListener("message", look);
    return () => tabs().removeEventListener("message", look);
  }, [queries]);
}
