// Why the server decided so, without ids: which roles gave it or took it away, or that it is shared.
import type { AuthorizationExplanation } from "@gen";
import { roleName, roles as words } from "@/strings/roles";

const kEverybody = ["organization-member", "organization-service-account", "member"]; // held by being one

function named(role: string, called: ReadonlyMap<string, string>): string {
  const name = role.split(":")[0] ?? role;
  return kEverybody.includes(name) ? words.everyMember : roleName(name, called.get(name) ?? "");
}

type Answer = Pick<AuthorizationExplanation, "allowed" | "roles" | "access_list">;

export function because(answer: Answer, called: ReadonlyMap<string, string>): string {
  const roles = (sign: number) => [...new Set(answer.roles.votes.filter((level) => level.vote === sign).flatMap((level) => level.reasons.map((reason) => named(reason.role, called))))];
  if (answer.allowed) {
    const given = roles(1);
    return answer.roles.allowed && given.length > 0 ? words.givenBy(words.list(given)) : words.sharedWith;
  }
  const taken = roles(-1);
  return taken.length > 0 ? words.takenBy(words.list(taken)) : words.givenByNone;
}
