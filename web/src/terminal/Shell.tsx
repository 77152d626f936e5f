// One shell: xterm.js on the agent's reconnecting PTY, with a line to search and, on phones, a row of keys.
import { FitAddon } from "@xterm/addon-fit";
import { WebLinksAddon } from "@xterm/addon-web-links";
import { Terminal } from "@xterm/xterm";
import "@xterm/xterm/css/xterm.css";
import { useEffect, useRef, useState } from "react";
import { safeLink } from "@/agents/links";
import { keptWord } from "@/lib/kept";
import { useWorn } from "@/theme/theme";
import { copyText } from "@/ui/bits";
import { connect, type Link } from "./connect";
import { terminalColours } from "./colours";
import { Find, type Found } from "./Find";
import { KeyBar } from "./KeyBar";
import { type Act, actOf, type BarKey, type Held, sentBy, sizeAfter, sizeOf, withHeld } from "./keys";

// `proxy`: where it is dialled, if not at this server. Another choice counts from the next connection on.
type ShellProps = { id: string; agentId: string; proxy: string; command: string | undefined; shown: boolean; label: string; onLink: (id: string, link: Link) => void; onAct: (act: Act) => void };

const kFont = '13.5px "JetBrains Mono Variable"';
const kNoneHeld: Held = { ctrl: false, alt: false };
const size = keptWord("slipway-terminal-size");

export function Shell({ id, agentId, proxy, command, shown, label, onLink, onAct }: ShellProps) {
  const box = useRef<HTMLDivElement>(null);
  const fit = useRef<FitAddon>(null);
  const [terminal, setTerminal] = useState<Terminal>();
  const [finding, setFinding] = useState(false);
  const found = useRef<Found>(undefined);
  const [held, setHeld] = useState(kNoneHeld);
  const kept = size.useWord();
  const worn = useWorn();
  const now = useRef({ proxy, held, kept, onLink, onAct });
  useEffect(() => {
    now.current = { proxy, held, kept, onLink, onAct };
  });

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
    const act = (what: Act, made: Terminal) => {
      if (what === "copy") void (made.hasSelection() && copyText(made.getSelection()).then(() => made.focus()));
      else if (what === "find") setFinding(true);
      else if (what === "larger" || what === "smaller" || what === "usual") size.choose(sizeAfter(what, now.current.kept));
      else now.current.onAct(what);
    };
    const start = (element: HTMLElement, signal: AbortSignal) => {
      const made = new Terminal({ fontFamily: '"JetBrains Mono Variable", ui-monospace, monospace', fontSize: sizeOf(now.current.kept), lineHeight: 1.15, scrollback: 10_000, cursorBlink: false, allowProposedApi: false, macOptionIsMeta: true, screenReaderMode: false, theme: terminalColours() });
      const fitting = new FitAddon();
      made.loadAddon(fitting);
      made.loadAddon(new WebLinksAddon((_, url) => void (safeLink(url) && window.open(url, "_blank", "noopener,noreferrer"))));
      made.attachCustomKeyEventHandler((event) => {
        const what = actOf(event);
        if (what === undefined) return true;
        event.preventDefault();
        if (event.type === "keydown") act(what, made);
        return false;
      });
      made.open(element);
      fitting.fit();
      made.textarea?.setAttribute("aria-label", label);
      fit.current = fitting;
      setTerminal(made);
      made.focus();
      const typed = (data: string) => {
        const sent = withHeld(data, now.current.held);
        if (now.current.held.ctrl || now.current.held.alt) setHeld(kNoneHeld);
        return sent;
      };
      const hang = connect({ terminal: made, id, agentId, command, proxy: () => now.current.proxy, typed, onLink: (link) => now.current.onLink(id, link) });
      const watch = new ResizeObserver(() => {
        if (element.offsetParent !== null) fitting.fit();
      });
      watch.observe(element);
      signal.addEventListener("abort", () => {
        watch.disconnect();
        hang();
        made.dispose();
        fit.current = null;
        setTerminal(undefined);
      });
    };
    return () => stop.abort();
  }, [id, agentId, command, label]);

  useEffect(() => {
    if (terminal) terminal.options.theme = terminalColours();
  }, [worn, terminal]);
  useEffect(() => {
    if (!terminal) return;
    terminal.options.fontSize = sizeOf(kept);
    fit.current?.fit();
  }, [kept, terminal]);
  // Another height takes the selection away; what was found is selected again.
  useEffect(() => {
    if (finding || !terminal || !found.current) return;
    fit.current?.fit();
    terminal.select(found.current.column, found.current.row, found.current.length);
    found.current = undefined;
  }, [finding, terminal]);
  useEffect(() => {
    if (!shown || !terminal) return;
    fit.current?.fit();
    terminal.focus();
  }, [shown, terminal]);

  const closeFind = (place: Found | undefined) => {
    found.current = place;
    setFinding(false);
    terminal?.focus();
  };
  const press = (key: BarKey) => {
    terminal?.input(sentBy(key, terminal.modes.applicationCursorKeysMode));
    terminal?.focus();
  };
  return (
    <div role="tabpanel" id={`shell-${id}`} aria-labelledby={`tab-${id}`} className="term" hidden={!shown}>
      {finding && terminal && <Find terminal={terminal} onClose={closeFind} />}
      <div ref={box} className="term-box" />
      <KeyBar held={held} onHold={setHeld} onKey={press} />
    </div>
  );
}
