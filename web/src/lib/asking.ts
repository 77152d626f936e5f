// Whether the server answers, asked again and again for as long as somebody wants to know: one request for all who do.
import { useEffect, useRef } from "react";
import { api } from "./api";

export const kAskAgainMs = 3_000;
const kGiveUpMs = 10_000; // what hangs on a connection to a server that is gone never ends by itself

type Heard = (answers: boolean) => void;

// Gives what adds a listener, which hears of every answer and of every lack of one until it is taken away again.
export function asker(ask: () => Promise<unknown>): (heard: Heard) => () => void {
  const listeners = new Set<Heard>();
  let timer: ReturnType<typeof setInterval> | undefined;
  let asking = false;
  const hear = (answers: boolean) => {
    asking = false;
    for (const heard of listeners) heard(answers);
  };
  const askOnce = () => {
    if (asking) return;
    asking = true;
    ask().then(
      () => hear(true),
      () => hear(false),
    );
  };
  return (heard) => {
    listeners.add(heard);
    timer ??= setInterval(askOnce, kAskAgainMs);
    askOnce();
    return () => {
      listeners.delete(heard);
      if (listeners.size > 0) return;
      clearInterval(timer);
      timer = undefined;
    };
  };
}

const listen = asker(() => api.get("/buildinfo", AbortSignal.timeout(kGiveUpMs)));

export function useAsking(wanted: boolean, heard?: Heard): void {
  const latest = useRef(heard);
  useEffect(() => {
    latest.current = heard;
  });
  useEffect(() => (wanted ? listen((answers) => latest.current?.(answers)) : undefined), [wanted]);
}
