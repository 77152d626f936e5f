import type { AppearanceConfig, SerpentOption } from "@gen";
import { describe, expect, it } from "vitest";
import { contrast, groundOf, hexOf, inkOn, kGround } from "./colours";
import { askOf, draftOf, freshBanner, isChanged, isGood, problemsOf } from "./draft";
import { pieces } from "./inline";
import { needsOf } from "./needs";
import { linksOf } from "./links";
import { grouped, groupOf, lasting, matching, nameOf, valueOf } from "./settings";

const appearance = (part: Partial<AppearanceConfig> = {}): AppearanceConfig => ({ application_name: "", logo_url: "", docs_url: "", service_banner: { enabled: false }, announcement_banners: [], ...part });
const option = (part: Partial<SerpentOption>): SerpentOption => ({ flag: "tls-enable", env: "CODER_TLS_ENABLE", description: "Speak TLS.", value: false, default: "false", value_source: "default", annotations: {}, hidden: false, ...part });

describe("colours of announcements", () => {
  it("reads colours as people write them, and nothing else", () => {
    expect([hexOf("#048"), hexOf("00AAff"), hexOf(" #123456 ")]).toEqual(["#004488", "#00aaff", "#123456"]);
    expect([hexOf(""), hexOf("red"), hexOf("#12345"), hexOf("#12345g"), hexOf("url(x)")]).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(groundOf("javascript:1")).toBe(kGround);
  });

  it("has words that can be read on every ground", () => {
    const steps = ["00", "33", "66", "77", "99", "cc", "ff"];
    for (const r of steps) for (const g of steps) for (const b of steps) expect(contrast(`#${r}${g}${b}`, inkOn(`#${r}${g}${b}`))).toBeGreaterThanOrEqual(4.5);
    expect([inkOn("#ffd166"), inkOn("#004852")]).toEqual(["#000000", "#ffffff"]);
  });
});

describe("one line of Markdown", () => {
  it("knows bold, italic, code and links", () => {
    expect(pieces("Down on **Friday**, *late*: run `x` or see [the plan](https://example.com/a?b=1).")).toEqual([
      { text: "Down on " }, { text: "Friday", as: "strong" }, { text: ", " }, { text: "late", as: "em" }, { text: ": run " }, { text: "x", as: "code" }, { text: " or see " },
      { text: "the plan", href: "https://example.com/a?b=1" }, { text: "." },
    ]);
  });

  it("leaves alone what is no mark, and links that lead nowhere good", () => {
    expect(pieces("snake_case_name and 2 * 3 * 4")).toEqual([{ text: "snake_case_name and 2 * 3 * 4" }]);
    expect(pieces("[x](javascript:alert(1))")).not.toContainEqual(expect.objectContaining({ href: expect.anything() }));
    expect(pieces("[x](//elsewhere.example)")).toEqual([{ text: "[x](//elsewhere.example)" }]);
    expect(pieces("[x](/templates)")).toEqual([{ text: "x", href: "/templates" }]);
    expect(pieces("<b>x</b>")).toEqual([{ text: "<b>x</b>" }]);
    expect(pieces("")).toEqual([]);
  });
});

describe("settings in words", () => {
  it("names a setting by its flag", () => {
    expect([nameOf("tls-min-version"), nameOf("http-address"), nameOf("postgres-conn-max-open")]).toEqual(["TLS min version", "HTTP address", "PostgreSQL connections max open"]);
  });

  it("says durations in two steps", () => {
    expect([lasting(30e9), lasting(5_400e9), lasting(604_800e9), lasting(0), lasting(3_153_600_000e9), lasting(5e6)]).toEqual(["30 seconds", "1 hour 30 minutes", "7 days", "none", "100 years", "5 ms"]);
  });

  it("says values, and of secrets only whether they are there", () => {
    const said = (part: Partial<SerpentOption>) => valueOf(option(part)).text;
    expect(said({ value: true })).toBe("on");
    expect(said({ value: 60_000_000_000, default: "30s" })).toBe("1 minute");
    expect(said({ value: 10_000, default: "512" })).toBe("10,000");
    expect(said({ value: ["a", "b"] })).toBe("a, b");
    expect(said({ value: [] })).toBe("not set");
    expect(said({ value: {} })).toBe("not set");
    expect(said({ value: { a: "b" } })).toBe('{"a":"b"}');
    expect(said({ value: "", annotations: { secret: "true" }, value_source: "env" })).toBe("set, not shown");
    expect(said({ value: "", flag: "postgres-url-file", value_source: "flag" })).toBe("set, not shown");
    expect(said({ value: "", annotations: { secret: "true" } })).toBe("not set");
    expect(said({ value: "", value_source: "flag" })).toBe("not set");
  });

  it("finds by name, flag, variable, words and value, and what was set", () => {
    const all = [option({}), option({ flag: "oidc-scopes", env: "CODER_OIDC_SCOPES", description: "What is asked for.", value: ["email"], value_source: "flag" }), option({ flag: "old", hidden: true })];
    const flags = (text: string) => matching(all, text).map((one) => one.flag);
    expect(flags("")).toEqual(["tls-enable", "oidc-scopes"]);
    expect(flags("--tls-enable")).toEqual(["tls-enable"]);
    expect(flags("coder_oidc asked")).toEqual(["oidc-scopes"]);
    expect(flags("EMAIL")).toEqual(["oidc-scopes"]);
    expect(flags("is:set")).toEqual(["oidc-scopes"]);
    expect(flags("is:set tls")).toEqual([]);
  });

  it("keeps each group together, and leaves nobody out", () => {
    const flags = ["oidc-scopes", "http-address", "brand-new", "oidc-client-id", "tls-enable"];
    expect(grouped(flags.map((flag) => option({ flag }))).map((group) => [group.key, group.options.length])).toEqual([["network", 1], ["tls", 1], ["oidc", 2], ["others", 1]]);
    expect(groupOf("audit-logs-retention")).toBe("retention");
  });
});

