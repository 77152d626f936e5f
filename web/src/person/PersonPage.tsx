// One person: what they have, which roles they hold and by whom, what they did, and the end of their account.
import type { User } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "@tanstack/react-router";
import { useState } from "react";
import { parseTime } from "@/lib/time";
import { useMe, useRights } from "@/me/queries";
import { words } from "@/strings/person";
import { words as people } from "@/strings/users";
import { Ago, Avatar } from "@/ui/bits";
import { Columns } from "@/ui/Columns";
import { Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { State, type Tone } from "@/ui/State";
import { Activity } from "./Activity";
import { Aside } from "./Aside";
import { Ending } from "./Ending";
import { PersonActs } from "./PersonActs";
import { doneBy, groupsOf, keysOf, organizationsOf, type Over, overQuery, personQuery, rolesOf } from "./queries";
import { Roles } from "./Roles";
import { ownedBy, Workspaces } from "./Workspaces";
import "./person.css";

const kTones: Record<string, Tone> = { active: "good", suspended: "bad", dormant: "off" };
const kNothing: Over = { update: false, remove: false, personal: false, readPersonal: false, readKeys: false, readWorkspaces: false, readMembers: false, endKeys: false, readAudit: false, readOpen: false, assignRoles: false };

export type About = { user: User; over: Over; mine: boolean };

export function PersonPage() {
  const { name } = useParams({ from: "/app/users/$name" });
  const person = useQuery(personQuery(name));
  return (
    <Load query={person} skeleton={<div className="page"><Bones rows={8} height={52} /></div>}>
      {(user) => <Shown key={user.id} user={user} />}
    </Load>
  );
}

function Shown({ user: u }: { user: User }) {
  const me = useMe();
  const rights = useQuery(overQuery(u.id));
  const over = rights.data ?? kNothing;
  const here = useHere(u, over, !rights.isPending);
  const about = { user: u, over, mine: u.id === me.id };
  return (
    <Page title={u.name || u.username} heading={<Heading user={u} />} state={<Line {...about} />} acts={<PersonActs {...about} />}>
      {here ? (
        <Columns aside={<Aside {...about} />}>
          <Workspaces user={u} may={over.readWorkspaces} />
          <Roles {...about} />
          {over.readAudit && <Activity user={u} />}
          {!about.mine && (over.update || over.remove) && <Ending {...about} />}
        </Columns>
      ) : (
        <div className="late">
          <Bones rows={8} height={52} />
        </div>
      )}
    </Page>
  );
}

// Whether what the page is made of has come, so that it is drawn once and nothing on it moves.
function useHere(u: User, over: Over, known: boolean): boolean {
  const parts = [
    useQuery({ ...ownedBy(u), enabled: known && over.readWorkspaces }),
    useQuery({ ...rolesOf(u.id), enabled: known && over.readPersonal }),
    useQuery({ ...keysOf(u.id), enabled: known && over.readKeys }),
    useQuery({ ...doneBy(u.username), enabled: known && over.readAudit }),
    useQuery({ ...groupsOf(u.id), enabled: known && over.readMembers }),
    useQuery(organizationsOf(u.id)),
  ];
  // Once drawn it stays: a part that failed asks again when it is drawn, and that must not take the page away.
  const [here, setHere] = useState(false);
  if (!here && known && parts.every((part) => !part.isLoading)) setHere(true);
  return here;
}

function Heading({ user: u }: { user: User }) {
  const parent = useRights().readUsers;
  return (
    <>
      {parent && (
        <span className="person-parent">
          <Link to="/users">{words.people}</Link> /
        </span>
      )}
      <Avatar name={u.name || u.username} url={u.avatar_url} size={28} />
      {u.name || u.username}
    </>
  );
}

function Line({ user: u, mine }: About) {
  return (
    <div className="person-line">
      <State tone={kTones[u.status] ?? "off"} word={people.states[u.status] ?? u.status} />
      {mine && <span className="badge">{words.you}</span>}
      {u.is_service_account && <span className="badge">{words.service}</span>}
      {u.status !== "dormant" && <span>{parseTime(u.last_seen_at) === undefined ? words.neverSeen : <>{words.seen} <Ago at={u.last_seen_at} /></>}</span>}
      {u.name && <span>{u.username}</span>}
      {u.email && <a href={`mailto:${u.email}`}>{u.email}</a>}
      {words.signsIn[u.login_type] && <span>{words.signsIn[u.login_type]}</span>}
    </div>
  );
}
