// Settings in words: what each is called, which group it is of, what its value says.
import type { SerpentOption } from "@gen";
import { plural } from "@/strings/common";
import { words } from "@/strings/deployment";

// The first that a flag begins with; those of one group need not stand together in the server's list.
const kGroups: [group: string, flags: RegExp][] = [
  ["tls", /^(tls-|strict-transport|secure-auth|samesite|host-prefix|additional-csp)/],
  ["oidc", /^oidc-/],
  ["github", /^oauth2-github/],
  ["mail", /^email-/],
  ["notifications", /^notifications-/],
  ["identity", /^(instance-identity|aws-instance|azure-instance|google-instance)/],
  ["prebuilds", /^workspace-prebuilds/],
  ["retention", /-retention$/],
  ["database", /^(postgres-|data-dir|cache-dir|bin-dir)/],
  ["watching", /^(prometheus|log-|verbose|agent-stats|enable-terraform-debug|pprof|trace)/],
  ["sessions", /^(session|disable-session|disable-password|login-|account-login|api-rate|dangerous-disable-rate|default-token|max-|chats-per)/],
  ["apps", /^(disable-path|dangerous-allow|uniform-app|disable-owner|disable-workspace-sharing|wildcard-access)/],
  ["clients", /^(docs-url|support-links|terms-of|workspace-hostname|ssh-|cli-)/],
  ["workspaces", /^(provisioner|terraform|provider-|build-|autobuild|job-|allow-workspace)/],
  ["network", /^(http-|access-url|redirect-|trusted-|proxy-|origins|relay|threads|shutdown)/],
];
const kOrder = ["network", "tls", "sessions", "oidc", "github", "apps", "workspaces", "prebuilds", "mail", "notifications", "identity", "clients", "database", "retention", "watching", "others"];

export const groupOf = (flag: string): string => kGroups.find(([, flags]) => flags.test(flag))?.[0] ?? "others";

const kWhole: Record<string, string> = {
  http: "HTTP", tls: "TLS", url: "URL", oidc: "OIDC", api: "API", ca: "CA", db: "database", id: "ID", csp: "CSP", ssh: "SSH", cli: "command line", oauth2: "OAuth", github: "GitHub", aws: "AWS", azure: "Azure", google: "Google", postgres: "PostgreSQL", json: "JSON", jwks: "JWKS",
  conn: "connections", dir: "folder", cert: "certificate", samesite: "SameSite", prometheus: "Prometheus", terraform: "Terraform", starttls: "STARTTLS", auth: "sign-in", signups: "sign-ups", userinfo: "user info", auto: "automatic", orgs: "organizations",
};

// "tls-min-version" is "TLS min version": the flag's words as a title of one.
export function nameOf(flag: string): string {
  const name = flag
    .split("-")
    .map((word) => kWhole[word] ?? word)
    .join(" ");
  return name.slice(0, 1).toUpperCase() + name.slice(1);
}

const kSteps: [unit: keyof typeof words.units, nanoseconds: number][] = [["year", 31_536e12], ["day", 86_400e9], ["h", 3_600e9], ["min", 60e9], ["s", 1e9]];

// Two steps are enough for an eye: "1 hour 30 minutes".
export function lasting(nanoseconds: number): string {
  if (nanoseconds <= 0) return words.noTime;
  const said: string[] = [];
  let rest = nanoseconds;
  for (const [unit, size] of kSteps) {
    const n = Math.floor(rest / size);
    rest -= n * size;
    if (n > 0) said.push(plural(n, words.units[unit]));
    else if (said.length > 0) break;
    if (said.length === 2) break;
  }
  return said.join(" ") || `${(nanoseconds / 1e6).toLocaleString("en")} ms`;
}

const isSecret = (option: SerpentOption): boolean => option.annotations?.secret === "true" || /-file$/.test(option.flag ?? "");
const isDuration = (option: SerpentOption): boolean => typeof option.value === "number" && /^(\d+h)?(\d+m)?[\d.]+s$/.test(option.default ?? "");

export function valueOf(option: SerpentOption): { text: string; quiet: boolean } {
  const { value } = option;
  if (typeof value === "boolean") return { text: value ? words.on : words.off, quiet: !value };
  if (typeof value === "number") return { text: isDuration(option) ? lasting(value) : value.toLocaleString("en"), quiet: false };
  if (Array.isArray(value) && value.length > 0) return { text: value.map((one) => (typeof one === "string" ? one : JSON.stringify(one))).join(", "), quiet: false };
  if (typeof value === "string" && value !== "") return { text: value, quiet: false };
  if (value !== null && typeof value === "object" && !Array.isArray(value) && Object.keys(value).length > 0) return { text: JSON.stringify(value), quiet: false };
  return { text: isSecret(option) && isSet(option) ? words.hidden : words.unset, quiet: true };
}

export const isSet = (option: SerpentOption): boolean => (option.value_source ?? "default") !== "default" && option.value_source !== "";

// All words must be somewhere in what is said of a setting; "is:set" leaves those that are not as they come.
export const kSetTerm = { key: "is", value: "set" };

export function matching(options: SerpentOption[], text: string): SerpentOption[] {
  const all = text.toLowerCase().split(/\s+/).filter(Boolean).map((word) => word.replace(/^--/, ""));
  const onlySet = all.includes("is:set");
  const asked = all.filter((word) => word !== "is:set");
  return options.filter((option) => {
    if (option.hidden || (onlySet && !isSet(option))) return false;
    const said = [nameOf(option.flag ?? ""), option.flag, option.env, option.description, isSecret(option) ? "" : valueOf(option).text].join("\n").toLowerCase();
    return asked.every((word) => said.includes(word));
  });
}

export type Group = { key: string; options: SerpentOption[] };

export function grouped(options: SerpentOption[]): Group[] {
  return kOrder
    .map((key) => ({ key, options: options.filter((option) => groupOf(option.flag ?? "") === key) }))
    .filter((group) => group.options.length > 0);
}
