import type { Group } from "@gen";
import { NumberInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { Parents, type Place, usePlace } from "@/organizations/place";
import { words as common } from "@/strings/common";
import { words } from "@/strings/groups";
import { Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { DeleteSection } from "@/ui/DeleteSection";
import { Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { GroupMembers } from "./GroupMembers";
import { isEveryone, nameOf } from "./names";
import { groupByName, useChangeGroup, useDeleteGroup } from "./queries";
import "./groups.css";

export function GroupPage() {
  const place = usePlace();
  const { name } = useParams({ from: "/app/organizations/$org/groups/$name" });
  const group = useQuery(groupByName(place.name, name));
  return (
    <Load query={group} skeleton={<div className="page"><Bones rows={6} height={52} /></div>}>
      {(g) => <Shown key={g.id} group={g} place={place} />}
    </Load>
  );
}

function Shown({ group: g, place }: { group: Group; place: Place }) {
  const { rights } = place;
  return (
    <Page
      title={nameOf(g)}
      heading={
        <>
          <Avatar name={nameOf(g)} url={g.avatar_url} size={24} /> {nameOf(g)}
        </>
      }
      above={<Parents place={place} tab="groups" />}
      state={words.line(g.total_member_count, g.quota_allowance)}
    >
      <div className="group-page">
        <GroupMembers group={g} org={place.name} may={rights.updateGroup && !isEveryone(g)} />
        <aside className="stack loose">
          {rights.updateGroup && <Settings group={g} />}
          {rights.deleteGroup && !isEveryone(g) && <Danger group={g} org={place.name} />}
        </aside>
      </div>
    </Page>
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
    <Section title={words.settings}>
      <form className="form" onSubmit={submit}>
        {!isEveryone(g) && <TextInput label={words.displayName} value={form.display_name} onChange={(e) => setForm({ ...form, display_name: e.currentTarget.value })} />}
        <NumberInput label={words.quota} description={words.quotaHint} min={0} allowDecimal={false} value={form.quota_allowance} onChange={(v) => setForm({ ...form, quota_allowance: Number(v) || 0 })} />
        <div>
          <Button type="submit" disabled={same} busy={change.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Danger({ group: g, org }: { group: Group; org: string }) {
  const remove = useDeleteGroup();
  const navigate = useNavigate();
  return <DeleteSection words={words} id={g.id} title={nameOf(g)} remove={remove} onGone={() => void navigate({ to: "/organizations/$org/groups", params: { org } })} />;
}
