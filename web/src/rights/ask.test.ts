import { expect, test } from "vitest";
import { asked } from "./ask";

test("a whole question becomes one to the server", () => {
  expect(asked({ user: "ana", act: "ssh", thing: "workspace", which: "id:w1" })).toEqual({ user: "ana", action: "ssh", object: { resource_type: "workspace", resource_id: "w1" } });
  expect(asked({ user: "ana", act: "create", thing: "workspace", which: "own:o1" })?.object).toEqual({ resource_type: "workspace", organization_id: "o1", owner_id: "me" });
  expect(asked({ user: "ana", act: "update", thing: "template", which: "any" })?.object).toEqual({ resource_type: "template", any_org: true });
  expect(asked({ user: "ana", act: "read", thing: "audit_log", which: "org:o1" })?.object).toEqual({ resource_type: "audit_log", organization_id: "o1" });
  expect(asked({ user: "ana", act: "create", thing: "api_key" })?.object).toEqual({ resource_type: "api_key", owner_id: "me" });
  expect(asked({ user: "ana", act: "update", thing: "deployment_config" })?.object).toEqual({ resource_type: "deployment_config" });
});

test("half a question is none, nor is what cannot be done with the thing", () => {
  expect(asked({ act: "ssh", thing: "workspace", which: "id:w1" })).toBeUndefined();
  expect(asked({ user: "ana", act: "ssh", thing: "workspace" })).toBeUndefined();
  expect(asked({ user: "ana", act: "ssh", thing: "template", which: "any" })).toBeUndefined();
  expect(asked({ user: "ana", act: "read", thing: "spaceship" })).toBeUndefined();
  expect(asked({ user: "ana", act: "read", thing: "audit_log", which: "id:x" })).toBeUndefined();
});
