// The roles of one member: what they hold by themselves and who gave it, and what comes with being a member or from the site.
import type { AssignableRoles, Organization, OrganizationMemberWithUserData } from "@gen";
import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words as common } from "@/strings/common";
import { members as words } from "@/strings/organizations";
import { roleHint, roleName } from "@/strings/roles";
import { Ago } from "@/ui/bits";
import { Confirm } from "@/ui/Confirm";
import { Bones, Load } from "@/ui/Load";
import { toastError, toastUndo } from "@/ui/toast";
import { giversOf, type Giver } from "./givers";
import { organizationName } from "./place";
import { organizationRoles, type OrganizationRights, roleChanges, useSetMemberRoles } from "./queries";

type RolesProps = { organization: Organization; member: OrganizationMemberWithUserData; rights: OrganizationRights; onClose: () => void };

export function MemberRoles({ organization: o, member: m, rights, onClose }: RolesProps) {
  const roles = useQuery(organizationRoles(o.id));
  const changes = useQuery(roleChanges(o.id, m.user_id, rights.readAudit));
  const set = useSetMemberRoles(o.id);
  const before = m.roles.map((role) => role.name);
  const [chosen, setChosen] = useState(before);
  const name = m.name || m.username;
  const givers = giversOf(changes.data?.audit_logs ?? []);
  const undo = () => set.mutate({ user: m.user_id, roles: before }, { onError: toastError });
  const save = () => set.mutate({ user: m.user_id, roles: chosen }, { onSuccess: () => (toastUndo(words.rolesSaved(name), undo), onClose()), onError: toastError });
  const toggle = (role: string) => setChosen((old) => (old.includes(role) ? old.filter((one) => one !== role) : [...old, role]));
  return (
    <Confirm open title={words.rolesTitle(name, organizationName(o))} act={common.save} busy={set.isPending} onClose={onClose} onYes={save}>
      <p className="muted">{words.rolesHint}</p>
      <Load query={roles} skeleton={<Bones rows={6} height={44} />}>
        {(list) => (
          <div className="role-choices">
            {list.map((role) => (
              <Choice key={role.name} role={role} rights={rights} held={before.includes(role.name)} giver={givers[role.name]} checked={chosen.includes(role.name)} onToggle={() => toggle(role.name)} />
            ))}
          </div>
        )}
      </Load>
      <Also organization={o} member={m} roles={roles.data ?? []} />
    </Confirm>
  );
}

type ChoiceProps = { role: AssignableRoles; rights: OrganizationRights; held: boolean; giver: Giver | undefined; checked: boolean; onToggle: () => void };

function Choice({ role, rights, held, giver, checked, onToggle }: ChoiceProps) {
  const may = role.assignable && (checked || held ? rights.takeRoles : rights.giveRoles);
  const hint = (
    <>
      {!may && !held ? words.rolesKept : roleHint(role.name)}
      {held && giver && (
        <>
          {" "}
          {words.gaveOn(giver.who)}, <Ago at={giver.at} />
        </>
      )}
    </>
  );
  return <Checkbox label={roleName(role.name, role.display_name)} description={hint} disabled={!may} checked={checked} onChange={onToggle} />;
}

function Also({ organization: o, member: m, roles }: { organization: Organization; member: OrganizationMemberWithUserData; roles: AssignableRoles[] }) {
  const shown = (name: string) => roleName(name, roles.find((role) => role.name === name)?.display_name ?? "");
  const lines = [
    ...o.default_org_member_roles.map((name) => ({ name: shown(name), from: words.fromAll })),
    ...m.global_roles.filter((role) => role.name !== "member").map((role) => ({ name: role.display_name || role.name, from: words.fromSite })),
  ];
  if (lines.length === 0) return null;
  return (
    <section aria-label={words.also}>
      <h3>{words.also}</h3>
      <ul className="items">
        {lines.map((line) => (
          <li key={`${line.name} ${line.from}`}>
            <span className="grow">{line.name}</span>
            <span className="muted small">{line.from}</span>
          </li>
        ))}
      </ul>
    </section>
  );
}
