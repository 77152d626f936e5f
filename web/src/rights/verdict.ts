// An explanation of a right, said in words.
import type { AuthorizationExplanation } from "@gen";
import { words } from "@/strings/rights";

export type RoleNames = { role: (name: string, organization: string) => string; organization: (id: string) => string };
export type Said = { reasons: string[]; remedies: string[] };

const kSuspended = "The account is suspended";

// "organization-auditor:<id of the organization>", or a name alone.
function split(role: string): [name: string, organization: string] {
  const at = role.indexOf(":");
  return at < 0 ? [role, ""] : [role.slice(0, at), role.slice(at + 1)];
}

type Form = { alone: (role: string) => string; within: (role: string, org: string) => string };
const kAllows: Form = { alone: words.role, within: words.roleIn };
const kForbids: Form = { alone: words.roleForbids, within: words.roleForbidsIn };
const kGive: Form = { alone: words.give, within: words.giveIn };

function said(role: string, names: RoleNames, form: Form): string {
  const [name, organization] = split(role);
  return organization === "" ? form.alone(names.role(name, "")) : form.within(names.role(name, organization), names.organization(organization));
}

// Only the first level that says anything counts.
function byRoles(e: AuthorizationExplanation, names: RoleNames): string[] {
  const level = e.roles.votes.find((one) => one.vote !== 0);
  if (!level) return [];
  const form = level.vote > 0 ? kAllows : kForbids;
  const roles = [...new Set(level.reasons.map((one) => one.role))];
  return roles.map((role) => `${said(role, names, form)}, ${words.over[level.level] ?? level.level}.`);
}

export function sharingWords({ access_list: list }: AuthorizationExplanation): string {
  if (!list.allowed) return words.notShared;
  return /everyone/.test(list.because) ? words.sharedEveryone : words.shared;
}

function remediesOf(e: AuthorizationExplanation, names: RoleNames): string[] {
  if (e.remedy === "") return [];
  const out: string[] = [];
  if (/^Activate the account/.test(e.remedy)) out.push(words.activate);
  const role = /[Gg]rant role ([^\s,]+?)\.?(?=\s|,|$)/.exec(e.remedy)?.[1];
  if (role) out.push(said(role, names, kGive));
  if (/share the object/.test(e.remedy)) out.push(words.share);
  return out.length > 0 ? out : [e.remedy];
}

export function explain(e: AuthorizationExplanation, names: RoleNames): Said {
  const remedies = remediesOf(e, names);
  if (e.summary.startsWith(kSuspended)) return { reasons: [words.suspended], remedies };
  const rights = e.roles.allowed || e.access_list.allowed;
  if (!e.allowed && rights) return { reasons: [words.notPossible], remedies };
  const reasons = [...byRoles(e, names), ...(e.access_list.allowed ? [sharingWords(e)] : [])];
  return { reasons: reasons.length > 0 ? reasons : [words.noRole], remedies };
}
