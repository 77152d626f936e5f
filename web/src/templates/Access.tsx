// Who may use a template and who may manage it. Each change counts at once, and can be taken back.
import type { Template, TemplateRole } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/templates";
import { Avatar } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Failure, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toastFailed, toastUndo } from "@/ui/toast";
import { candidates, type Granted, grantedRows } from "./granted";
import { aclQuery, availableLike, useGrant } from "./queries";

export function Access({ template: t }: { template: Template }) {
  const acl = useQuery(aclQuery(t.id));
  const grant = useGrant(t.id);
  const set = (who: Granted, before: TemplateRole) =>
    grant.mutate(who, {
      onSuccess: () => toastUndo(words.accessDone(who.name, who.role), () => set({ ...who, role: before }, who.role)),
      onError: (error) => toastFailed(words.accessNotSaved(who.name), error),
    });
  return (
    <div className="access">
      <Section title={words.access}>
        <p className="muted">{words.accessHint}</p>
        <Load query={acl} skeleton={<Bones rows={3} />}>
          {(list) => {
            const rows = grantedRows(list, t.organization_id, words.everyoneIn(t.organization_display_name || t.organization_name));
            return (
              <>
                <ul className="access-list">
                  {rows.map((one) => (
                    <Row key={one.id} who={one} everyone={one.id === t.organization_id} onSet={(role) => set({ ...one, role }, one.role)} />
                  ))}
                </ul>
                <Picker template={t} taken={new Set(rows.map((one) => one.id))} onPick={(who) => set(who, "")} />
              </>
            );
          }}
        </Load>
      </Section>
    </div>
  );
}

const kRoles = (["use", "admin"] as const).map((value) => ({ value: value as string, label: words.roles[value] ?? value }));
const kNone = "none";
const kEveryone = [{ value: kNone, label: words.mayNot }, ...kRoles];

function Row({ who, everyone, onSet }: { who: Granted; everyone: boolean; onSet: (role: TemplateRole) => void }) {
  const side = who.members === undefined ? who.side : words.people(who.members);
  const choose = (value: string | null) => {
    const role = (value === kNone ? "" : value) as TemplateRole | null;
    if (role !== null && role !== who.role) onSet(role);
  };
  return (
    <li>
      {who.kind === "group" ? <Icon name="people" size={20} /> : <Avatar name={who.name} url={who.picture} size={20} />}
      <span className="access-name">
        <span style={{ fontWeight: 550 }}>{who.name}</span> <span className="muted small">{side}</span>
      </span>
      <Select className="access-role" aria-label={words.roleOf(who.name)} data={everyone ? kEveryone : kRoles} value={who.role || kNone} allowDeselect={false} onChange={choose} />
      {everyone ? <span className="access-gap" /> : <IconButton icon="cross" label={words.accessRemove(who.name)} onClick={() => onSet("")} />}
    </li>
  );
}

function Picker({ template: t, taken, onPick }: { template: Template; taken: ReadonlySet<string>; onPick: (who: Granted) => void }) {
  const [text, setText] = useState("");
  const found = useQuery(availableLike(t.id, text.trim()));
  const list = found.data ? candidates(found.data, taken) : [];
  const items = (kind: Granted["kind"]) => list.filter((one) => one.kind === kind).map((one) => ({ value: one.id, label: one.side ? `${one.name} (${one.side})` : one.name }));
  const pick = (id: string | null) => {
    const who = list.find((one) => one.id === id);
    if (!who) return;
    setText("");
    onPick(who);
  };
  if (found.error) return <Failure error={found.error} />;
  return (
    <Select
      label={words.accessAdd}
      placeholder={words.accessAddHint}
      searchable
      data={[
        { group: words.accessGroups, items: items("group") },
        { group: words.accessPeople, items: items("user") },
      ].filter((one) => one.items.length > 0)}
      filter={({ options }) => options}
      value={null}
      searchValue={text}
      onSearchChange={setText}
      nothingFoundMessage={text.trim().length >= 2 && found.data ? words.accessNobody : undefined}
      onChange={pick}
    />
  );
}
