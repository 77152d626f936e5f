import type { AuthorizationExplainRequest, AuthorizationExplanation } from "@gen";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { organizations } from "@/me/queries";
import { words } from "@/strings/rights";
import { Button, LinkButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, InPart, Load } from "@/ui/Load";
import { Table } from "@/ui/Table";
import type { Question } from "./ask";
import { explained, namedQuery, rolesOfOrganization, siteRoles } from "./queries";
import { explain, type RoleNames, sharingWords } from "./verdict";

// The names of roles and organizations, where this person may read them.
function useNames(): RoleNames {
  const all = useQuery(organizations).data ?? [];
  const site = useQuery(siteRoles).data ?? [];
  const lists = useQueries({ queries: all.map((o) => rolesOfOrganization(o.id)) });
  const plain = (name: string) => name.replace(/^organization-/, "").replaceAll("-", " ");
  return {
    role: (name, organization) => {
      const list = organization === "" ? site : (lists[all.findIndex((o) => o.id === organization)]?.data ?? []);
      return list.find((role) => role.name === name)?.display_name || plain(name);
    },
    organization: (id) => {
      const found = all.find((o) => o.id === id);
      return found ? found.display_name || found.name : id;
    },
  };
}

function useThing({ thing = "", which = "" }: Question): string {
  const all = useQuery(organizations).data ?? [];
  const [by, id = ""] = which.split(":");
  const named = useQuery(namedQuery(by === "id" ? thing : "", id)).data;
  const organization = all.find((o) => o.id === id);
  const kind = words.things[thing] ?? thing;
  if (named) return named;
  if (by === "any") return `${kind}, ${words.inAny}`;
  if (organization) return `${kind}: ${(by === "own" ? words.own : words.inOrg)(organization.display_name || organization.name)}`;
  return kind;
}

export function Answer({ ask, question }: { ask: AuthorizationExplainRequest; question: Question }) {
  const found = useQuery(explained(ask));
  const thing = useThing(question);
  const name = useQuery(namedQuery("user", ask.user)).data;
  return (
    <InPart value={true}>
      <Load query={found} skeleton={<Bones rows={2} />}>
        {(e) => <Said explanation={e} who={name || e.username} act={words.acts[ask.action] ?? ask.action} thing={thing} />}
      </Load>
    </InPart>
  );
}

function Said({ explanation: e, who, act, thing }: { explanation: AuthorizationExplanation; who: string; act: string; thing: string }) {
  const names = useNames();
  const { reasons, remedies } = explain(e, names);
  const [open, setOpen] = useState(false);
  return (
    <section className="rights-answer" aria-live="polite">
      <div className="notice" data-tone={e.allowed ? "good" : "bad"}>
        <Icon name={e.allowed ? "check" : "cross"} />
        <div>
          <h2 className="rights-said">
            {e.allowed ? words.yes : words.no} {e.allowed ? words.may(who, act, thing) : words.mayNot(who, act, thing)}
          </h2>
          {reasons.map((one) => (
            <p key={one}>{one}</p>
          ))}
          {remedies.length > 0 && (
            <div className="rights-remedies">
              <p className="muted small">{words.remedies}</p>
              {remedies.map((one) => (
                <p key={one}>{one}</p>
              ))}
            </div>
          )}
          <div className="notice-acts">
            <LinkButton size="small" to="/users/$name" params={{ name: e.username }}>
              {words.changeRoles}
            </LinkButton>
            <Button size="small" kind="quiet" icon={open ? "down" : "right"} aria-expanded={open} onClick={() => setOpen(!open)}>
              {words.details}
            </Button>
          </div>
        </div>
      </div>
      {open && <Details explanation={e} names={names} />}
    </section>
  );
}

function Details({ explanation: e, names }: { explanation: AuthorizationExplanation; names: RoleNames }) {
  const role = (full: string) => {
    const [name = "", organization = ""] = full.split(":");
    return organization ? `${names.role(name, organization)} (${names.organization(organization)})` : names.role(name, "");
  };
  return (
    <Table columns={[words.columns.level, words.columns.roles, words.columns.because]}>
      {e.roles.votes.map((one) => (
        <tr key={one.level}>
          <td>{words.levels[one.level] ?? one.level}</td>
          <td>{one.vote > 0 ? words.votes.yes : one.vote < 0 ? words.votes.no : words.votes.nothing}</td>
          <td className="muted small">{one.reasons.map((reason) => words.ofRole(reason.permission, role(reason.role))).join(", ")}</td>
        </tr>
      ))}
      <tr>
        <td>{words.lists}</td>
        <td>{e.access_list.allowed ? words.votes.yes : words.votes.nothing}</td>
        <td className="muted small">{sharingWords(e)}</td>
      </tr>
    </Table>
  );
}
