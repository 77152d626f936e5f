import type { Workspace } from "@gen";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useEffect, useMemo, useState } from "react";
import { ApiError } from "@/lib/api";
import { chunk } from "@/lib/chunk";
import { kWorkspaceTerms } from "@/lib/terms";
import { hasTerm, toggleTerm } from "@/lib/filter";
import { useMe } from "@/me/queries";
import { useOrganizations, within } from "@/me/organization";
import { plural } from "@/strings/common";
import { list as words } from "@/strings/workspaces";
import { Button } from "@/ui/Button";
import { type Chip, FilterLine } from "@/ui/FilterLine";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { kUsual } from "./ahead";
import { BulkBar } from "./BulkBar";
import { useLiveRows, useOtherTabs } from "./live";
import { NewMenu } from "./NewMenu";
import { workspacePages } from "./queries";
import { kMostSorted, parseSort, sorted } from "./sort";
import { workspaceState } from "./state";
import { WorkspaceTable } from "./WorkspaceTable";
import "./workspaces.css";

// Most people have one: what stands in an empty harbour is fetched by whoever sees it.
const EmptyWorkspaces = lazy(chunk(async () => ({ default: (await import("./EmptyWorkspaces")).EmptyWorkspaces })));

const kChips: Chip[] = [
  { label: words.chips.mine, key: "owner", value: "me" },
  { label: words.chips.shared, key: "shared_with_user", value: "me" },
  { label: words.chips.running, key: "status", value: "running" },
  { label: words.chips.stopped, key: "status", value: "stopped" },
  { label: words.chips.failed, key: "status", value: "failed" },
  { label: words.chips.outdated, key: "outdated", value: "true" },
  { label: words.chips.unhealthy, key: "healthy", value: "false" },
];

export function WorkspacesPage() {
  const me = useMe();
  const navigate = useNavigate({ from: "/workspaces" });
  const { q: asked, sort } = useSearch({ from: "/app/workspaces" });
  const [q, setQ] = useState(asked ?? kUsual);
  const wanted = useSettled(q, 250);
  const pages = useInfiniteQuery(workspacePages(within(wanted, useOrganizations().chosen)));
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const found = useMemo(() => pages.data?.pages.flatMap((page) => page.workspaces) ?? [], [pages.data]);
  const total = pages.data?.pages[0]?.count ?? 0;
  const sortable = total <= kMostSorted;
  const rows = useMemo(() => sorted(found, sortable ? parseSort(sort) : undefined), [found, sort, sortable]);
  useLiveRows(found);
  useOtherTabs();

  useEffect(() => {
    if (wanted === (asked ?? kUsual)) return; // nothing to put into the address, and nobody is called back who is on the way elsewhere
    void navigate({ search: ({ sort: kept }) => ({ ...(wanted === kUsual ? {} : { q: wanted }), ...(kept === undefined ? {} : { sort: kept }) }), replace: true });
  }, [wanted, asked, navigate]);

  const badFilter = pages.error instanceof ApiError ? pages.error.field("q") : undefined;
  const untouched = wanted === kUsual || wanted.trim() === "";
  const query = badFilter !== undefined && pages.data === undefined ? { ...pages, data: { pages: [], pageParams: [] } } : pages;
  return (
    <Page title={words.title} wide state={pages.data && total > 0 ? summary(rows, total) : ""} acts={<NewMenu />}>
      <div className="stack">
        <FilterLine label={words.search} hint={words.searchHint} value={q} onChange={(next) => setQ(oneOwner(q, next))} problem={badFilter} terms={kWorkspaceTerms} chips={kChips} shortcut />
        <Load query={query as typeof pages} skeleton={<Bones rows={8} />}>
          {() =>
            rows.length > 0 ? (
              <WorkspaceTable
                rows={rows}
                me={me.username}
                chosen={chosen}
                onChosen={setChosen}
                more={pages.hasNextPage && !pages.isFetchingNextPage ? () => void pages.fetchNextPage() : undefined}
                sort={sortable ? sort : undefined}
                onSort={sortable ? (next) => void navigate({ search: ({ q: kept }) => ({ ...(kept === undefined ? {} : { q: kept }), ...(next === undefined ? {} : { sort: next }) }), replace: true }) : undefined}
              />
            ) : badFilter !== undefined ? null : untouched ? (
              <Suspense fallback={<Bones rows={3} height={72} />}>
                <EmptyWorkspaces />
              </Suspense>
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

// Mine and what is shared with me leave nothing together: the newer of the two stays.
function oneOwner(before: string, next: string): string {
  if (!hasTerm(next, "owner", "me") || !hasTerm(next, "shared_with_user", "me")) return next;
  return toggleTerm(next, hasTerm(before, "owner", "me") ? "owner" : "shared_with_user", "me");
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
