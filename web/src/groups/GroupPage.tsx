import type { Group, ReducedUser } from "@gen";
import { NumberInput, Select, TextInput } from "@mantine/core";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useRights } from "@/me/queries";
import { words as common } from "@/strings/common";
import { words } from "@/strings/groups";
import { Avatar } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { DeleteSection } from "@/ui/DeleteSection";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { userPages } from "@/users/queries";
import { isEveryone, nameOf } from "./GroupsPage";
import { groupByName, groupMembers, useChangeGroup, useDeleteGroup } from "./queries";

export function GroupPage() {
  const { org, name } = useParams({ from: "/app/groups/$org/$name" });
  const group = useQuery(groupByName(org, name));
  return (
    <Load query={group} skeleton={<div className="page"><Bones rows={6} height={52} /></div>}>
      {(g) => <Shown key={g.id} group={g} org={org} />}
    </Load>
  );
}

function Shown({ group: g, org }: { group: Group; org: string }) {
  const rights = useRights();
  const may = rights.updateGroup;
  return (
    <Page
      title={nameOf(g)}
      heading={
        <>
          <Avatar name={nameOf(g)} url={g.avatar_url} size={28} /> {nameOf(g)}
        </>
      }
      state={words.line(g.organization_display_name || g.organization_name, g.total_member_count)}
      above={
        <nav aria-label={common.back}>
          <Link to="/groups" className="row" style={{ display: "inline-flex" }}>
            <Icon name="left" /> {words.title}
          </Link>
        </nav>
      }
    >
      <div className="stack loose" style={{ maxWidth: 680 }}>
        <Members group={g} org={org} may={may && !isEveryone(g)} />
        {may && <Settings group={g} />}
        {may && !isEveryone(g) && <Danger group={g} />}
      </div>
    </Page>
  );
}

function Members({ group: g, org, may }: { group: Group; org: string; may: boolean }) {
  const members = useQuery(groupMembers(org, g.name));
  const change = useChangeGroup();
  return (
    <Section title={words.membersTitle}>
      {isEveryone(g) && <p className="muted">{words.everyoneHint}</p>}
      {g.source === "oidc" && <p className="muted">{words.synced}</p>}
      {may && <AddMember group={g} />}
      <Load query={members} skeleton={<Bones rows={3} />}>
        {(list) =>
          list.users.length === 0 ? (
            <p className="muted">{words.membersNone}</p>
          ) : (
            <ul className="items">
              {list.users.map((u) => (
                <li key={u.id}>
                  <Avatar name={u.name || u.username} url={u.avatar_url} size={24} />
                  <span className="grow">
                    <span style={{ fontWeight: 550 }}>{u.username}</span> <span className="muted small">{u.email}</span>
                  </span>
                  {may && <IconButton icon="cross" label={words.remove(u.username)} onClick={() => change.mutate({ id: g.id, ask: { remove_users: [u.id] } }, { onError: toastError })} />}
                </li>
              ))}
            </ul>
          )
        }
      </Load>
    </Section>
  );
}

const shown = (u: Pick<ReducedUser, "username" | "email">) => `${u.username} (${u.email})`;

function AddMember({ group: g }: { group: Group }) {
  const [search, setSearch] = useState("");
  const [id, setId] = useState<string | null>(null);
  const found = useInfiniteQuery(userPages(search.includes("(") ? "" : search)).data?.pages.flatMap((page) => page.users) ?? [];
  const change = useChangeGroup();
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (id) change.mutate({ id: g.id, ask: { add_users: [id] } }, { onSuccess: () => (setId(null), setSearch("")), onError: toastError });
  };
  return (
    <form className="row" style={{ alignItems: "flex-end" }} onSubmit={submit}>
      <Select className="grow" label={words.addMember} placeholder={words.addMemberHint} searchable data={found.map((u) => ({ value: u.id, label: shown(u) }))} filter={({ options }) => options} value={id} onChange={setId} searchValue={search} onSearchChange={setSearch} />
      <Button type="submit" icon="plus" disabled={!id} busy={change.isPending}>
        {words.addDo}
      </Button>
    </form>
  );
}

function Settings({ group: g }: { group: Group }) {
  const [form, setForm] = useState({ display_name: g.display_name, quota_allowance: g.quota_allowance });
  const change = useChangeGroup();
  const same = form.display_name === g.display_name && form.quota_allowance === g.quota_allowance;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    change.mutate({ id: g.id, ask: isEveryone(g) ? { quota_allowance: form.quota_allowance } : form }, { onSuccess: () => toast(common.saved), onError: toastError });
  };
  return (
    <form className="form" onSubmit={submit}>
      {!isEveryone(g) && <TextInput label={words.displayName} value={form.display_name} onChange={(e) => setForm({ ...form, display_name: e.currentTarget.value })} />}
      <NumberInput label={words.quota} description={words.quotaHint} min={0} allowDecimal={false} value={form.quota_allowance} onChange={(v) => setForm({ ...form, quota_allowance: Number(v) || 0 })} />
      <div>
        <Button type="submit" disabled={same} busy={change.isPending}>
          {common.save}
        </Button>
      </div>
    </form>
  );
}

function Danger({ group: g }: { group: Group }) {
  const remove = useDeleteGroup();
  const navigate = useNavigate();
  return <DeleteSection words={words} id={g.id} name={g.name} title={nameOf(g)} remove={remove} onGone={() => void navigate({ to: "/groups" })} />;
}
