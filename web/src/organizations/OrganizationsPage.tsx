// Every organization that the person here may see.
import type { Organization } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { organizations, useRights } from "@/me/queries";
import { words } from "@/strings/organizations";
import { Ago, Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { NewOrganization } from "./NewOrganization";
import { organizationName } from "./place";
import "./organizations.css";

export function OrganizationsPage() {
  const rights = useRights();
  const list = useQuery(organizations);
  const navigate = useNavigate({ from: "/organizations" });
  const adding = useSearch({ from: "/app/organizations" }).new === true;
  const open = (on: boolean) => void navigate({ search: on ? { new: true } : {}, replace: true });
  return (
    <Page
      title={words.title}
      state={list.data ? words.count(list.data.length) : ""}
      acts={
        rights.createOrganization && (
          <Button kind="main" icon="plus" onClick={() => open(true)}>
            {words.new}
          </Button>
        )
      }
    >
      <Load query={list} skeleton={<Bones rows={4} height={52} />}>
        {(all) => (all.length === 0 ? <Blank title={words.noPlace} text={words.noPlaceHint} /> : <List organizations={all} />)}
      </Load>
      {adding && rights.createOrganization && <NewOrganization onClose={() => open(false)} />}
    </Page>
  );
}

function List({ organizations: all }: { organizations: Organization[] }) {
  const { name, about, made } = words.columns;
  return (
    <Table className="organization-list" columns={[name, about, made]}>
      {all.map((o) => (
        <tr key={o.id}>
          <td>
            <span className="row">
              <Picture url={o.icon} name={organizationName(o)} size={24} />
              <Link to="/organizations/$org" params={{ org: o.name }} style={{ color: "var(--ink)", fontWeight: 550 }}>
                {organizationName(o)}
              </Link>
              {o.is_default && all.length > 1 && (
                <span className="badge" title={words.isDefaultHint}>
                  {words.isDefault}
                </span>
              )}
            </span>
          </td>
          <td className="muted">{o.description}</td>
          <td className="muted nowrap">
            <Ago at={o.created_at} />
          </td>
        </tr>
      ))}
    </Table>
  );
}
