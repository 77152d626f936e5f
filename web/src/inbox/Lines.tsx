// Lines of the inbox by day, each with what it offers.
import type { InboxNotification } from "@gen";
import { useRouter } from "@tanstack/react-router";
import type { MouseEvent } from "react";
import { words } from "@/strings/inbox";
import { Ago } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon, type IconName } from "@/ui/Icon";
import Markdown from "@/ui/Markdown";
import { toastError } from "@/ui/toast";
import { byDay, placeOf } from "./lines";
import { useMarkRead } from "./queries";
import "./inbox.css";

const kIcons: Record<string, IconName> = { DEFAULT_ICON_WORKSPACE: "workspaces", DEFAULT_ICON_ACCOUNT: "people", DEFAULT_ICON_TEMPLATE: "templates" };

// `heading`: below the title of a page or of a panel.
export function Days({ lines, heading: Day, onLeave }: { lines: InboxNotification[]; heading: "h2" | "h3"; onLeave?: () => void }) {
  return byDay(lines, new Date()).map((day) => (
    <div key={day.when}>
      <Day className="inbox-day">{words.days[day.when]}</Day>
      <ul>
        {day.lines.map((line) => (
          <Line key={line.id} line={line} onLeave={onLeave} />
        ))}
      </ul>
    </div>
  ));
}

type Pages = { hasNextPage: boolean; isFetchingNextPage: boolean; fetchNextPage: () => Promise<unknown> };

// What leads on, where there is more.
export function Older({ inbox }: { inbox: Pages }) {
  if (!inbox.hasNextPage) return null;
  return (
    <div className="inbox-older">
      <Button size="small" kind="quiet" icon="down" busy={inbox.isFetchingNextPage} onClick={() => void inbox.fetchNextPage()}>
        {words.older}
      </Button>
    </div>
  );
}

function Line({ line, onLeave }: { line: InboxNotification; onLeave: (() => void) | undefined }) {
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
    onLeave?.();
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
