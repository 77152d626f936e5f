import type { Group } from "@gen";
import { Modal, NumberInput, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { useOrganizations } from "@/me/organization";
import { useRights } from "@/me/queries";
import { words as common } from "@/strings/common";
import { words } from "@/strings/groups";
import { Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Blank, Bones, Failure, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { toast } from "@/ui/toast";
import { PeopleTabs } from "@/users/PeopleTabs";
import { groupsQuery, useCreateGroup } from "./queries";
import "./groups.css";

export const isEveryone = (g: Group): boolean => g.id === g.organization_id;
export const nameOf = (g: Group): string => (isEveryone(g) ? words.everyone : g.display_name || g.name);

export function GroupsPage() {
  const { chosen } = useOrganizations();
  const every = useQuery(groupsQuery);
  const groups = { ...every, data: chosen ? every.data?.filter((g) => g.organization_id === chosen.id) : every.data };
  const rights = useRights();
  const [adding, setAdding] = useState(false);
  return (
    <Page
      title={words.title}
      state={groups.data ? words.lead(groups.data.length) : ""}
      acts={
        rights.createGroup && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      <PeopleTabs />
      <Load query={groups} skeleton={<Bones rows={4} height={52} />}>
        {(list) => (list.length === 0 ? <Blank title={words.none} text={words.noneHint} /> : <List groups={list} />)}
      </Load>
      {adding && <NewGroup onClose={() => setAdding(false)} />}
    </Page>
  );
}

function List({ groups }: { groups: Group[] }) {
  return (
    <Table className="group-table" columns={[words.columns.name, words.columns.organization, words.columns.members, words.columns.quota]}>
      {groups.map((g) => (
        <tr key={g.id}>
          <td>
            <span className="row">
              <Avatar name={nameOf(g)} url={g.avatar_url} size={26} />
              <Link to="/groups/$org/$name" params={{ org: g.organization_name, name: g.name }} style={{ color: "var(--ink)", fontWeight: 550 }}>
                {nameOf(g)}
              </Link>
            </span>
          </td>
          <td className="muted">{g.organization_display_name || g.organization_name}</td>
          <td className="muted nowrap">{words.members(g.total_member_count)}</td>
          <td className="muted num">{g.quota_allowance}</td>
        </tr>
      ))}
    </Table>
  );
}

function NewGroup({ onClose }: { onClose: () => void }) {
  const { all: orgs, usual } = useOrganizations();
  const create = useCreateGroup();
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: "", display_name: "", quota_allowance: 0 });
  const [chosen, setChosen] = useState<string>();
  const [tried, setTried] = useState(false);
  const org = orgs.find((o) => o.name === chosen) ?? usual;
  const error = create.error instanceof ApiError ? create.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!org || !isName(form.name)) return;
    create.mutate({ org: org.name, ask: { ...form, avatar_url: "" } }, { onSuccess: (g) => (toast(words.created(nameOf(g))), void navigate({ to: "/groups/$org/$name", params: { org: org.name, name: g.name } })) });
  };
  return (
    <Modal opened onClose={onClose} title={words.add} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <form className="form" onSubmit={submit} noValidate>
        <TextInput label={words.name} description={words.nameHint} value={form.name} data-autofocus autoComplete="off" error={(tried && !isName(form.name) ? words.nameBad : undefined) ?? error?.field("name")} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
        <TextInput label={words.displayName} value={form.display_name} error={error?.field("display_name")} onChange={(e) => setForm({ ...form, display_name: e.currentTarget.value })} />
        {orgs.length > 1 && <Select label={words.organization} data={orgs.map((o) => ({ value: o.name, label: o.display_name || o.name }))} value={org?.name ?? null} allowDeselect={false} onChange={(name) => name && setChosen(name)} />}
        <NumberInput label={words.quota} description={words.quotaHint} min={0} allowDecimal={false} value={form.quota_allowance} onChange={(v) => setForm({ ...form, quota_allowance: Number(v) || 0 })} />
        {error && error.fields.length === 0 && <Failure error={error} />}
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" kind="main" busy={create.isPending}>
            {words.create}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
