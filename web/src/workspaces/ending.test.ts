import type { WorkspaceSession } from "@gen";
import { expect, it } from "vitest";
import { allSessions, endsWhat } from "./ending";

const person = (username: string, name = "") => ({ id: username, username, name, avatar_url: "" });
const open = (...who: (ReturnType<typeof person> | null)[]) => {
  const sessions = who.map((user, i) => ({ id: String(i), type: "ssh", user, agent_name: "main", started_at: "2026-01-01T00:00:00Z" }) as WorkspaceSession);
  return { sessions, count: sessions.length };
};

it("says whose sessions would end", () => {
  expect(endsWhat(open(), "me")).toBe("Nobody is connected.");
  expect(endsWhat(open(person("me")), "me")).toBe("It ends your session.");
  expect(endsWhat(open(person("me"), person("me")), "me")).toBe("It ends your 2 sessions.");
  expect(endsWhat(open(person("jo", "Jonas"), person("jo", "Jonas")), "me")).toBe("It ends 2 sessions of Jonas.");
  expect(endsWhat(open(person("jo", "Jonas"), person("me"), person("mira")), "me")).toBe("It ends 3 sessions of Jonas, mira and you.");
  expect(endsWhat(open(null), "me")).toBe("It ends 1 session of somebody whose account is gone.");
});

it("counts people past the third, and sessions past those that were told", () => {
  const many = open(person("a"), person("b"), person("c"), person("d"), person("e"));
  expect(endsWhat({ ...many, count: 9 }, "me")).toBe("It ends 9 sessions of a, b and 3 others.");
  expect(endsWhat({ ...many, count: 1_200 }, "me")).toBe("It ends 1,200 sessions of a, b and 3 others.");
});

it("says that it could not be asked", () => {
  expect(endsWhat(undefined, "me")).toBe("Who is connected is not known.");
});

it("asks about several together, and says nothing of what it could not ask", async () => {
  const of = (id: string) => (id === "bad" ? Promise.reject(new Error("no")) : Promise.resolve(open(person(id))));
  expect(endsWhat(await allSessions([{ id: "jo" }, { id: "mira" }], of), "me")).toBe("It ends 2 sessions of jo and mira.");
  expect(await allSessions([{ id: "jo" }, { id: "bad" }], of)).toBeUndefined();
  expect(await allSessions(Array.from({ length: 21 }, () => ({ id: "jo" })), of)).toBeUndefined();
});
