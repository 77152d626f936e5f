// One word kept in this browser, known to every part of the page that shows it; empty when there is none.
import { useSyncExternalStore } from "react";

export function keptWord(key: string): { choose: (word: string) => void; read: () => string; useWord: () => string } {
  const listeners = new Set<() => void>();
  const listen = (tell: () => void) => {
    listeners.add(tell);
    return () => listeners.delete(tell);
  };
  const read = () => localStorage.getItem(key) ?? "";
  return {
    choose: (word) => {
      if (word === "") localStorage.removeItem(key);
      else localStorage.setItem(key, word);
      for (const tell of listeners) tell();
    },
    read,
    useWord: () => useSyncExternalStore(listen, read),
  };
}
