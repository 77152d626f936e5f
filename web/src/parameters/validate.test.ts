import type { TemplateVersionParameter } from "@gen";
import { describe, expect, it } from "vitest";
import { controlOf, initialValues, validate, validateAll } from "./validate";

function parameter(over: Partial<TemplateVersionParameter>): TemplateVersionParameter {
  return {
    name: "p", display_name: "", description: "", description_plaintext: "", type: "string", form_type: "", mutable: true,
    default_value: "", icon: "", options: [], required: false, ephemeral: false, ...over,
  };
}
const option = (value: string) => ({ name: value.toUpperCase(), value, description: "", icon: "" });

describe("controlOf", () => {
  it.each([
    [{ type: "string" }, "input"],
    [{ type: "string", form_type: "textarea" }, "textarea"],
    [{ type: "string", options: [option("a")] }, "radio"],
    [{ type: "string", form_type: "dropdown", options: [option("a")] }, "dropdown"],
    [{ type: "number" }, "number"],
    [{ type: "number", form_type: "slider", validation_min: 1, validation_max: 5 }, "slider"],
    [{ type: "number", form_type: "slider" }, "number"],
    [{ type: "bool" }, "checkbox"],
    [{ type: "bool", form_type: "switch" }, "switch"],
    [{ type: "list(string)" }, "tag-select"],
    [{ type: "list(string)", options: [option("a")] }, "multi-select"],
    [{ form_type: "error" }, "error"],
  ] as const)("%j is drawn as %s", (over, control) => {
    expect(controlOf(parameter(over as Partial<TemplateVersionParameter>))).toBe(control);
  });
});

describe("validate", () => {
  it("asks for a required value only when it is missing", () => {
    expect(validate(parameter({ required: true }), "")).toMatch(/needs a value/);
    expect(validate(parameter({ required: false }), "")).toBeUndefined();
  });

  it("keeps numbers inside their range and says the range", () => {
    const p = parameter({ type: "number", validation_min: 1, validation_max: 8 });
    expect(validate(p, "9")).toBe("Choose a number from 1 to 8.");
    expect(validate(p, "x")).toMatch(/number/);
    expect(validate(p, "8")).toBeUndefined();
  });

  it("fills the author's own message", () => {
    const p = parameter({ type: "number", validation_min: 1, validation_max: 8, validation_error: "{value} is not in {min}-{max}" });
    expect(validate(p, "9")).toBe("9 is not in 1-8");
  });

  it("obeys the direction a value may move in", () => {
    const p = parameter({ type: "number", validation_monotonic: "increasing" });
    expect(validate(p, "4", "5")).toMatch(/only grow/);
    expect(validate(p, "6", "5")).toBeUndefined();
  });

  it("matches the pattern and leaves unreadable ones to the server", () => {
    expect(validate(parameter({ validation_regex: "^[a-z]+$", validation_error: "letters" }), "A1")).toBe("letters");
    expect(validate(parameter({ validation_regex: "(?i)^a$" }), "zzz")).toBeUndefined();
  });

  it("accepts only options, also inside lists", () => {
    expect(validate(parameter({ options: [option("a")] }), "b")).toBeDefined();
    expect(validate(parameter({ type: "list(string)", options: [option("a")] }), '["b"]')).toBeDefined();
    expect(validate(parameter({ type: "list(string)" }), "oops")).toBeDefined();
    expect(validate(parameter({ type: "list(string)" }), '["x","y"]')).toBeUndefined();
  });

  it("gathers problems by name", () => {
    expect(Object.keys(validateAll([parameter({ name: "a", required: true }), parameter({ name: "b" })], {}))).toEqual(["a"]);
  });
});

it("initialValues prefers the given value, never for ephemeral ones", () => {
  const list = [parameter({ name: "a", default_value: "1" }), parameter({ name: "b", default_value: "2", ephemeral: true }), parameter({ name: "c", type: "bool" })];
  expect(initialValues(list, { a: "9", b: "9" })).toEqual({ a: "9", b: "2", c: "false" });
});
