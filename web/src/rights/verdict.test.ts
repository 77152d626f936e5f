import type { AuthorizationExplanation } from "@gen";
import { expect, test } from "vitest";
import { explain } from "./verdict";

const names = { role: (name: string) => ({ owner: "Owner", "organization-auditor": "Auditor" })[name] ?? name, organization: (id: string) => (id === "o1" ? "Payments" : id) };

type Vote = [level: string, vote: number, roles: string[]];
const made = (allowed: boolean, votes: Vote[], over: Partial<AuthorizationExplanation> = {}): AuthorizationExplanation =>
  ({
    allowed,
    summary: "",
    remedy: "",
    roles: { allowed: votes.some((one) => one[1] > 0), because: "", votes: votes.map(([level, vote, roles]) => ({ level, vote, reasons: roles.map((role) => ({ role, permission: "x:y" })) })) },
    scope: { allowed: true, because: "", votes: [] },
    access_list: { allowed: false, because: "" },
    allow_list: { allowed: true, because: "" },
    ...over,
  }) as unknown as AuthorizationExplanation;

test("the first level that says anything counts, and its roles are named", () => {
  const e = made(true, [["site", 0, []], ["organization", 1, ["organization-auditor:o1"]], ["member", 1, ["owner"]]]);
  expect(explain(e, names).reasons).toEqual(["The role Auditor in Payments allows it, over everything in the organization."]);
  expect(explain(made(false, [["site", -1, ["owner"]]]), names).reasons).toEqual(["The role Owner forbids it, over all of this Slipway."]);
});

test("sharing is a reason, with everyone or by name", () => {
  expect(explain(made(true, [], { access_list: { allowed: true, because: "The access list names everyone in the organization." } }), names).reasons).toEqual(["It is shared with everyone in the organization."]);
  expect(explain(made(true, [], { access_list: { allowed: true, because: "The access list names the user." } }), names).reasons).toEqual(["It is shared with them."]);
});

test("no reason is said as such, with each thing that would change it", () => {
  expect(explain(made(false, [["site", 0, []]], { remedy: "Grant role owner or share the object with the user." }), names)).toEqual({
    reasons: ["No role of theirs allows it, and it is not shared with them."],
    remedies: ["Giving them the role Owner.", "Sharing it with them."],
  });
  expect(explain(made(false, [], { remedy: "Grant role organization-auditor:o1." }), names).remedies).toEqual(["Giving them the role Auditor in Payments."]);
});

test("who is suspended is told so, whatever their rights", () => {
  const e = made(false, [["site", 1, ["owner"]]], { summary: "The account is suspended, so none of its requests is answered. Its rights alone: …", remedy: "Activate the account." });
  expect(explain(e, names)).toEqual({ reasons: ["The account is suspended, so nothing that it asks for is done."], remedies: ["Activating the account."] });
});

test("a remedy in words that are not known is given as it came", () => {
  expect(explain(made(false, [], { remedy: "Ask the moon." }), names).remedies).toEqual(["Ask the moon."]);
});
