// A part of the dashboard that is fetched when it is first needed.
export class NotLoaded extends Error {
  constructor(cause: unknown) {
    super("a part of the dashboard did not load", { cause });
    this.name = "NotLoaded";
  }
}

// The error gets a name of ours, so that it is neither taken for a fault of a page nor answered by a reload while the server is away.
export function chunk<T>(load: () => Promise<T>): () => Promise<T> {
  return () =>
    load().catch((cause: unknown) => {
      throw new NotLoaded(cause);
    });
}

const kReloaded = "slipway-reloaded-for";

// After an upgrade the parts have other names: one reload brings the page that knows them. True when that was not tried yet for this part.
export function mayReload(error: NotLoaded, store: Pick<Storage, "getItem" | "setItem">): boolean {
  const what = String(error.cause);
  if (store.getItem(kReloaded) === what) return false;
  store.setItem(kReloaded, what);
  return true;
}
