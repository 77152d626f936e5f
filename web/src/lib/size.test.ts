import { expect, it } from "vitest";
import { size } from "./size";

it("says how much a file holds", () => {
  expect([0, 1, 900, 1536, 20_480, 10_485_760].map(size)).toEqual(["0 bytes", "1 byte", "900 bytes", "1.5 KB", "20 KB", "10 MB"]);
});
