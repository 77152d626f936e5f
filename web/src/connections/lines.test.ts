import type { ConnectionLog, User } from "@gen";
import { expect, test } from "vitest";
import { asFile, isOpen, outcome, what, who } from "./lines";

const bo = { username: "bo", name: "Bo Berg", avatar_url: "" } as User;
const web = (over: object = {}) => ({ user_agent: "", user: bo, slug_or_port: "code", status_code: 200, ...over });
const line = (over: Partial<ConnectionLog>): ConnectionLog => ({
  id: "1", connect_time: "2026-03-01T08:00:00Z", organization: { id: "o", name: "default", display_name: "", icon: "" }, workspace_owner_id: "a", workspace_owner_username: "ana",
  workspace_id: "w", workspace_name: "dev", agent_name: "main", type: "ssh", ...over,
});
const ssh = (over: object = {}) => line({ ssh_info: { connection_id: "c", ...over } });

test("what was opened, by its name where it has one", () => {
  expect(what(line({ type: "workspace_app", web_info: web() }))).toBe("App code");
  expect(what(line({ type: "workspace_app", web_info: web({ slug_or_port: "terminal" }) }))).toBe("Terminal");
  expect(what(line({ type: "port_forwarding", web_info: web({ slug_or_port: "8080" }) }))).toBe("Port 8080");
  expect(what(ssh())).toBe("Shell");
  expect(what(line({ type: "telepathy" as "ssh" }))).toBe("Connection");
});

test("who it was: the person, somebody not signed in, or nobody the log knows", () => {
  expect(who(line({ web_info: web() }))).toMatchObject({ name: "Bo Berg", known: true });
  expect(who(line({ web_info: web({ user: { ...bo, name: "" } }) })).name).toBe("bo");
  expect(who(line({ web_info: web({ user: null }) }))).toMatchObject({ name: "Somebody not signed in", known: false });
  expect(who(ssh({ user: bo }))).toMatchObject({ name: "Bo Berg", known: true });
  expect(who(ssh())).toMatchObject({ name: "Somebody", known: false });
});

test("how a visit of the web ended, refused ones marked", () => {
  const ended = (status_code: number) => outcome(line({ type: "workspace_app", web_info: web({ status_code }) }));
  expect(ended(200)).toEqual({ tone: "good", word: "opened", why: "" });
  expect(ended(303).word).toBe("led to the sign-in page");
  expect(ended(404)).toEqual({ tone: "bad", word: "refused", why: "not there, or not shared with them" });
  expect(ended(502).word).toBe("the agent did not answer");
  expect(ended(500)).toEqual({ tone: "bad", word: "failed (500)", why: "" });
});

test("a shell is open, or has a length, a reason and perhaps an exit code", () => {
  expect(isOpen(ssh())).toBe(true);
  expect(isOpen(ssh({ disconnect_time: "0001-01-01T00:00:00Z" }))).toBe(true);
  expect(isOpen(line({ web_info: web() }))).toBe(false);
  expect(outcome(ssh())).toEqual({ tone: "good", word: "open now", why: "" });
  expect(outcome(ssh({ disconnect_time: "2026-03-01T10:05:00Z", disconnect_reason: "the client left", exit_code: 0 }))).toEqual({ tone: "off", word: "lasted 2 h 5 min", why: "the client left" });
  expect(outcome(ssh({ disconnect_time: "2026-03-01T08:00:04Z", exit_code: 130 }))).toEqual({ tone: "bad", word: "lasted 4.0 s", why: "exit code 130" });
});

test("the file holds a line each, and nothing in it is taken for a formula", () => {
  const text = asFile([line({ type: "workspace_app", ip: "203.0.113.7", workspace_name: 'a"b', agent_name: "=1+1", web_info: web() }), ssh({ disconnect_time: "2026-03-01T08:00:04Z", disconnect_reason: "gone, lost" })]);
  expect(text.split("\r\n")).toEqual([
    "Time,Who,What,Outcome,Workspace,Agent,From,Ended,Reason",
    `2026-03-01T08:00:00Z,bo,App code,opened,"ana/a""b",'=1+1,203.0.113.7,,`,
    '2026-03-01T08:00:00Z,Somebody,Shell,lasted 4.0 s,ana/dev,main,,2026-03-01T08:00:04Z,"gone, lost"',
    "",
  ]);
});
