import { expect, test } from "vitest";
import { absence } from "./absence";

const agent = { connection_timeout_seconds: 120 };

test("an agent that has not come yet is connecting", () => {
  expect(absence({ ...agent, status: "connecting" }).text).toMatch(/calls home/);
});

test("one that is too late says how long it had", () => {
  expect(absence({ ...agent, status: "timeout" }).text).toContain("within 2 minutes");
  expect(absence({ ...agent, status: "timeout", connection_timeout_seconds: 45 }).text).toContain("within 45 seconds");
});

test("a machine of a cloud is named by its id", () => {
  expect(absence({ ...agent, status: "connecting", instance_id: "i-0abc" }).text).toContain("Waiting for a machine with instance id i-0abc");
  expect(absence({ ...agent, status: "timeout", instance_id: "i-0abc" }).text).toContain("No machine with instance id i-0abc");
});

test("one that went away says since when", () => {
  expect(absence({ ...agent, status: "disconnected", instance_id: "i-0abc", disconnected_at: "2026-03-01T08:00:00Z" })).toMatchObject({ since: "2026-03-01T08:00:00Z" });
  expect(absence({ ...agent, status: "disconnected" }).since).toBeUndefined();
});

test("a refused proof is told with its reason, whatever else is said", () => {
  const refused = { provider: "aws", reason: "crypto/rsa: verification error", refused_at: "2026-03-01T08:00:00Z" };
  for (const status of ["connecting", "timeout", "disconnected"] as const) {
    const said = absence({ ...agent, status, instance_id: "i-0abc" }, refused);
    expect(said.text).toBe(absence({ ...agent, status, instance_id: "i-0abc" }).text);
    expect(said.refused).toEqual({ text: "The proof was refused: crypto/rsa: verification error. Last tried", at: "2026-03-01T08:00:00Z" });
  }
  expect(absence({ ...agent, status: "connecting", instance_id: "i-0abc" }, null).refused).toBeUndefined();
});
