import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { asker, kAskAgainMs } from "./asking";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const passed = (ms: number) => vi.advanceTimersByTimeAsync(ms);

test("a listener hears at once, then every three seconds, of answers and of their lack", async () => {
  const ask = vi.fn().mockRejectedValueOnce(new Error("away")).mockResolvedValue({});
  const heard: boolean[] = [];

  asker(ask)((answers) => heard.push(answers));
  await passed(0);
  expect(heard).toEqual([false]);

  await passed(2 * kAskAgainMs);
  expect(heard).toEqual([false, true, true]);
});

test("several listeners share one request, and the last to leave ends the asking", async () => {
  const ask = vi.fn().mockResolvedValue({});
  const listen = asker(ask);
  const [first, second] = [vi.fn(), vi.fn()];

  const leave = [listen(first), listen(second)];
  await passed(0);
  expect(ask).toHaveBeenCalledTimes(1);
  expect([first.mock.calls, second.mock.calls]).toEqual([[[true]], [[true]]]);

  leave[0]?.();
  await passed(kAskAgainMs);
  expect([first.mock.calls.length, second.mock.calls.length]).toEqual([1, 2]);

  leave[1]?.();
  await passed(10 * kAskAgainMs);
  expect(ask).toHaveBeenCalledTimes(2);
});

test("an answer that is long in coming is waited for, and one that comes after everybody left is nobody's", async () => {
  let answer = () => undefined as void;
  const ask = vi.fn(() => new Promise<void>((resolve) => void (answer = resolve)));
  const listen = asker(ask);
  const heard = vi.fn();

  const leave = listen(heard);
  await passed(5 * kAskAgainMs);
  expect(ask).toHaveBeenCalledTimes(1);

  leave();
  answer();
  await passed(0);
  expect(heard).not.toHaveBeenCalled();

  listen(heard);
  expect(ask).toHaveBeenCalledTimes(2);
});
