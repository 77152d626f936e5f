// Who reached which workspace, by what and from where: first who is connected now, then who was; newest first.
import type { ConnectionLog } from "@gen";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ActivityTabs } from "@/audit/ActivityTabs";
import { ApiError } from "@/lib/api";
import { download } from "@/lib/browser";
import { hasKey } from "@/lib/filter";
import { useRestedText } from "@/lib/rested";
import { kConnectionTerms } from "@/lib/terms";
import { words } from "@/strings/connections";
import { Ago, Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { type Chip, chipsOf, FilterLine } from "@/ui/FilterLine";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { toast, toastError } from "@/ui/toast";
import { asFile, isOpen, outcome, what, who } from "./lines";
import { allConnections, connectionPages, kMostInFile, openConnections } from "./queries";
import "./connections.css";

const kChips: Chip[] = [{ key: "status", value: "ongoing", label: words.open }, ...chipsOf("type", words.chips)];

export function ConnectionsPage() {
  const asked = useSearch({ from: "/app/activity/connections" }).q ?? "";
  const navigate = useNavigate({ from: "/activity/connections" });
  const [text, setText] = useRestedText(asked, (search) => void navigate({ search, replace: true }));
  const pages = useInfiniteQuery(connectionPages(asked));
  const first = pages.data?.pages[0];
  const problem = pages.error instanceof ApiError && pages.error.status === 400 ? (pages.error.field("q") ?? pages.error.message) : undefined;
  const query = problem !== undefined && pages.data === undefined ? { ...pages, data: { pages: [], pageParams: [] } } : pages;
  // A filter that asks for a state asks for one list.
  const split = !hasKey(asked, "status");
  const rows = (pages.data?.pages.flatMap((page) => page.connection_logs) ?? []).filter((line) => !split || !isOpen(line));
  return (
    <Page title={words.title} state={first ? words.lead(first.count, first.count_cap > 0 && first.count > first.count_cap) : ""} acts={<Download q={asked} off={!first || first.count === 0} />}>
      <ActivityTabs />
      <div className="stack">
        <FilterLine label={words.search} hint={words.searchHint} value={text} onChange={setText} problem={problem} terms={kConnectionTerms} chips={kChips} />
        {split && problem === undefined && <Now q={asked} />}
        <Load query={query as typeof pages} skeleton={<Bones rows={8} height={56} />}>
          {() => (problem !== undefined ? null : first?.count === 0 ? <Nothing q={asked} onClear={() => setText("")} /> : <Found lines={rows} split={split} />)}
        </Load>
        {pages.hasNextPage && (
          <div>
            <Button icon="down" busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
              {words.more}
            </Button>
          </div>
        )}
      </div>
    </Page>
  );
}

function Nothing({ q, onClear }: { q: string; onClear: () => void }) {
  if (q === "") return <Blank title={words.empty} text={words.emptyHint} />;
  return <Blank title={words.none} text={words.noneHint} act={<Button onClick={onClear}>{words.clear}</Button>} />;
}

function Found({ lines, split }: { lines: ConnectionLog[]; split: boolean }) {
  if (lines.length === 0) return null;
  if (!split) return <Lines lines={lines} />;
  return (
    <Section title={words.before}>
      <Lines lines={lines} />
    </Section>
  );
}

// Absent where the filter leaves nothing: what it finds is told below.
function Now({ q }: { q: string }) {
  const { data: open, error } = useQuery(openConnections(q));
  if (error || (q !== "" && (open?.count ?? 0) === 0)) return null;
  if (!open)
    return (
      <Section title={words.now}>
        <Bones rows={1} height={56} />
      </Section>
    );
  return (
    <Section title={words.now}>
      {open.count === 0 ? <p className="muted">{words.nowNone}</p> : <Lines lines={open.connection_logs} />}
      {open.count > open.connection_logs.length && <p className="muted small">{words.nowMore(open.count - open.connection_logs.length)}</p>}
    </Section>
  );
}

function Lines({ lines }: { lines: ConnectionLog[] }) {
  return (
    <ul className="links">
      {lines.map((line) => (
        <Line key={line.id} line={line} />
      ))}
    </ul>
  );
}

function Line({ line }: { line: ConnectionLog }) {
  const { name, picture, known } = who(line);
  const { why, ...ended } = outcome(line);
  return (
    <li className="link-line">
      <Avatar name={known ? name : "?"} url={picture} size={26} />
      <div className="link-words">
        <p>
          {known || line.web_info ? (
            <>
              <strong>{name}</strong> · {what(line)} {words.of}{" "}
            </>
          ) : (
            <>
              <strong>{what(line)}</strong> {words.into}{" "}
            </>
          )}
          <Link to="/@{$user}/$workspace" params={{ user: line.workspace_owner_username, workspace: line.workspace_name }}>
            {line.workspace_owner_username}/{line.workspace_name}
          </Link>
        </p>
        <p className="muted small">
          <Ago at={line.connect_time} /> {line.ip && words.from(line.ip)} {line.agent_name !== "" && `· ${line.agent_name}`} {why !== "" && `· ${why}`}
        </p>
      </div>
      <State {...ended} />
    </li>
  );
}

function Download({ q, off }: { q: string; off: boolean }) {
  const [read, setRead] = useState<number>();
  const run = async () => {
    setRead(0);
    try {
      const lines = await allConnections(q, setRead);
      download(words.file, "text/csv", asFile(lines));
      if (lines.length >= kMostInFile) toast(words.cut(lines.length));
    } catch (problem) {
      toastError(problem);
    }
    setRead(undefined);
  };
  return (
    <Button kind="main" icon="download" disabled={off} busy={read !== undefined} onClick={() => void run()}>
      {read ? words.downloading(read) : words.download}
    </Button>
  );
}
