import type { Group } from "@gen";
import { TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { OrganizationPage, usePlace } from "@/organizations/place";
import { words } from "@/strings/groups";
import { Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Blank, Bones, Load } from "@/ui/Load";
import { Table } from "@/ui/Table";
import { groupLike, nameOf } from "./names";
import { NewGroup } from "./NewGroup";
import { groupsOf } from "./queries";
import "./groups.css";

export function GroupsPage() {
  const place = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <OrganizationPage
      place={place}
      tab="groups"
      acts={
        place.rights.createGroup && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      {() => (
        <>
          <Groups org={place.name} />
          {adding && <NewGroup org={place.name} onClose={() => setAdding(false)} />}
        </>
      )}
    </OrganizationPage>
  );
}

// A short list is seen whole.
const kSeen = 8;

function Groups({ org }: { org: string }) {
  const groups = useQuery(groupsOf(org));
  const [text, setText] = useState("");
  return (
    <Load query={groups} skeleton={<Bones rows={4} height={52} />}>
      {(all) => {
        const list = all.filter((g) => groupLike(g, text));
        return all.length === 0 ? (
          <Blank title={words.none} text={words.noneHint} />
        ) : (
          <div className="stack">
            {all.length > kSeen && <TextInput aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} maw={320} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
            {list.length === 0 ? <Blank title={words.nothing(text)} act={<Button onClick={() => setText("")}>{words.clear}</Button>} /> : <List org={org} groups={list} />}
            {all.length === 1 && <p className="muted">{words.noneHint}</p>}
          </div>
        );
      }}
    </Load>
  );
}

function List({ org, groups }: { org: string; groups: Group[] }) {
  return (
    <Table className="group-table" columns={[words.columns.name, words.columns.members, words.columns.quota]}>
      {groups.map((g) => (
        <tr key={g.id}>
          <td>
            <span className="row">
              <Avatar name={nameOf(g)} url={g.avatar_url} size={26} />
              <Link to="/organizations/$org/groups/$name" params={{ org, name: g.name }} style={{ color: "var(--ink)", fontWeight: 550 }}>
                {nameOf(g)}
              </Link>
              {g.source === "oidc" && <span className="badge">{words.bySignIn}</span>}
            </span>
          </td>
          <td className="muted nowrap">{words.members(g.total_member_count)}</td>
          <td className="muted num">{words.credits(g.quota_allowance)}</td>
        </tr>
      ))}
    </Table>
  );
}
