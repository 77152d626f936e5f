import { expect, it } from "vitest";
import { tabsFor } from "./tabs";

it("shows everybody what a template is, and its authors the rest", () => {
  expect(tabsFor("about", false)).toEqual({ tabs: ["about", "versions", "prebuilds"], answer: "show" });
  expect(tabsFor("settings", true)).toEqual({ tabs: ["about", "versions", "files", "prebuilds", "access", "settings"], answer: "show" });
});

it.each(["files", "access", "settings"])("answers denied to the address of %s, once that is known", (tab) => {
  expect(tabsFor(tab, false).answer).toBe("denied");
  expect(tabsFor(tab, undefined).answer).toBe("wait");
});

it("knows no other tabs", () => {
  expect(tabsFor("nonsense", true).answer).toBe("missing");
});
