import { expect, test } from "vitest";
import { isProxyName, proxyHealth, startCommand } from "./state";

const status = (of: "ok" | "unhealthy" | "unreachable" | "unregistered", report?: { errors: string[]; warnings: string[] }) => ({ healthy: of === "ok", status: { status: of, checked_at: "2026-03-01T08:00:00Z", ...(report && { report }) } });

test("health is a tone, a word, and the reasons that it gives", () => {
  expect(proxyHealth(status("ok"))).toEqual({ tone: "good", word: "Works", why: [] });
  expect(proxyHealth(status("unhealthy", { errors: ["its clock is off"], warnings: ["another version"] }))).toEqual({ tone: "bad", word: "Has a problem", why: ["its clock is off", "another version"] });
  expect(proxyHealth(status("unreachable"))).toMatchObject({ tone: "bad", word: "Does not answer" });
  expect(proxyHealth(status("unregistered"))).toMatchObject({ tone: "wait", word: "Waits for its first start" });
});

test("without a report it is as healthy as it says", () => {
  expect(proxyHealth({ healthy: true })).toMatchObject({ tone: "good" });
  expect(proxyHealth({ healthy: false })).toEqual({ tone: "off", word: "Not known yet", why: [] });
});

test("the command carries the address, and no token for others to read", () => {
  expect(startCommand("https://slipway.example.com")).toBe("slipwayd proxy --primary-access-url https://slipway.example.com --proxy-session-token-file token --access-url https://proxy.example.com --wildcard-access-url '*.proxy.example.com'");
});

test("names are small, with single hyphens", () => {
  expect(["sydney", "eu-2", "a".repeat(32)].map(isProxyName)).toEqual([true, true, true]);
  expect(["", "Sydney", "eu--2", "-eu", "eu ", "a".repeat(33)].map(isProxyName)).toEqual([false, false, false, false, false, false]);
});
