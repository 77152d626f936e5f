// Who did what, from where, and what it changed; newest first.
import type { AuditLog } from "@gen";
import { useInfiniteQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { ApiError } from "@/lib/api";
import { useRestedText } from "@/lib/rested";
import { kAuditTerms } from "@/lib/terms";
import { words } from "@/strings/audit";
import { Ago, Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { FilterLine } from "@/ui/FilterLine";
import { Icon } from "@/ui/Icon";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { ActivityTabs } from "./ActivityTabs";
import { Menus } from "./Menus";
import { auditPages } from "./queries";
import { Sentence } from "./Sentence";
import { changes } from "./sentence";
import "./audit.css";

export function AuditPage() {
  const asked = useSearch({ from: "/app/activity" }).q ?? "";
  const navigate = useNavigate({ from: "/activity" });
  const [text, setText] = useRestedText(asked, (search) => void navigate({ search, replace: true }));
  const pages = useInfiniteQuery(auditPages(asked));
  const first = pages.data?.pages[0];
  const rows = pages.data?.pages.flatMap((page) => page.audit_logs) ?? [];
  const problem = pages.error instanceof ApiError && pages.error.status === 400 ? (pages.error.field("q") ?? pages.error.message) : undefined;
  const query = problem !== undefined && pages.data === undefined ? { ...pages, data: { pages: [], pageParams: [] } } : pages;
  return (
    <Page title={words.title} state={first ? words.lead(first.count, first.count_cap > 0 && first.count >= first.count_cap) : ""}>
      <ActivityTabs />
      <div className="stack">
        <FilterLine label={words.search} hint={words.searchHint} value={text} onChange={setText} problem={problem} terms={kAuditTerms} menus={<Menus text={text} onChange={setText} />} shortcut />
        <Load query={query as typeof pages} skeleton={<Bones rows={8} height={52} />}>
          {() =>
            problem !== undefined ? null : rows.length === 0 ? (
              <Blank title={words.none} text={words.noneHint} act={<Button onClick={() => setText("")}>{words.clear}</Button>} />
            ) : (
              <ul className="audit">
                {rows.map((entry) => (
                  <Entry key={entry.id} entry={entry} />
                ))}
              </ul>
            )
          }
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

function Entry({ entry: e }: { entry: AuditLog }) {
  const [open, setOpen] = useState(false);
  return (
    <li className="audit-entry" data-bad={e.status_code >= 400 || undefined}>
      <div className="audit-line">
        <Avatar name={e.user?.username ?? "?"} url={e.user?.avatar_url} size={26} />
        <div className="grow">
          <p>
            <Sentence entry={e} />
          </p>
          <p className="muted small">
            <Ago at={e.time} /> {e.ip && words.from(e.ip)}
            {e.status_code >= 400 && (
              <span className="audit-bad">
                <Icon name="warning" size={13} /> {words.failed(e.status_code)}
              </span>
            )}
          </p>
        </div>
        <Button size="small" kind="quiet" icon={open ? "down" : "right"} aria-expanded={open} onClick={() => setOpen(!open)}>
          {words.details}
        </Button>
      </div>
      {open && <Details entry={e} />}
    </li>
  );
}

function Details({ entry: e }: { entry: AuditLog }) {
  const list = changes(e.diff);
  return (
    <div className="audit-details">
      {list.length === 0 ? (
        <p className="muted small">{words.unchanged}</p>
      ) : (
        <Table columns={[words.field, words.before, words.after]}>
          {list.map((change) => (
            <tr key={change.name}>
              <td>{change.name}</td>
              <td className="mono audit-gone">{change.before}</td>
              <td className="mono audit-add">{change.after}</td>
            </tr>
          ))}
        </Table>
      )}
      <dl className="facts small">
        {e.organization && (
          <>
            <dt>{words.organization}</dt>
            <dd>{e.organization.display_name || e.organization.name}</dd>
          </>
        )}
        <dt>{words.request}</dt>
        <dd className="mono">{e.request_id}</dd>
        {e.user_agent && (
          <>
            <dt>{words.browser}</dt>
            <dd>{e.user_agent}</dd>
          </>
        )}
      </dl>
    </div>
  );
}
