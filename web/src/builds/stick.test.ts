import { expect, it } from "vitest";
import { Stick } from "./stick";

const view = (top: number, height: number, shown = 400) => ({ top, height, shown });

it("stays at the end while lines grow, turn out shorter than guessed, or the box changes its height", () => {
  const stick = new Stick(true);
  stick.scrolled(view(600, 1_000), 0, 10);
  expect(stick.scrolled(view(560, 1_000), 10, 12)).toBe(false); // a measured row above moved the view up
  expect(stick.holds).toBe(true);
  stick.scrolled(view(560, 1_400, 200), 20, 40);
  expect(stick.holds).toBe(true);
});

it("lets go when a person scrolls up, and counts what comes then", () => {
  const stick = new Stick(true);
  stick.scrolled(view(600, 1_000), 0, 10);
  stick.touched(100);
  expect(stick.scrolled(view(500, 1_000), 150, 10)).toBe(true);
  expect([stick.holds, stick.fresh(10), stick.fresh(22)]).toEqual([false, 0, 12]);
});

it("counts nothing as new in a log that was whole when it was opened", () => {
  const stick = new Stick(false);
  stick.scrolled(view(0, 1_000), 0, 65);
  expect([stick.holds, stick.fresh(65)]).toEqual([false, 0]);
});

it("takes hold again at the end, by hand or by the pill", () => {
  const stick = new Stick(true);
  stick.scrolled(view(600, 1_000), 0, 10);
  stick.touched(100);
  stick.scrolled(view(300, 1_000), 150, 10);
  stick.scrolled(view(590, 1_000), 900, 14);
  expect([stick.holds, stick.fresh(20)]).toEqual([true, 0]);
  stick.letGo(20);
  stick.back();
  expect(stick.holds).toBe(true);
});

it("knows a dragged scroll bar from the view's own moves", () => {
  const stick = new Stick(true);
  stick.scrolled(view(600, 1_000), 0, 10);
  stick.holding(true, 0);
  expect(stick.scrolled(view(400, 1_000), 5_000, 10)).toBe(true);
  stick.back();
  stick.scrolled(view(600, 1_000), 6_000, 10);
  stick.holding(false, 6_000);
  expect(stick.scrolled(view(500, 1_000), 7_000, 10)).toBe(false);
});
