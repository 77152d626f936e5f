// What every answer, and every lack of one, tells of the server: whether it is there, and whether it is still the release that this page came from.
import { useSyncExternalStore } from "react";

export type Server = { away: boolean; updated: boolean };

const kVersion = "X-Coder-Build-Version";

let now: Server = { away: false, updated: false };
let first: string | undefined;
let newest: string | undefined;
let heardAt = Date.now();
const listeners = new Set<() => void>();

function become(next: Server): void {
  if (next.away === now.away && next.updated === now.updated) return;
  now = next;
  for (const listener of listeners) listener();
}

// A proxy that answers in the server's place says so by 502, 503 or 504 without the server's own header.
export function answered(answer: { status: number; headers: Headers }): void {
  const version = answer.headers.get(kVersion);
  if (version === null) return become({ ...now, away: answer.status >= 502 });
  first ??= version;
  newest = version;
  heardAt = Date.now();
  become({ away: false, updated: version !== first });
}

// When the server was last heard: what is shown is from then.
export const lastHeard = (): number => heardAt;

const kReloaded = "slipway-reloaded-to";

// An update is loaded at the next turn of the page, once for each release: a page that still comes old must not come again and again.
export function mayTurn(store: Pick<Storage, "getItem" | "setItem">): boolean {
  if (!now.updated || newest === undefined || store.getItem(kReloaded) === newest) return false;
  store.setItem(kReloaded, newest);
  return true;
}

export function unanswered(): void {
  become({ ...now, away: true });
}

export function serverNow(): Server {
  return now;
}

export function useServer(): Server {
  return useSyncExternalStore((listener) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  }, serverNow);
}
