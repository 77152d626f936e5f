// Beside a person: credits, groups, what they are signed in with, and facts.
import type { Group, Organization } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { groupsQuery, useChangeGroup } from "@/groups/queries";
import { useRights } from "@/me/queries";
import { words } from "@/strings/person";
import { Ago, CopyButton } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toastFailed, toastUndo } from "@/ui/toast";
import { Keys } from "./Keys";
import type { About } from "./PersonPage";
import { groupsOf, organizationsOf, quotaOf } from "./queries";

export function Aside(about: About) {
  const { user: u } = about;
  const organizations = useQuery(organizationsOf(u.id)).data ?? [];
  return (
    <>
      {organizations.map((o) => (
        <Credits key={o.id} organization={o} user={u} />
      ))}
      {about.over.readMembers && <Groups {...about} />}
      {(about.over.readKeys || (about.over.personal && !about.mine)) && <Keys {...about} />}
      <Section title={words.about}>
        <dl className="facts small">
          <dt>{words.joined}</dt>
          <dd>
            <Ago at={u.created_at} />
          </dd>
          <dt>{words.id}</dt>
          <dd className="row">
            <span className="mono clip">{u.id.slice(0, 8)}</span> <CopyButton text={u.id} label={words.copyId} />
          </dd>
        </dl>
      </Section>
    </>
  );
}

const nameOf = (g: Group) => (g.id === g.organization_id ? words.groupEveryone(g.organization_display_name || g.organization_name) : g.display_name || g.name);

// Only where credits count at all.
function Credits({ organization: o, user: u }: { organization: Organization; user: About["user"] }) {
  const quota = useQuery(quotaOf(o.id, u.id)).data;
  const groups = (useQuery(groupsOf(u.id)).data ?? []).filter((g) => g.organization_id === o.id && g.quota_allowance > 0);
  if (!quota || (quota.budget <= 0 && quota.credits_consumed <= 0)) return null;
  const share = quota.budget > 0 ? Math.min(100, (100 * quota.credits_consumed) / quota.budget) : 100;
  return (
    <Section title={words.credits(o.display_name || o.name)} id={`credits-${o.id}`}>
      <p className="row" style={{ justifyContent: "space-between" }}>
        <span>{words.creditsUsed(quota.credits_consumed, quota.budget)}</span>
        <span className="muted small">{words.creditsLeft(quota.budget - quota.credits_consumed)}</span>
      </p>
      <div className="person-meter" data-over={quota.credits_consumed > quota.budget || undefined} aria-hidden="true">
        <i style={{ width: `${share}%` }} />
      </div>
      {groups.length > 0 && <p className="muted small">{words.creditsFrom(groups.map((g) => `${nameOf(g)} ${g.quota_allowance.toLocaleString("en")}`).join(", "))}</p>}
    </Section>
  );
}

function Groups({ user: u }: About) {
  const may = useRights().updateGroup;
  const groups = useQuery(groupsOf(u.id));
  const change = useChangeGroup();
  const [adding, setAdding] = useState(false);
  const called = u.name || u.username;
  const set = (g: Group, add: boolean) => change.mutateAsync({ id: g.id, ask: add ? { add_users: [u.id] } : { remove_users: [u.id] } });
  const failed = (error: unknown) => toastFailed(words.groupNot, error);
  const act = (g: Group, add: boolean) => void set(g, add).then(() => toastUndo((add ? words.groupJoined : words.groupLeft)(called, nameOf(g)), () => void set(g, !add).catch(failed)), failed);
  return (
    <Section
      title={words.groups}
      acts={
        may && (
          <Button size="small" icon="plus" aria-expanded={adding} aria-label={words.groupAdd} onClick={() => setAdding(!adding)}>
            {words.add}
          </Button>
        )
      }
    >
      <Load query={groups} skeleton={<Bones rows={1} height={36} />}>
        {(list) => (
          <>
            {adding && <AddGroup user={u} but={list} onPick={(g) => (setAdding(false), act(g, true))} />}
            {list.length === 0 && <p className="muted">{words.groupsNone}</p>}
            <ul className="person-small">
              {list.map((g) => (
                <li key={g.id}>
                  <Link to="/groups/$org/$name" params={{ org: g.organization_name, name: g.name }}>
                    {nameOf(g)}
                  </Link>
                  {g.source === "oidc" && <span className="muted small">{words.bySync}</span>}
                  {may && g.source !== "oidc" && g.id !== g.organization_id && <IconButton icon="cross" label={words.groupLeave(nameOf(g))} disabled={change.isPending} onClick={() => act(g, false)} />}
                </li>
              ))}
            </ul>
          </>
        )}
      </Load>
    </Section>
  );
}

// Groups of organizations that they are in: nobody else can be a member.
function AddGroup({ user: u, but, onPick }: { user: About["user"]; but: Group[]; onPick: (g: Group) => void }) {
  const all = useQuery(groupsQuery).data ?? [];
  const offered = all.filter((g) => u.organization_ids.includes(g.organization_id) && g.id !== g.organization_id && !but.some((one) => one.id === g.id));
  const pick = (id: string | null) => {
    const found = offered.find((g) => g.id === id);
    if (found) onPick(found);
  };
  return <Select aria-label={words.groupAdd} placeholder={words.groupAdd} searchable limit={20} data={offered.map((g) => ({ value: g.id, label: nameOf(g) }))} value={null} onChange={pick} nothingFoundMessage={words.groupNoOther} />;
}
