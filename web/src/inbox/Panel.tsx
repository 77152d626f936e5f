// One's inbox: by day, new first, each line with what it offers.
import type { InboxNotification } from "@gen";
import { useInfiniteQuery } from "@tanstack/react-query";
import { Link, useRouter } from "@tanstack/react-router";
import { useRef, type MouseEvent } from "react";
import { words } from "@/strings/inbox";
import { Ago } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon, type IconName } from "@/ui/Icon";
import { Blank, Bones, InPart, Load } from "@/ui/Load";
import Markdown from "@/ui/Markdown";
import { toastError } from "@/ui/toast";
import { byDay, linesOf, placeOf, unreadOf } from "./lines";
import { inboxPages, useMarkAllRead, useMarkRead } from "./queries";
import "./inbox.css";

const kIcons: Record<string, IconName> = { DEFAULT_ICON_WORKSPACE: "workspaces", DEFAULT_ICON_ACCOUNT: "people", DEFAULT_ICON_TEMPLATE: "templates" };

export function Panel({ onLeave }: { onLeave: () => void }) {
  const inbox = useInfiniteQuery(inboxPages);
  const unread = unreadOf(inbox.data);
  const all = useMarkAllRead();
  const lines = useRef<HTMLDivElement>(null);
  // The button has nothing left to do then and lets go of the focus: Escape would no longer reach the panel.
  const readAll = () => {
    lines.current?.focus();
    all.mutate(undefined, { onError: toastError });
  };
  return (
    <section aria-labelledby="inbox-title">
      <header className="inbox-head">
        <div className="grow">
          <h2 id="inbox-title">{words.inbox}</h2>
          <p className="muted small" role="status">
            {words.unread(unread)}
          </p>
        </div>
        <Button size="small" icon="check" disabled={unread === 0} onClick={readAll}>
          {words.allRead}
        </Button>
      </header>
      <div ref={lines} className="inbox-body" role="group" tabIndex={0} aria-label={words.inbox}>
        <InPart value={true}>
          <Load query={inbox} skeleton={<Bones rows={3} height={64} />}>
            {(pages) => {
              const lines = linesOf(pages);
              return lines.length === 0 ? <Blank title={words.none} text={words.noneHint} /> : <Days lines={lines} onLeave={onLeave} />;
            }}
          </Load>
        </InPart>
        {inbox.hasNextPage && (
          <div className="inbox-older">
            <Button size="small" kind="quiet" icon="down" busy={inbox.isFetchingNextPage} onClick={() => void inbox.fetchNextPage()}>
              {words.older}
            </Button>
          </div>
        )}
      </div>
      <footer className="inbox-foot">
        <Link to="/account" search={{ tab: "notifications" }} onClick={onLeave}>
          {words.choose}
        </Link>
      </footer>
    </section>
  );
}

function Days({ lines, onLeave }: { lines: InboxNotification[]; onLeave: () => void }) {
  return byDay(lines, new Date()).map((day) => (
    <div key={day.when}>
      <h3 className="inbox-day">{words.days[day.when]}</h3>
      <ul>
        {day.lines.map((line) => (
          <Line key={line.id} line={line} onLeave={onLeave} />
        ))}
      </ul>
    </div>
  ));
}

function Line({ line, onLeave }: { line: InboxNotification; onLeave: () => void }) {
  const mark = useMarkRead();
  const router = useRouter();
  const isNew = line.read_at === null;
  const set = (read: boolean) => mark.mutate({ id: line.id, read }, { onError: toastError });
  // In this page, so that the mark is not lost on the way; with a key held, as the browser does it.
  const follow = (event: MouseEvent, to: string) => {
    if (isNew) set(true);
    if (event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    router.history.push(to);
    onLeave();
  };
  const acts = line.actions.flatMap((action) => {
    const to = placeOf(action.url);
    return to ? [{ label: action.label, to }] : [];
  });
  return (
    <li className="inbox-line" data-new={isNew || undefined}>
      <span className="inbox-mark">
        <Icon name={kIcons[line.icon] ?? "info"} />
      </span>
      <div className="grow">
        <div className="inbox-line-head">
          <div className="inbox-title">
            <Markdown text={line.title} small extended={false} />
            {isNew && <span className="hidden-visually">{words.isNew}</span>}
          </div>
          <span className="muted small inbox-when">
            <Ago at={line.created_at} />
          </span>
          <IconButton icon={isNew ? "check" : "bell"} label={isNew ? words.markRead : words.markUnread} onClick={() => set(isNew)} />
        </div>
        <Markdown text={line.content} small extended={false} />
        {acts.length > 0 && (
          <div className="row wrap inbox-acts">
            {acts.map((act) => (
              <a
                key={act.label}
                className="btn"
                data-kind="plain"
                data-size="small"
                href={act.to}
                onClick={(event) => follow(event, act.to)}
              >
                {act.label}
              </a>
            ))}
          </div>
        )}
      </div>
    </li>
  );
}
