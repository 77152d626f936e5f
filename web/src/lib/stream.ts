// Live streams: one-object-per-frame log sockets that resume by id, and event streams (WebSocket first, SSE where that is refused).
import { ApiError, api, socketUrl } from "./api";

export type Link = "connecting" | "open" | "lost" | "ended";

export function backoff(attempt: number, random = Math.random()): number {
  return Math.round(Math.min(15_000, 400 * 2 ** attempt) * (0.7 + 0.6 * random));
}

type Follow<T> = {
  path: (ask: { after: number; follow?: true }) => string; // without `follow`: what there is by now, as one answer
  onLines: (lines: T[]) => void;
  onLink?: (link: Link, why?: ApiError) => void; // "ended" with the reason when the server refuses it
};

// Whether asking again would bring the same answer.
const isFinal = (error: unknown): error is ApiError => error instanceof ApiError && error.status >= 400 && error.status < 500 && error.status !== 408 && error.status !== 429;

// Follows a log until the server closes it in the ordinary way; a lost connection resumes after the last id seen. Why a handshake
// failed no browser tells: the same is asked for without a socket then.
export function followLog<T extends { id: number }>({ path, onLines, onLink }: Follow<T>): () => void {
  let after = 0;
  let attempt = 0;
  let stopped = false;
  let timer = 0;
  let frame = 0;
  let waiting: T[] = [];
  let socket: WebSocket | undefined;
  const leaving = new AbortController();

  const flush = () => {
    frame = 0;
    const lines = waiting;
    waiting = [];
    if (!stopped && lines.length > 0) onLines(lines);
  };
  const take = (line: T) => {
    if (line.id <= after && after > 0) return;
    after = Math.max(after, line.id);
    waiting.push(line);
    if (frame === 0) frame = window.setTimeout(flush, 40);
  };
  const end = (why?: ApiError) => {
    window.clearTimeout(frame);
    flush();
    onLink?.("ended", why);
  };
  const again = () => {
    timer = window.setTimeout(open, backoff(attempt++));
  };
  const askWhy = async () => {
    try {
      const lines = await api.get<T[]>(path({ after }), leaving.signal);
      if (!stopped) lines.forEach(take);
    } catch (error: unknown) {
      if (!stopped && isFinal(error)) return end(error);
    }
    if (!stopped) again();
  };
  const open = () => {
    let opened = false;
    onLink?.("connecting");
    socket = new WebSocket(socketUrl(path({ after, follow: true })));
    socket.onopen = () => {
      opened = true;
      attempt = 0;
      onLink?.("open");
    };
    socket.onmessage = (event) => {
      const value = JSON.parse(String(event.data)) as T | T[];
      if (Array.isArray(value)) value.forEach(take);
      else take(value);
    };
    socket.onclose = (event) => {
      if (stopped) return;
      if (event.code === 1000) return end();
      onLink?.("lost");
      if (opened) again();
      else void askWhy();
    };
  };
  open();
  return () => {
    stopped = true;
    leaving.abort();
    window.clearTimeout(timer);
    window.clearTimeout(frame);
    socket?.close();
  };
}

let wondering = false;

// A stream that broke is often the first to know that the server is away: one question makes it known to the page, and is no news otherwise.
async function wonder(): Promise<void> {
  if (wondering) return;
  wondering = true;
  await api.get("/buildinfo").catch(() => undefined); // that there was no answer is kept by the asking itself
  wondering = false;
}

type Frame = { type: "ping" | "data" | "error"; data?: unknown };

// Watches an event stream. The first socket that never opens moves the stream to SSE for good.
export function watchEvents<T>(path: string, onData: (data: T) => void, onLink?: (link: Link) => void): () => void {
  let stopped = false;
  let opened = false;
  let attempt = 0;
  let timer = 0;
  let close = () => {};

  const viaEvents = () => {
    const source = new EventSource(`/api/v2${path}`);
    source.addEventListener("data", (event) => onData(JSON.parse((event as MessageEvent<string>).data) as T));
    source.onopen = () => onLink?.("open");
    source.onerror = () => {
      onLink?.("lost");
      if (source.readyState === EventSource.CLOSED && !stopped) timer = window.setTimeout(viaEvents, backoff(attempt++));
    };
    close = () => source.close();
  };
  const viaSocket = () => {
    onLink?.("connecting");
    const socket = new WebSocket(socketUrl(`${path}-ws`));
    socket.onopen = () => {
      opened = true;
      attempt = 0;
      onLink?.("open");
    };
    socket.onmessage = (event) => {
      const frame = JSON.parse(String(event.data)) as Frame;
      if (frame.type === "data") onData(frame.data as T);
    };
    socket.onclose = () => {
      if (stopped) return;
      onLink?.("lost");
      void wonder();
      if (!opened) return viaEvents();
      timer = window.setTimeout(viaSocket, backoff(attempt++));
    };
    close = () => socket.close();
  };
  viaSocket();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    close();
  };
}

type Frames<T> = {
  onData: (data: T) => void;
  onOpen: () => void; // it stands, for the first time or again: what came before was not heard
  onEnd: () => void; // the server ended it in good order
};

// Watches a stream of plain frames that the server alone speaks on. It begins again after every end but one in good order: then
// the session is over, or the right.
export function watchFrames<T>(path: string, { onData, onOpen, onEnd }: Frames<T>): () => void {
  let stopped = false;
  let attempt = 0;
  let timer = 0;
  let socket: WebSocket | undefined;
  const open = () => {
    socket = new WebSocket(socketUrl(path));
    socket.onopen = () => {
      attempt = 0;
      onOpen();
    };
    socket.onmessage = (event) => onData(JSON.parse(String(event.data)) as T);
    socket.onclose = (event) => {
      if (stopped) return;
      void wonder();
      if (event.code === 1000) return onEnd();
      timer = window.setTimeout(open, backoff(attempt++));
    };
  };
  open();
  return () => {
    stopped = true;
    window.clearTimeout(timer);
    socket?.close();
  };
}
