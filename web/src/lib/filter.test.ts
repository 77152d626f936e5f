import { describe, expect, it } from "vitest";
import { faultOf, formatFilter, hasKey, hasTerm, parseFilter, toggleTerm } from "./filter";

describe("filter", () => {
  it("splits keys, bare words and quoted values", () => {
    expect(parseFilter('owner:me  dev param:"region=eu west" NAME:x')).toEqual([
      { key: "owner", value: "me" },
      { key: "", value: "dev" },
      { key: "param", value: "region=eu west" },
      { key: "name", value: "x" },
    ]);
  });

  it("survives an open quote and a lone key", () => {
    expect(parseFilter('name:"half typed')).toEqual([{ key: "name", value: "half typed" }]);
    expect(parseFilter("   ")).toEqual([]);
  });

  it("formats back what it parsed", () => {
    const text = 'owner:me "two words" template:a:b';
    expect(parseFilter(formatFilter(parseFilter(text)))).toEqual(parseFilter(text));
  });

  it("toggles one key and keeps the rest", () => {
    expect(toggleTerm("owner:me dev", "status", "running")).toBe("owner:me dev status:running");
    expect(toggleTerm("status:running dev", "status", "stopped")).toBe("dev status:stopped");
    expect(toggleTerm("status:running dev", "status", "running")).toBe("dev");
    expect(hasTerm("owner:me", "owner", "me")).toBe(true);
  });
});

it("finds a key whatever its value", () => {
  expect(hasKey('owner:me organization:"a b"', "organization")).toBe(true);
  expect(hasKey("organization", "organization")).toBe(false);
});

describe("what is wrong with a filter", () => {
  const terms = { owner: [], status: ["running", "stopped"] };

  it("is a word that the list does not know", () => {
    expect(faultOf("owner:me bogus:1 status:sunk", terms)).toEqual({ word: "bogus" });
  });

  it("is a value that a word does not take", () => {
    expect(faultOf("status:sunk", terms)).toEqual({ word: "status", value: "sunk", values: ["running", "stopped"] });
    expect(faultOf("status:running,sunk", terms)).toMatchObject({ word: "status" });
  });

  it("is nothing else", () => {
    expect(faultOf('dev owner:anybody status:Running "two: words" status:running,stopped', terms)).toBeUndefined();
  });
});
