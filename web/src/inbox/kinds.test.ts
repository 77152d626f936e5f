import type { NotificationTemplate } from "@gen";
import { expect, test } from "vitest";
import { choosable, isOn, kCode, wayOf } from "./kinds";

const kind = (id: string, group = "Workspace Events", more: Partial<NotificationTemplate> = {}): NotificationTemplate => ({
  id,
  name: id,
  title_template: "",
  body_template: "",
  actions: "[]",
  group,
  method: "",
  kind: "system",
  enabled_by_default: true,
  ...more,
});
const kManualBuildFailed = "2faeee0f-26cb-4e96-821c-85ccb9f71513";
const kAccountMade = "4e19c0ac-94e1-4532-9515-d1801aa283b2";
const kTest = "c425f63e-716a-4bf4-ae24-78348f706c3f";

test("one is offered what can reach one, by group, workspaces first", () => {
  const all = [kind(kAccountMade, "User Events"), kind(kCode, "User Events"), kind(kTest, "Notification Events"), kind("x", "Template Events"), kind(kManualBuildFailed), kind("w"), kind("c", "Custom Events")];
  const offered = (updateTemplate: boolean, updateUser: boolean) => choosable(all, { updateTemplate, updateUser }).map((group) => [group.name, group.kinds.map((one) => one.id)]);

  expect(offered(false, false)).toEqual([
    ["Workspace Events", ["w"]],
    ["Template Events", ["x"]],
    ["Custom Events", ["c"]],
  ]);
  expect(offered(true, true)).toEqual([
    ["Workspace Events", [kManualBuildFailed, "w"]],
    ["Template Events", ["x"]],
    ["User Events", [kAccountMade]],
    ["Custom Events", ["c"]],
  ]);
});

test("a kind is on as one chose, else as it comes", () => {
  const chosen = [{ id: "a", disabled: true, updated_at: "" }, { id: "b", disabled: false, updated_at: "" }];

  expect(isOn(kind("a"), chosen)).toBe(false);
  expect(isOn(kind("b", "", { enabled_by_default: false }), chosen)).toBe(true);
  expect(isOn(kind("c"), chosen)).toBe(true);
  expect(isOn(kind("d", "", { enabled_by_default: false }), chosen)).toBe(false);
});

test("a kind goes its own way, else the usual one", () => {
  expect(wayOf(kind("a", "", { method: "inbox" }), "smtp")).toBe("inbox");
  expect(wayOf(kind("a"), "webhook")).toBe("webhook");
  expect(wayOf(kind("a"), "smtp")).toBe("smtp");
});
