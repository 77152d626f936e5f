import { useEffect, useRef, useState } from "react";

const kRestMs = 250;

// What is typed into a filter is put into the address once it has rested: `asked` is what stands there. Nothing is put, and nobody called
// back who is on the way elsewhere, while the two are the same.
export function useRestedText(asked: string, put: (search: { q?: string }) => void): [text: string, set: (text: string) => void] {
  const [text, setText] = useState(asked);
  const latest = useRef(put);
  useEffect(() => {
    latest.current = put;
  });
  useEffect(() => {
    if (text === asked) return;
    const timer = window.setTimeout(() => latest.current(text === "" ? {} : { q: text }), kRestMs);
    return () => window.clearTimeout(timer);
  }, [text, asked]);
  return [text, setText];
}
