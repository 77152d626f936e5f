import { expect, it } from "vitest";
import { commandLine } from "./shell";

it("quotes only what needs it", () => {
  expect(commandLine(["slipway", "create", "dev", "--parameter", "region=eu-1", "it's $HOME"])).toBe(
    `slipway create dev --parameter region=eu-1 'it'\\''s $HOME'`,
  );
});
