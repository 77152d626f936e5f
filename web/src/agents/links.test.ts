import type { WorkspaceAgent, WorkspaceApp } from "@gen";
import { expect, it } from "vitest";
import { appPlace, safeLink, terminalPath } from "./links";

const w = { owner_name: "ana", name: "dev" };
const agent = { name: "main" } as WorkspaceAgent;
const app = (over: Partial<WorkspaceApp>) => ({ slug: "code", external: false, subdomain: false, open_in: "tab", url: "http://localhost:1", ...over }) as WorkspaceApp;

it("builds the path of each kind of app", () => {
  expect(appPlace(w, agent, app({}), "")?.href).toBe("/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({ command: "top" }), "")?.href).toBe("/@ana/dev.main/terminal?app=code");
  expect(appPlace(w, agent, app({ subdomain: true, subdomain_name: "code--main--dev--ana" }), "*.apps.example.com")?.href).toBe("https://code--main--dev--ana.apps.example.com/");
  expect(appPlace(w, agent, app({ subdomain: true, subdomain_name: "x" }), "")?.href).toBe("/@ana/dev.main/apps/code/");
  expect(appPlace(w, agent, app({ external: true, url: "https://example.com/a" }), "")?.href).toBe("https://example.com/a");
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
