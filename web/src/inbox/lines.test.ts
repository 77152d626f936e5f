import type { InboxNotification } from "@gen";
import { expect, test } from "vitest";
import { byDay, kPage, linesOf, nextAfter, type Pages, placeOf, shortCount, unreadOf, withAllRead, withNew, withRead } from "./lines";

const line = (id: string, read: string | null = null, created = "2026-05-01T10:00:00Z"): InboxNotification => ({
  id,
  user_id: "u",
  template_id: "t",
  targets: [],
  title: id,
  content: "",
  icon: "",
  actions: [],
  read_at: read,
  created_at: created,
});
const pages = (unread: number, ...all: InboxNotification[][]): Pages => ({ pages: all.map((notifications) => ({ notifications, unread_count: unread })), pageParams: all.map((_, i) => String(i)) });
const ids = (all: Pages | undefined) => linesOf(all).map((one) => one.id);

test("a line that is new stands first, once, with the count that came with it", () => {
  const before = pages(1, [line("b")], [line("a", "then")]);

  const after = withNew(before, { notification: line("c"), unread_count: 2 });
  const again = withNew(after, { notification: line("c"), unread_count: 2 });

  expect(ids(after)).toEqual(["c", "b", "a"]);
  expect(unreadOf(after)).toBe(2);
  expect(ids(again)).toEqual(["c", "b", "a"]);
  expect(ids(before)).toEqual(["b", "a"]);
  expect(withNew(undefined, { notification: line("c"), unread_count: 1 })).toBeUndefined();
});

test("reading counts down once, and unreading up", () => {
  const before = pages(2, [line("b"), line("a")]);

  const read = withRead(before, "a", "now");

  expect(linesOf(read).find((one) => one.id === "a")?.read_at).toBe("now");
  expect(unreadOf(read)).toBe(1);
  expect(withRead(read, "a", "later")).toBe(read);
  expect(unreadOf(withRead(read, "a", null))).toBe(2);
  expect(withRead(before, "nobody", "now")).toBe(before);
});

test("reading all keeps when a line was read before", () => {
  const after = withAllRead(pages(3, [line("b")], [line("a", "then")]), "now");

  expect(linesOf(after).map((one) => one.read_at)).toEqual(["now", "then"]);
  expect(unreadOf(after)).toBe(0);
});

test("a page that is not full was the last, and a first one that grew is not", () => {
  const full = Array.from({ length: kPage }, (_, i) => line(String(i)));

  expect(nextAfter({ notifications: full, unread_count: 0 })).toBe("24");
  expect(nextAfter({ notifications: [line("new"), ...full], unread_count: 0 })).toBe("24");
  expect(nextAfter({ notifications: full.slice(1), unread_count: 0 })).toBeUndefined();
  expect(nextAfter({ notifications: [], unread_count: 0 })).toBeUndefined();
});

test("lines stand by day, in their order", () => {
  const now = new Date(2026, 4, 3, 12);
  const at = (day: number, hour: number) => new Date(2026, 4, day, hour).toISOString();

  const days = byDay([line("d", null, at(3, 11)), line("c", null, at(3, 0)), line("b", null, at(2, 23)), line("a", null, at(1, 23))], now);

  expect(days.map((day) => [day.when, day.lines.map((one) => one.id)])).toEqual([
    ["today", ["d", "c"]],
    ["yesterday", ["b"]],
    ["earlier", ["a"]],
  ]);
});

test("an action leads to a place of this dashboard and nowhere else", () => {
  expect(placeOf("https://slipway.example/@ana/box/builds/3?x=1#y")).toBe("/@ana/box/builds/3?x=1#y");
  expect(placeOf("/workspaces")).toBe("/workspaces");
  expect(placeOf("javascript:alert(1)")).toBeUndefined();
  expect(placeOf("data:text/html,x")).toBeUndefined();
  expect(placeOf("https://a.example//evil.example/")).toBeUndefined();
  expect(placeOf("http://[")).toBeUndefined();
});

test("a long count is short", () => {
  expect([0, 1, 99, 100, 10_000].map(shortCount)).toEqual(["0", "1", "99", "99+", "99+"]);
});