describe("appearance while it is edited", () => {
  const kept = appearance({ application_name: "Dock", announcement_banners: [{ enabled: true, message: "Down at noon", background_color: "#ffd166" }] });

  it("is unchanged until something is", () => {
    const draft = draftOf(kept);
    expect(isChanged(draft, kept)).toBe(false);
    expect(isChanged({ ...draft, name: "Dock " }, kept)).toBe(false);
    expect(isChanged({ ...draft, name: "Quay" }, kept)).toBe(true);
    expect(isChanged({ ...draft, banners: [] }, kept)).toBe(true);
  });

  it("tells older clients the first announcement", () => {
    const ask = askOf({ ...draftOf(kept), logo: " /icon/cloud.svg " });
    expect(ask.service_banner).toEqual({ enabled: true, message: "Down at noon", background_color: "#ffd166" });
    expect(ask.logo_url).toBe("/icon/cloud.svg");
    expect(askOf(draftOf(appearance())).service_banner).toEqual({ enabled: false });
  });

  it("says what cannot be saved", () => {
    const draft = draftOf(kept);
    expect(isGood(problemsOf(draft))).toBe(true);
    for (const logo of ["http://example.com/x.png", "javascript:1", "//x.example/y"]) expect(isGood(problemsOf({ ...draft, logo }))).toBe(false);
    expect(isGood(problemsOf({ ...draft, logo: "https://example.com/x.png" }))).toBe(true);
    expect(isGood(problemsOf({ ...draft, name: "x".repeat(65) }))).toBe(false);
    expect(isGood(problemsOf({ ...draft, banners: [freshBanner()] }))).toBe(false);
    expect(isGood(problemsOf({ ...draft, banners: [{ ...freshBanner(), message: "x", background_color: "red" }] }))).toBe(false);
  });
});

describe("links of the deployment", () => {
  it("leads to the web alone, and fills in the release", () => {
    const links = linksOf(appearance({ docs_url: "https://docs.example", support_links: [
      { name: "Report", target: "https://bugs.example/new?body={CODER_BUILD_INFO}", icon: "bug", location: "navbar" },
      { name: "Bad", target: "javascript:alert(1)", icon: "" },
    ] }), "v1 x");
    expect(links).toEqual([
      { name: "Documentation", href: "https://docs.example", icon: "file", inBar: false },
      { name: "Report", href: "https://bugs.example/new?body=v1%20x", icon: "warning", inBar: true },
    ]);
    expect(linksOf(undefined, "")).toEqual([]);
  });
});

describe("what needs a hand", () => {
  const calm = { paused: false, undelivered: 0, proxies: [{ name: "primary", display_name: "", status: "ok" }, { name: "new", display_name: "", status: "unregistered" }], pending: 0 };

  it("is nothing while all is well", () => {
    expect(needsOf(calm)).toEqual([]);
  });

  it("says each thing once, the worst first, with numbers that read well", () => {
    const said = needsOf({ paused: true, undelivered: 1, proxies: [{ name: "syd", display_name: "Sydney", status: "unreachable" }, { name: "tyo", display_name: "", status: "unhealthy" }], pending: 2 });
    expect(said.map((need) => need.text)).toEqual([
      "The proxy Sydney does not answer", "The proxy tyo has a problem", "1 message did not arrive", "2 builds wait for a provisioner", "Mails and calls to the webhook are paused",
    ]);
    expect(said.map((need) => need.tone)).toEqual(["bad", "bad", "bad", "wait", "off"]);
    expect(needsOf({ ...calm, undelivered: 200 })[0]?.text).toBe("200 or more messages did not arrive");
    expect(needsOf({ ...calm, pending: 1 })[0]?.text).toBe("1 build waits for a provisioner");
  });
});
