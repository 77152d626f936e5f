// The inbox as it is known here: pages of lines, changed in place by what comes in and by what is read.
import type { GetInboxNotificationResponse, InboxNotification, ListInboxNotificationsResponse } from "@gen";
import type { InfiniteData } from "@tanstack/react-query";
import { parseTime } from "@/lib/time";

export type Pages = InfiniteData<ListInboxNotificationsResponse, unknown>;

export const kPage = 25;

export const linesOf = (pages: Pages | undefined): InboxNotification[] => pages?.pages.flatMap((page) => page.notifications) ?? [];
export const unreadOf = (pages: Pages | undefined): number => pages?.pages[0]?.unread_count ?? 0;

// Every page says how much is unread; the first one counts.
const mapped = (pages: Pages, unread: number, change: (lines: InboxNotification[], page: number) => InboxNotification[]): Pages => ({
  ...pages,
  pages: pages.pages.map((page, i) => ({ notifications: change(page.notifications, i), unread_count: unread })),
});

// A line that is new stands before all others. What is there already is not doubled: a stream may tell what a list has told.
export function withNew(pages: Pages | undefined, { notification, unread_count }: GetInboxNotificationResponse): Pages | undefined {
  if (!pages) return pages;
  const known = linesOf(pages).some((line) => line.id === notification.id);
  return mapped(pages, unread_count, (lines, i) => (i === 0 && !known ? [notification, ...lines] : lines));
}

export function withRead(pages: Pages | undefined, id: string, readAt: string | null): Pages | undefined {
  const line = linesOf(pages).find((one) => one.id === id);
  if (!pages || !line || (line.read_at === null) === (readAt === null)) return pages;
  const unread = Math.max(0, unreadOf(pages) + (readAt === null ? 1 : -1));
  return mapped(pages, unread, (lines) => lines.map((one) => (one.id === id ? { ...one, read_at: readAt } : one)));
}

export function withAllRead(pages: Pages | undefined, at: string): Pages | undefined {
  if (!pages) return pages;
  return mapped(pages, 0, (lines) => lines.map((line) => (line.read_at === null ? { ...line, read_at: at } : line)));
}

// The line after which the next page begins; a page that is not full was the last. New lines make the first one longer.
export function nextAfter(page: ListInboxNotificationsResponse): string | undefined {
  return page.notifications.length >= kPage ? page.notifications.at(-1)?.id : undefined;
}

export type Day = { when: "today" | "yesterday" | "earlier"; lines: InboxNotification[] };

export function byDay(lines: InboxNotification[], now: Date): Day[] {
  const today = new Date(now.getFullYear(), now.getMonth(), now.getDate()).getTime();
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1).getTime();
  const days: Day[] = [];
  for (const line of lines) {
    const at = parseTime(line.created_at) ?? 0;
    const when = at >= today ? "today" : at >= yesterday ? "yesterday" : "earlier";
    const last = days.at(-1);
    if (last?.when === when) last.lines.push(line);
    else days.push({ when, lines: [line] });
  }
  return days;
}

// Where an action leads in this dashboard, whatever address the deployment is known by: a path, never another site.
export function placeOf(url: string): string | undefined {
  let parsed: URL;
  try {
    parsed = new URL(url, "https://dashboard.invalid");
  } catch {
    return undefined;
  }
  if (!/^https?:$/.test(parsed.protocol) || /^\/[/\\]/.test(parsed.pathname)) return undefined;
  return parsed.pathname + parsed.search + parsed.hash;
}

// Of the count beside the bell.
export const shortCount = (n: number): string => (n > 99 ? "99+" : String(n));
