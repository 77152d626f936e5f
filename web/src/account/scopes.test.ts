import { expect, test } from "vitest";
import { offered, onlyWords, rightWords, scopeWords } from "./scopes";

const kAll = [{ type: "*", id: "*" }];

test("what a token may do is said in words, the long tail counted", () => {
  expect(scopeWords(["coder:all"], kAll)).toBe("everything you may do");
  expect(scopeWords(["coder:workspaces.access", "workspace:start"], kAll)).toBe("open shells and apps, start workspaces");
  expect(scopeWords(["workspace:read", "workspace:ssh", "workspace:start", "workspace:stop"], kAll)).toBe("see workspaces, open a shell in workspaces, 2 more rights");
  expect(rightWords("template:*")).toBe("do everything with templates");
  expect(rightWords("brand_new:make_it")).toBe("make it brand new");
});

test("the allow list is counted, without the templates that stand beside workspaces", () => {
  expect(onlyWords(kAll)).toBe("");
  expect(onlyWords([{ type: "workspace", id: "1" }, { type: "workspace", id: "2" }, { type: "template", id: "3" }])).toBe("2 workspaces");
  expect(onlyWords([{ type: "template", id: "3" }])).toBe("1 template");
  expect(scopeWords(["coder:all"], [{ type: "workspace", id: "1" }])).toBe("everything you may do; only 1 workspace");
});

test("only what is served is offered, purposes apart from single rights", () => {
  const { purposes, things } = offered(["api_key:read", "coder:all", "coder:workspaces.access", "new_thing:read", "workspace:*", "workspace:ssh"]);
  expect(purposes).toEqual(["coder:workspaces.access"]);
  expect(things).toEqual([
    { thing: "workspace", scopes: ["workspace:*", "workspace:ssh"] },
    { thing: "api_key", scopes: ["api_key:read"] },
    { thing: "new_thing", scopes: ["new_thing:read"] },
  ]);
});
