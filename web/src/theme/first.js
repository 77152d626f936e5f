// Runs before anything is drawn, so that the frame in index.html has the look that is worn: the same choice as theme.ts makes, and no
// frame at addresses whose pages have none. A script of its own, because the content security policy refuses what is written in a page.
(() => {
  const root = document.documentElement;
  const kept = (key) => {
    try {
      return localStorage.getItem(key);
    } catch {
      return null;
    }
  };
  const like = (what) => window.matchMedia(what).matches;
  const chosen = kept("slipway-theme");
  root.dataset.theme = ["light", "dark", "contrast"].includes(chosen) ? chosen : like("(prefers-contrast: more)") ? "contrast" : like("(prefers-color-scheme: dark)") ? "dark" : "light";
  if (/^\/(login|setup|reset-password|cli-auth)(\/|$)|^\/@.*\/terminal$/.test(location.pathname)) root.dataset.alone = "";

  // What the first page asks for in any case, asked while its scripts are on the way; lib/ahead.ts hands it on. Only of who is signed in.
  if ("alone" in root.dataset || !/(^|; )csrf_token=[^;]/.test(document.cookie)) return;
  const ahead = (window.slipwayAhead = new Map());
  const ask = (path) => {
    const answer = fetch(path, { headers: { Accept: "application/json" }, credentials: "same-origin", redirect: "error" });
    answer.catch(() => undefined);
    ahead.set(path, answer);
  };
  ask("/api/v2/users/me");
  if (!/^\/(workspaces)?$/.test(location.pathname) || kept("slipway-organization")) return;
  const asked = new URLSearchParams(location.search);
  const q = asked.get("q") ?? asked.get("filter") ?? "owner:me";
  ask(`/api/v2/workspaces?${new URLSearchParams({ ...(q === "" ? {} : { q }), limit: "200" })}`);
})();
