import { expect, test } from "vitest";
import { verdict } from "./restarts";

const waiting = { id: "w", name: "heron", after: 4, ask: {} };

test("a restart starts once its own stop has ended, and only then", () => {
  expect(verdict(waiting, { build_number: 3, status: "running" })).toBe("wait");
  expect(verdict(waiting, { build_number: 4, status: "stopping" })).toBe("wait");
  expect(verdict(waiting, { build_number: 4, status: "stopped" })).toBe("start");
});

test("a restart gives up when the stop failed, or when someone else went on", () => {
  expect(verdict(waiting, { build_number: 4, status: "failed" })).toBe("drop");
  expect(verdict(waiting, { build_number: 4, status: "canceled" })).toBe("drop");
  expect(verdict(waiting, { build_number: 5, status: "starting" })).toBe("drop");
});
