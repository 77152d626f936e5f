import { expect, it } from "vitest";
import { formatSchedule, kWeek, parseSchedule } from "./schedule";

it("reads simple schedules", () => {
  expect(parseSchedule("CRON_TZ=Europe/Berlin 30 8 * * 1-5")).toEqual({ time: "08:30", days: [1, 2, 3, 4, 5], zone: "Europe/Berlin" });
  expect(parseSchedule("0 9 * * Mon,wed")).toEqual({ time: "09:00", days: [1, 3], zone: "UTC" });
  expect(parseSchedule("0 9 * * *")?.days).toHaveLength(7);
});

it("leaves what it cannot show to the text", () => {
  for (const text of ["*/5 9 * * *", "0 9 1 * *", "61 9 * * *", "0 9 * * 9", "", undefined]) expect(parseSchedule(text)).toBeUndefined();
});

it("writes what it reads", () => {
  const schedule = { time: "07:05", days: [1, 5], zone: "UTC" };
  expect(formatSchedule(schedule)).toBe("CRON_TZ=UTC 5 7 * * 1,5");
  expect(parseSchedule(formatSchedule(schedule))).toEqual(schedule);
});

it("begins the week on Monday", () => {
  expect(kWeek.map((d) => d.name)).toEqual(["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]);
});
