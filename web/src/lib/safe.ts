// A place to go back to after signing in must be a path of this dashboard, nothing else.
export function safeReturn(target: string | undefined, origin: string): string {
  if (!target || !target.startsWith("/") || /^\/[/\\]|[\\\u0000-\u001f]/.test(target)) return "/workspaces";
  const url = new URL(target, origin);
  return url.origin === origin ? url.pathname + url.search + url.hash : "/workspaces";
}

// A path that the server answers itself, not the dashboard: the way to an app's own host, and apps below this one.
export function isServers(path: string): boolean {
  return /^\/(api\/|(@|%40)[^/]+\/[^/]+\/apps\/)/.test(path);
}
