import { expect, it } from "vitest";
import { picture } from "./pictures";

it("turns emoji paths into characters", () => {
  expect(picture("/emojis/1f4bb.png")).toEqual({ kind: "emoji", text: "💻" });
  expect(picture("/emojis/25b6-fe0f.png")).toEqual({ kind: "emoji", text: "▶️" });
  expect(picture("/emojis/ffffff.png")).toBeUndefined();
  expect(picture("/emojis/d800.png")).toBeUndefined();
});

it("resolves common names to our drawings and leaves the rest", () => {
  expect(picture("/icon/docker.svg")).toEqual({ kind: "image", source: "/icon/container.svg" });
  expect(picture("/icon/code.svg")).toEqual({ kind: "image", source: "/icon/code.svg" });
  expect(picture("/icon/odd.svg")).toEqual({ kind: "image", source: "/icon/odd.svg" });
  expect(picture("https://example.com/a.png")).toEqual({ kind: "image", source: "https://example.com/a.png" });
});

it("refuses other origins by trick, other schemes and nothing", () => {
  for (const url of ["//evil.example/a.png", "/\\evil.example", "http://example.com/a.png", "javascript:alert(1)", "", undefined]) expect(picture(url)).toBeUndefined();
});
