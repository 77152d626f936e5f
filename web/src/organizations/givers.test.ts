import type { AuditLog } from "@gen";
import { expect, test } from "vitest";
import { giversOf } from "./givers";

const line = (who: string, time: string, old: unknown, now: unknown, status_code = 200) => ({ time, status_code, user: { username: who, name: "" }, diff: { roles: { old, new: now, secret: false } } }) as unknown as AuditLog;

test("a role was given by whoever added it last", () => {
  const lines = [line("priya", "3", ["a"], ["a", "b"]), line("ana", "2", [], ["a"]), line("bo", "1", [], ["a"])];

  expect(giversOf(lines)).toEqual({ b: { who: "priya", at: "3" }, a: { who: "ana", at: "2" } });
});

test("a refused change, one of something else and one by nobody give nothing", () => {
  const nobody = { ...line("x", "1", [], ["a"]), user: null };

  expect(giversOf([line("ana", "2", [], ["a"], 403), { ...nobody }, { ...nobody, user: null, diff: {} }])).toEqual({});
});
