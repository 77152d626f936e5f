import type { AssignableRoles, Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { organizationName, OrganizationPage, usePlace } from "@/organizations/place";
import { organizationRoles } from "@/organizations/queries";
import { roleHint, roleName, roles as words } from "@/strings/roles";
import { LinkButton } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Table } from "@/ui/Table";
import { grantsOf } from "./matrix";
import { inWords } from "./words";
import "./roles.css";

export function RolesPage() {
  const place = usePlace();
  return (
    <OrganizationPage
      place={place}
      tab="roles"
      acts={
        place.rights.createRole && (
          <LinkButton kind="main" icon="plus" to="/organizations/$org/roles/$role" params={{ org: place.name, role: "new" }} search={{}}>
            {words.add}
          </LinkButton>
        )
      }
    >
      {(o) => <Roles organization={o} />}
    </OrganizationPage>
  );
}

function Roles({ organization: o }: { organization: Organization }) {
  const roles = useQuery(organizationRoles(o.id));
  const { name, kind, words: what } = words.columns;
  return (
    <Load query={roles} skeleton={<Bones rows={7} height={56} />}>
      {(list) => (
        <Table className="role-list" columns={[name, kind, what]}>
          {[...list].sort((a, b) => Number(a.built_in) - Number(b.built_in)).map((role) => (
            <Row key={role.name} organization={o} role={role} />
          ))}
        </Table>
      )}
    </Load>
  );
}

// As many sentences as two lines hold.
const kShown = 3;

function Row({ organization: o, role }: { organization: Organization; role: AssignableRoles }) {
  const can = inWords(grantsOf(role), organizationName(o)).filter((line) => line.can);
  const said = roleHint(role.name) ?? (can.length === 0 ? words.empty : can.slice(0, kShown).map((line) => line.text).join(" "));
  return (
    <tr>
      <td>
        <Link to="/organizations/$org/roles/$role" params={{ org: o.name, role: role.name }} search={{}} style={{ color: "var(--ink)", fontWeight: 550 }}>
          {roleName(role.name, role.display_name)}
        </Link>
        {!role.built_in && role.display_name !== "" && role.display_name !== role.name && <p className="muted small">{role.name}</p>}
      </td>
      <td className="muted nowrap">{role.built_in ? words.builtIn : words.ownHint}</td>
      <td className="muted small">
        {said}
        {!role.built_in && can.length > kShown && ` ${words.wordsMore(can.length - kShown)}`}
      </td>
    </tr>
  );
}
