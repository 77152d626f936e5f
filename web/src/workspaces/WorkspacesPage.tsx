import type { Workspace } from "@gen";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useMemo, useState } from "react";
import { ApiError } from "@/lib/api";
import { useMe } from "@/me/queries";
import { useOrganizations, within } from "@/me/organization";
import { plural } from "@/strings/common";
import { list as words } from "@/strings/workspaces";
import { Button } from "@/ui/Button";
import { type Chip, FilterLine } from "@/ui/FilterLine";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { BulkBar } from "./BulkBar";
import { EmptyWorkspaces } from "./EmptyWorkspaces";
import { NewMenu } from "./NewMenu";
import { workspacePages } from "./queries";
import { workspaceState } from "./state";
import { WorkspaceTable } from "./WorkspaceTable";
import "./workspaces.css";

const kUsual = "owner:me";

const kChips: Chip[] = [
  { label: words.chips.mine, key: "owner", value: "me" },
  { label: words.chips.running, key: "status", value: "running" },
  { label: words.chips.stopped, key: "status", value: "stopped" },
  { label: words.chips.failed, key: "status", value: "failed" },
  { label: words.chips.outdated, key: "outdated", value: "true" },
  { label: words.chips.unhealthy, key: "healthy", value: "false" },
];

export function WorkspacesPage() {
  const me = useMe();
  const navigate = useNavigate({ from: "/workspaces" });
  const asked = useSearch({ from: "/app/workspaces" }).q;
  const [q, setQ] = useState(asked ?? kUsual);
  const wanted = useSettled(q, 250);
  const pages = useInfiniteQuery(workspacePages(within(wanted, useOrganizations().chosen)));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const rows = useMemo(() => pages.data?.pages.flatMap((page) => page.workspaces) ?? [], [pages.data]);
  const total = pages.data?.pages[0]?.count ?? 0;

  useEffect(() => {
    if (wanted === (asked ?? kUsual)) return; // nothing to put into the address, and nobody is called back who is on the way elsewhere
    void navigate({ search: wanted === kUsual ? {} : { q: wanted }, replace: true });
  }, [wanted, asked, navigate]);

  const badFilter = pages.error instanceof ApiError ? pages.error.field("q") : undefined;
  const untouched = wanted === kUsual || wanted.trim() === "";
  const query = badFilter !== undefined && pages.data === undefined ? { ...pages, data: { pages: [], pageParams: [] } } : pages;
  return (
    <Page title={words.title} wide state={pages.data && total > 0 ? summary(rows, total) : ""} acts={<NewMenu />}>
      <div className="stack">
        <FilterLine label={words.search} hint={words.searchHint} value={q} onChange={setQ} problem={badFilter} chips={kChips} shortcut />
        <Load query={query as typeof pages} skeleton={<Bones rows={8} />}>
          {() =>
            rows.length > 0 ? (
              <WorkspaceTable rows={rows} me={me.username} chosen={chosen} onChosen={setChosen} more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined} />
            ) : untouched && badFilter === undefined ? (
              <EmptyWorkspaces />
            ) : (
              <Blank title={words.none} text={words.noneHint} act={<Button onClick={() => setQ("")}>{words.clear}</Button>} />
            )
          }
        </Load>
      </div>
      <BulkBar rows={rows.filter((w) => chosen.has(w.id))} onDone={() => setChosen(new Set())} />
    </Page>
  );
}

function summary(rows: Workspace[], total: number): string {
  if (rows.length < total) return plural(total, "workspace");
  const tones = rows.map((w) => ({ running: w.latest_build.status === "running", tone: workspaceState(w).tone }));
  return words.summary(tones.filter((t) => t.running).length, tones.filter((t) => t.tone === "bad").length, total);
}

// The value once it has been left alone for a moment.
function useSettled<T>(value: T, ms: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = window.setTimeout(() => setSettled(value), ms);
    return () => window.clearTimeout(timer);
  }, [value, ms]);
  return settled;
}
