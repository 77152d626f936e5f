import { expect, test } from "vitest";
import { sessions as words } from "@/strings/workspaces";
import { kindOf, whoIs } from "./sessions";

const ana = { id: "1", username: "ana", name: "Ana Lopes" };

test("each kind has its word", () => {
  expect(kindOf({ type: "ssh" })).toBe("Shell");
  expect(kindOf({ type: "vscode" })).toBe("VS Code");
  expect(kindOf({ type: "jetbrains" })).toBe("JetBrains");
  expect(kindOf({ type: "reconnecting_pty" })).toBe("Terminal");
  expect(kindOf({ type: "port_forwarding", port: "8080" })).toBe("Port 8080");
});

test("a kind that a newer server knows is a connection", () => {
  expect(kindOf({ type: "telepathy" as "ssh" })).toBe(words.other);
});

test("who it is, by the name that people know", () => {
  expect(whoIs({ user: ana }, "ana")).toBe("You");
  expect(whoIs({ user: ana }, "bo")).toBe("Ana Lopes");
  expect(whoIs({ user: { ...ana, name: "" } }, "bo")).toBe("ana");
  expect(whoIs({ user: null }, "bo")).toBe(words.nobodyKnown);
});
