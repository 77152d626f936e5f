import { type RefObject, useEffect, useLayoutEffect, useReducer, useRef, useState } from "react";
import { Stick } from "./stick";

type Sticking = { box: RefObject<HTMLDivElement | null>; live: boolean; lines: number; total: number; onHeld: (() => void) | undefined };

const kScrolls = new Set(["ArrowUp", "PageUp", "Home", "ArrowDown", "PageDown", "End", " "]);

// A log that is followed when it is first seen sticks to its end, also after its last line; a whole one begins at its top.
export function useStick({ box, live, lines, total, onHeld }: Sticking) {
  const [stick] = useState(() => new Stick(live));
  const [, redraw] = useReducer((n: number) => n + 1, 0);
  const followed = useRef(live);
  if (live && !followed.current) {
    followed.current = true;
    stick.back();
  }
  const toEnd = () => {
    const at = box.current;
    if (at && followed.current && stick.holds) at.scrollTop = at.scrollHeight;
  };
  useLayoutEffect(toEnd, [total, lines]); // eslint-disable-line react-hooks/exhaustive-deps -- it reads what is there now
  const latest = useRef(toEnd);
  useEffect(() => {
    latest.current = toEnd;
  });
  useEffect(() => {
    const at = box.current;
    if (!at) return;
    const sizes = new ResizeObserver(() => latest.current());
    sizes.observe(at);
    const release = () => stick.holding(false, performance.now());
    window.addEventListener("pointerup", release);
    window.addEventListener("pointercancel", release);
    return () => {
      sizes.disconnect();
      window.removeEventListener("pointerup", release);
      window.removeEventListener("pointercancel", release);
    };
  }, [box, stick]);
  const touched = () => stick.touched(performance.now());
  return {
    holds: stick.holds,
    fresh: stick.fresh(lines),
    letGo: () => {
      stick.letGo(lines);
      redraw();
    },
    back: () => {
      stick.back();
      followed.current = true;
      toEnd();
      redraw();
    },
    handlers: {
      onWheel: touched,
      onTouchMove: touched,
      onPointerDown: () => stick.holding(true, performance.now()),
      onKeyDown: (event: { key: string }) => {
        if (kScrolls.has(event.key)) touched();
      },
      onScroll: (event: { currentTarget: HTMLDivElement }) => {
        const at = event.currentTarget;
        const before = stick.holds;
        if (stick.scrolled({ top: at.scrollTop, height: at.scrollHeight, shown: at.clientHeight }, performance.now(), lines)) onHeld?.();
        if (stick.holds !== before) redraw();
      },
    },
  };
}
