// Answers that were asked for while the scripts were still on the way: theme/first.js asks, the first who wants one takes it.
declare global {
  interface Window {
    slipwayAhead?: Map<string, Promise<Response>>;
  }
}

const kFresh = 30_000; // of the page's life: later, one asks again

export function takeAhead(path: string, all = typeof window === "undefined" ? undefined : window.slipwayAhead, age = performance.now()): Promise<Response> | undefined {
  const found = all?.get(path);
  all?.delete(path);
  return age <= kFresh ? found : undefined;
}
