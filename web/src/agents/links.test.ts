import type { WorkspaceAgent, WorkspaceApp } from "@gen";
import { expect, it } from "vitest";
import { appPlace, portPlace, safeLink, subName, terminalPath, tooLong } from "./links";

const w = { owner_name: "ana", name: "dev" };
const agent = { name: "main" } as WorkspaceAgent;
const app = (over: Partial<WorkspaceApp>) => ({ slug: "code", external: false, subdomain: false, open_in: "tab", url: "http://localhost:1", ...over }) as WorkspaceApp;

const bare = { host: "", scheme: "https:", base: "" };
const hosted = { host: "*.apps.example.com", scheme: "https:", base: "" };
const away = { host: "*.syd.example.com:8443", scheme: "http:", base: "http://syd.example.com" };

it("builds the path of each kind of app", () => {
  expect(appPlace(w, agent, app({}), bare)?.href).toBe("/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({ command: "top" }), bare)?.href).toBe("/@ana/dev.main/terminal?app=code");
  expect(appPlace(w, agent, app({ subdomain: true, subdomain_name: "code--main--dev--ana" }), hosted)?.href).toBe("https://code--main--dev--ana.apps.example.com/");
  expect(appPlace(w, agent, app({ subdomain: true, subdomain_name: "x" }), bare)?.href).toBe("/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({ external: true, url: "https://example.com/a" }), bare)?.href).toBe("https://example.com/a");
});

it("leads whoever it is shared with to the app's own host, since the path is its owner's", () => {
  expect(appPlace(w, agent, app({}), hosted)?.href).toBe("/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({}), hosted, false)?.href).toBe("https://code--main--dev--ana.apps.example.com/");
  expect(appPlace(w, agent, app({}), bare, false)?.href).toBe("/@ana/dev.main/apps/code/");
});

it("goes by the chosen proxy, host and path alike, but not with a terminal or a foreign link", () => {
  expect(appPlace(w, agent, app({ subdomain: true }), away)?.href).toBe("http://code--main--dev--ana.syd.example.com:8443/");
  expect(appPlace(w, agent, app({}), away)?.href).toBe("http://syd.example.com/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({ command: "top" }), away)?.href).toBe("/@ana/dev.main/terminal?app=code");
  expect(appPlace(w, agent, app({ external: true, url: "https://example.com/a" }), away)?.href).toBe("https://example.com/a");
});

it("builds the host of a port, with an s for one that speaks HTTPS", () => {
  expect(portPlace(w, agent, 8080, false, hosted)).toBe("https://8080--main--dev--ana.apps.example.com/");
  expect(portPlace(w, { name: "Main" }, 8080, true, { ...hosted, host: "*-apps.example.com" })).toBe("https://8080s--main--dev--ana-apps.example.com/");
});

it("knows names that DNS cannot hold", () => {
  const name = subName({ owner_name: "a".repeat(20), name: "b".repeat(20) }, { name: "main" }, "x".repeat(13));
  expect(name).toHaveLength(63);
  expect(tooLong(name, "*.apps.example.com")).toBe(false);
  expect(tooLong(`${name}x`, "*.apps.example.com")).toBe(true);
  expect(tooLong(name, "*-apps.example.com")).toBe(true);
});

it("refuses addresses that would run in this page", () => {
  expect(safeLink("javascript:alert(1)")).toBeUndefined();
  expect(safeLink(" JaVaScRiPt:alert(1)")).toBeUndefined();
  expect(safeLink("data:text/html,x")).toBeUndefined();
  expect(safeLink("/relative")).toBeUndefined();
  expect(safeLink("jetbrains-gateway://connect#x")).toBe("jetbrains-gateway://connect#x");
});

it("escapes a command in the terminal's address", () => {
  expect(terminalPath(w, agent, "a && b")).toBe("/@ana/dev.main/terminal?command=a+%26%26+b");
});
