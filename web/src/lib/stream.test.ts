import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { serverNow } from "./server";
import { followLog, type Link, watchFrames } from "./stream";

// What a browser shows of a socket: a refused handshake is a close without an open, and nothing more.
class FakeSocket {
  static made: FakeSocket[] = [];
  static get last(): FakeSocket {
    const last = FakeSocket.made.at(-1);
    if (!last) throw new Error("no socket was made");
    return last;
  }
  onopen?: () => void;
  onmessage?: (event: { data: string }) => void;
  onclose?: (event: { code: number }) => void;
  readonly url: string;
  constructor(url: string) {
    this.url = url;
    FakeSocket.made.push(this);
  }
  close(): void {}
}

type Entry = { id: number };
const answers = vi.fn<(path: string) => Response>();
let links: [Link, number | undefined][] = [];
let seen: number[] = [];

const follow = () =>
  followLog<Entry>({
    path: ({ after, follow: live }) => `/log?after=${after}${live ? "&follow" : ""}`,
    onLines: (lines) => seen.push(...lines.map((line) => line.id)),
    onLink: (link, why) => links.push([link, why?.status]),
  });
const refuse = async () => {
  FakeSocket.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(0);
};
const pass = () => vi.advanceTimersByTimeAsync(20_000);

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal("window", { setTimeout: globalThis.setTimeout, clearTimeout: globalThis.clearTimeout, location: { protocol: "https:", host: "here" } });
  vi.stubGlobal("WebSocket", FakeSocket);
  vi.stubGlobal("fetch", async (path: string) => answers(path));
  answers.mockReset();
  FakeSocket.made = [];
  links = [];
  seen = [];
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

for (const status of [401, 403, 404, 410]) {
  test(`a log that is refused with ${status} is asked for once, and says why`, async () => {
    answers.mockImplementation(() => Response.json({ message: "No." }, { status }));
    follow();

    await refuse();
    await pass();

    expect(FakeSocket.made).toHaveLength(1);
    expect(answers).toHaveBeenCalledTimes(1);
    expect(answers).toHaveBeenCalledWith("/api/v2/log?after=0");
    expect(links).toEqual([["connecting", undefined], ["lost", undefined], ["ended", status]]);
  });
}

for (const status of [408, 429, 500, 503]) {
  test(`a log that is refused with ${status} is tried again`, async () => {
    answers.mockImplementation(() => Response.json({ message: "Later." }, { status }));
    follow();

    await refuse();
    await pass();

    expect(FakeSocket.made).toHaveLength(2);
    expect(links.at(-1)).toEqual(["connecting", undefined]);
  });
}

test("where no socket passes, the lines come by ordinary requests, each once", async () => {
  answers.mockImplementationOnce(() => Response.json([{ id: 1 }, { id: 2 }])).mockImplementationOnce(() => Response.json([{ id: 3 }]));
  follow();

  await refuse();
  await pass();
  await refuse();
  await pass();

  expect(seen).toEqual([1, 2, 3]);
  expect(answers.mock.calls).toEqual([["/api/v2/log?after=0"], ["/api/v2/log?after=2"]]);
});

test("a connection that is lost resumes after what was seen, without asking why", async () => {
  follow();
  FakeSocket.last.onopen?.();
  FakeSocket.last.onmessage?.({ data: JSON.stringify([{ id: 7 }]) });

  FakeSocket.last.onclose?.({ code: 1006 });
  await pass();

  expect(answers).not.toHaveBeenCalled();
  expect(FakeSocket.last.url).toBe("wss://here/api/v2/log?after=7&follow");
});

test("nothing is asked, taken or told after it was left", async () => {
  let answer: (value: Response) => void = () => {};
  vi.stubGlobal("fetch", () => new Promise<Response>((resolve) => (answer = resolve)));
  const leave = follow();
  await refuse();
  const told = links.length;

  leave();
  answer(Response.json([{ id: 1 }]));
  await pass();

  expect(FakeSocket.made).toHaveLength(1);
  expect([seen, links.length]).toEqual([[], told]);
});

test("a stream of frames says when it stands, begins again after a break, and stays ended when it ended well", async () => {
  const heard: string[] = [];
  const stop = watchFrames<{ n: number }>("/frames", { onData: ({ n }) => heard.push(`data ${n}`), onOpen: () => heard.push("open"), onEnd: () => heard.push("end") });
  FakeSocket.last.onopen?.();
  FakeSocket.last.onmessage?.({ data: '{"n":1}' });
  FakeSocket.last.onclose?.({ code: 1012 });
  await pass();
  FakeSocket.last.onopen?.();
  FakeSocket.last.onmessage?.({ data: '{"n":2}' });
  FakeSocket.last.onclose?.({ code: 1000 });
  await pass();

  expect(heard).toEqual(["open", "data 1", "open", "data 2", "end"]);
  expect(FakeSocket.made.map((socket) => socket.url)).toEqual(["wss://here/api/v2/frames", "wss://here/api/v2/frames"]);
  stop();
});

test("a stream of frames that was left does not come back", async () => {
  const stop = watchFrames("/frames", { onData: () => {}, onOpen: () => {}, onEnd: () => {} });
  stop();
  FakeSocket.last.onclose?.({ code: 1006 });
  await pass();

  expect(FakeSocket.made).toHaveLength(1);
});

test("a stream that breaks finds out whether the server is away", async () => {
  answers.mockImplementation(() => {
    throw new TypeError("no network");
  });
  const stop = watchFrames("/frames", { onData: () => {}, onOpen: () => {}, onEnd: () => {} });
  FakeSocket.last.onopen?.();

  FakeSocket.last.onclose?.({ code: 1006 });
  await vi.advanceTimersByTimeAsync(0);

  expect(answers.mock.calls).toEqual([["/api/v2/buildinfo"]]);
  expect(serverNow().away).toBe(true);
  stop();
});
