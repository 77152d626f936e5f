import { expect, it } from "vitest";
import { Unsaved } from "./forms";

it("holds one back as long as any form does", () => {
  const unsaved = new Unsaved();
  unsaved.set("values", true);
  unsaved.set("schedule", true);
  unsaved.set("values", false);
  expect(unsaved.any).toBe(true);
  unsaved.set("schedule", false);
  unsaved.set("schedule", false);
  expect(unsaved.any).toBe(false);
});
