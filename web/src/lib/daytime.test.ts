import { expect, it } from "vitest";
import { dayTime } from "./time";

const at = (text: string) => new Date(text).getTime(); // of this place, wherever the test runs
const now = at("2026-01-05T12:00:00");

it("says a day as people do, with the time on it", () => {
  expect(dayTime(at("2026-01-05T08:12:00"), now)).toBe("today 08:12");
  expect(dayTime(at("2026-01-06T00:05:00"), now)).toBe("tomorrow 00:05");
  expect(dayTime(at("2026-01-04T23:59:00"), now)).toBe("yesterday 23:59");
  expect(dayTime(at("2026-01-09T22:00:00"), now)).toBe("Friday 22:00");
  expect(dayTime(at("2026-01-12T22:00:00"), now)).toBe("12 Jan 22:00");
  expect(dayTime(at("2026-01-02T22:00:00"), now)).toBe("2 Jan 22:00");
  expect(dayTime(at("2025-12-31T22:00:00"), now)).toBe("31 Dec 2025 22:00");
});
