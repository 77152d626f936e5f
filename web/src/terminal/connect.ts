// A terminal's line to its shell: the agent's reconnecting PTY. What broke off comes back by itself, to the byte.
import type { Terminal } from "@xterm/xterm";
import { ptyByProxy, ptyUrl, refused } from "@/agents/queries";
import { backoff } from "@/lib/stream";
import { Memory } from "./memory";

export type Link = "connecting" | "open" | "lost" | "closed" | "refused";

// `typed`: what becomes of a key before it goes out.
type Ask = { terminal: Terminal; id: string; agentId: string; command: string | undefined; proxy: () => string; typed: (data: string) => string; onLink: (link: Link) => void };

// A proxy that does not open it this often in a row is passed by.
const kTries = 2;

export function connect({ terminal, id, agentId, command, proxy, typed, onLink }: Ask): () => void {
  const encoder = new TextEncoder();
  const memory = new Memory();
  const leaving = new AbortController();
  let socket: WebSocket | undefined;
  let attempt = 0;
  let timer = 0;
  const stopped = () => leaving.signal.aborted;
  const put = (messages: string[]) => {
    if (socket?.readyState === WebSocket.OPEN) for (const message of messages) socket.send(encoder.encode(message));
  };
  const send = (message: object) => put(memory.add(JSON.stringify(message)));
  const size = () => ({ height: terminal.rows, width: terminal.cols });
  const again = () => {
    onLink("lost");
    timer = window.setTimeout(open, backoff(attempt++));
  };
  const open = () => {
    const by = attempt < kTries ? proxy() : "";
    const ask = { reconnect: id, command, ...size(), ...memory.begin() };
    if (by === "") return dial(ptyUrl(agentId, ask));
    void ptyByProxy(agentId, ask, by).then(
      (url) => stopped() || dial(url),
      () => stopped() || again(),
    );
  };
  const dial = (url: string) => {
    const mine = new WebSocket(url);
    let opened = false;
    mine.binaryType = "arraybuffer";
    socket = mine;
    mine.onopen = () => {
      opened = true;
      attempt = 0;
      onLink("open");
      send(size());
    };
    mine.onmessage = (event: MessageEvent<ArrayBuffer | string>) => {
      const heard = memory.hear(typeof event.data === "string" ? encoder.encode(event.data) : new Uint8Array(event.data));
      if (heard.anew) terminal.reset();
      if (heard.bytes.length > 0) terminal.write(heard.bytes);
      put(heard.send);
    };
    mine.onclose = (event) => {
      if (stopped() || socket !== mine) return;
      if (opened && (event.code === 1000 || event.code === 1005)) return onLink("closed");
      if (opened) return again();
      // Why a handshake was refused no browser tells.
      void refused(agentId, leaving.signal).then((no) => {
        if (stopped() || socket !== mine) return;
        if (no) onLink("refused");
        else again();
      });
    };
  };
  const keys = terminal.onData((data) => send({ data: typed(data) }));
  const binary = terminal.onBinary((data) => send({ data }));
  const resized = terminal.onResize(() => send(size()));
  open();
  return () => {
    leaving.abort();
    window.clearTimeout(timer);
    for (const listener of [keys, binary, resized]) listener.dispose();
    socket?.close();
  };
}
