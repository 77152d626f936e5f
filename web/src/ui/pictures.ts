// Pictures named by templates come from outside: same-origin paths and https are loaded, nothing else. Names that templates
// commonly use resolve to our own drawings, and /emojis/<code points>.png to the character itself.
export type Picture = { kind: "image"; source: string } | { kind: "emoji"; text: string };

const kOurs: Record<string, string> = {
  docker: "container", podman: "container", lxc: "container", k8s: "cluster", kubernetes: "cluster", openshift: "cluster", nomad: "cluster",
  aws: "cloud", azure: "cloud", gcp: "cloud", "do": "cloud", hetzner: "cloud", linode: "cloud", desktop: "machine", debian: "machine", ubuntu: "machine", linux: "machine", fedora: "machine",
  vscode: "code", cursor: "code", jetbrains: "code", "code-server": "code", widgets: "browser", html: "browser", "filebrowser": "folder", folders: "folder", home: "folder",
  postgres: "database", mysql: "database", redis: "database", cpu: "memory", ram: "memory", bash: "terminal",
};

const kDrawn = new Set(["browser", "cloud", "cluster", "code", "container", "database", "folder", "machine", "memory", "terminal"]);

function emoji(codes: string): string | undefined {
  const points = codes.split("-").map((code) => Number.parseInt(code, 16));
  return points.length <= 12 && points.every((p) => p > 0x20 && p <= 0x10ffff && (p < 0xd800 || p > 0xdfff)) ? String.fromCodePoint(...points) : undefined;
}

export function picture(url: string | undefined): Picture | undefined {
  if (!url) return undefined;
  const drawn = /^\/emojis\/([0-9a-f]{2,6}(?:-[0-9a-f]{2,6})*)\.png$/i.exec(url);
  if (drawn) {
    const text = emoji(drawn[1] ?? "");
    return text === undefined ? undefined : { kind: "emoji", text };
  }
  const named = /^\/icon\/([a-z0-9-]+)\.(svg|png)$/.exec(url)?.[1];
  if (named && !kDrawn.has(named) && kOurs[named]) return { kind: "image", source: `/icon/${kOurs[named]}.svg` };
  if (url.startsWith("/") && !/^\/[/\\]|[\\\u0000-\u0020]/.test(url)) return { kind: "image", source: url };
  return url.startsWith("https://") || url.startsWith("data:image/") ? { kind: "image", source: url } : undefined;
}
