import type { TemplateVersion } from "@gen";
import { describe, expect, it } from "vitest";
import { comparedWith, freeName } from "./compare";

const version = (name: string, status = "succeeded") => ({ id: name, name, job: { status } }) as TemplateVersion;
const newestFirst = [version("five"), version("four", "failed"), version("three"), version("two", "failed"), version("one")];
const of = (name: string, active: string, asked?: string) => comparedWith(version(name), newestFirst, active, asked)?.name;

describe("what a version is compared with", () => {
  it("is the active one, whatever lies between", () => {
    expect(of("five", "three")).toBe("three");
    expect(of("one", "three")).toBe("three");
  });

  it("is the last good one before, for the active one itself", () => {
    expect(of("five", "five")).toBe("three");
    expect(of("three", "three")).toBe("one");
    expect(of("one", "one")).toBeUndefined();
  });

  it("is any other that was asked for, and never itself", () => {
    expect(of("five", "three", "four")).toBe("four");
    expect(of("five", "three", "five")).toBe("three");
    expect(of("five", "three", "gone")).toBe("three");
  });
});

it("finds a name that is free, of at most 32 letters", () => {
  expect(freeName("host", new Set())).toBe("host");
  expect(freeName("host", new Set(["host", "host-2"]))).toBe("host-3");
  expect(freeName("a".repeat(32), new Set(["a".repeat(32)]))).toBe(`${"a".repeat(30)}-2`);
});
