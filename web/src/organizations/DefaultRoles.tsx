// The roles that everybody in an organization holds.
import type { Organization } from "@gen";
import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { settings as words } from "@/strings/organizations";
import { roleHint, roleName } from "@/strings/roles";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toastError, toastUndo } from "@/ui/toast";
import { organizationRoles, type OrganizationRights, useChangeOrganization } from "./queries";

export function DefaultRoles({ organization: o, rights }: { organization: Organization; rights: OrganizationRights }) {
  const roles = useQuery(organizationRoles(o.id));
  const change = useChangeOrganization(o.id);
  const now = o.default_org_member_roles;
  const set = (names: string[], before: string[]) => change.mutate({ default_org_member_roles: names }, { onSuccess: () => toastUndo(words.saved, () => set(before, names)), onError: toastError });
  const toggle = (name: string) => set(now.includes(name) ? now.filter((one) => one !== name) : [...now, name], now);
  return (
    <Section title={words.defaults}>
      <p className="muted">{now.length === 0 ? words.defaultsNone : words.defaultsHint}</p>
      <Load query={roles} skeleton={<Bones rows={6} height={44} />}>
        {(list) => (
          <div className="role-choices">
            {list.map((role) => (
              <Checkbox
                key={role.name}
                label={roleName(role.name, role.display_name)}
                description={roleHint(role.name)}
                checked={now.includes(role.name)}
                disabled={!role.assignable || change.isPending || !(now.includes(role.name) ? rights.takeRoles : rights.giveRoles)}
                onChange={() => toggle(role.name)}
              />
            ))}
          </div>
        )}
      </Load>
    </Section>
  );
}
