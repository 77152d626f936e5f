// One shell: xterm.js on the agent's reconnecting PTY. A lost connection is a thin line and comes back by itself, to the byte.
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { safeLink } from "@/agents/links";
import { ptyByProxy, ptyUrl, refused } from "@/agents/queries";
import { backoff } from "@/lib/stream";
import { terminal as words } from "@/strings/agents";
import { useWorn } from "@/theme/theme";
import { Button } from "@/ui/Button";
import { Memory } from "./memory";
import { terminalColours } from "./colours";

// `proxy`: where it is dialled, if not at this server. Another choice counts from the next connection on.
type ShellProps = { id: string; agentId: string; proxy: string; command: string | undefined; shown: boolean; label: string; onEnd: () => void };
type Link = "connecting" | "open" | "lost" | "closed" | "refused";

const kWords = { connecting: words.connecting, lost: words.lost, closed: words.closed, refused: words.refused };
const kFont = '13.5px "JetBrains Mono Variable"';

export function Shell({ id, agentId, proxy, command, shown, label, onEnd }: ShellProps) {
  const box = useRef<HTMLDivElement>(null);
  const term = useRef<{ terminal: Terminal; fit: FitAddon } | null>(null);
  const [link, setLink] = useState<Link>("connecting");
  const worn = useWorn();
  const by = useRef(proxy);
  useEffect(() => {
    by.current = proxy;
  }, [proxy]);

  useEffect(() => {
    const place = box.current;
    if (!place) return;
    const stop = new AbortController();
    void document.fonts
      .load(kFont)
      .catch(() => [])
      .then(() => {
        if (!stop.signal.aborted) start(place, stop.signal);
      });
    const start = (element: HTMLElement, signal: AbortSignal) => {
      const terminal = new Terminal({ fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace', fontSize: 13.5, lineHeight: 1.15, scrollback: 10_000, cursorBlink: false, allowProposedApi: false, macOptionIsMeta: true, screenReaderMode: false, theme: terminalColours() });
      const fit = new FitAddon();
      terminal.loadAddon(fit);
      terminal.loadAddon(new WebLinksAddon((_, url) => void (safeLink(url) && window.open(url, "_blank", "noopener,noreferrer"))));
      terminal.open(element);
      fit.fit();
      terminal.textarea?.setAttribute("aria-label", label);
      term.current = { terminal, fit };
      terminal.focus();
      const hang = connect({ terminal, id, agentId, command, proxy: () => by.current, onLink: setLink });
      const watch = new ResizeObserver(() => {
        if (element.offsetParent !== null) fit.fit();
      });
      watch.observe(element);
      signal.addEventListener("abort", () => {
        watch.disconnect();
        hang();
        terminal.dispose();
        term.current = null;
      });
    };
    return () => stop.abort();
  }, [id, agentId, command, label]);

  useEffect(() => {
    if (term.current) term.current.terminal.options.theme = terminalColours();
  }, [worn]);
  useEffect(() => {
    if (!shown || !term.current) return;
    term.current.fit.fit();
    term.current.terminal.focus();
  }, [shown]);

  return (
    <div role="tabpanel" id={`shell-${id}`} aria-labelledby={`tab-${id}`} className="term" hidden={!shown}>
      {link !== "open" && (
        <p className="term-line" role="status" data-link={link}>
          {kWords[link]}
          {link === "closed" && (
            <Button size="small" onClick={onEnd}>
              {words.again}
            </Button>
          )}
        </p>
      )}
      <div ref={box} className="term-box" />
    </div>
  );
}

type Ask = { terminal: Terminal; id: string; agentId: string; command: string | undefined; proxy: () => string; onLink: (link: Link) => void };

// A proxy that does not open it this often in a row is passed by.
const kTries = 2;

function connect({ terminal, id, agentId, command, proxy, onLink }: Ask): () => void {
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
  const typed = terminal.onData((data) => send({ data }));
  const binary = terminal.onBinary((data) => send({ data }));
  const resized = terminal.onResize(() => send(size()));
  open();
  return () => {
    leaving.abort();
    window.clearTimeout(timer);
    for (const listener of [typed, binary, resized]) listener.dispose();
    socket?.close();
  };
}
