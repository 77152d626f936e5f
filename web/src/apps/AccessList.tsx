// Who may open an app or a port by name. Each change holds at once.
import type { UpdateWorkspaceAppSharing, Workspace } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useId, useState } from "react";
import { sharing as words } from "@/strings/apps";
import { Avatar } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Failure } from "@/ui/Load";
import { toast, toastError } from "@/ui/toast";
import type { Entry } from "./levels";
import { groupsOfOrganization, membersLike, useAccess } from "./queries";

type Target = { app: string } | { port: number; agent_name: string };
type ListProps = { workspace: Pick<Workspace, "id" | "organization_id" | "owner_id">; target: Target; entry: Entry | undefined };
type Named = { kind: "user" | "group"; id: string; name: string; side: string; picture: string | undefined };

const ask = (target: Target, { kind, id }: Pick<Named, "kind" | "id">, role: "use" | ""): UpdateWorkspaceAppSharing => ({ ...target, ...(kind === "user" ? { user_roles: { [id]: role } } : { group_roles: { [id]: role } }) });

function namedOf(entry: Entry | undefined): Named[] {
  const groups = (entry?.groups ?? []).map((g): Named => ({ kind: "group", id: g.id, name: g.display_name || g.name, side: "", picture: g.avatar_url }));
  const users = (entry?.users ?? []).map((u): Named => ({ kind: "user", id: u.id, name: u.username, side: u.name ?? "", picture: u.avatar_url }));
  return [...groups, ...users];
}

export function AccessList({ workspace: w, target, entry }: ListProps) {
  const head = useId();
  const change = useAccess(w.id);
  const named = namedOf(entry);
  const set = (who: Named, role: "use" | "") => change.mutate(ask(target, who, role), { onSuccess: () => toast(role === "use" ? words.added(who.name) : words.removed(who.name)), onError: toastError });
  return (
    <section aria-labelledby={head} className="stack tight">
      <h3 id={head}>{words.people}</h3>
      <p className="muted small">{words.peopleHint}</p>
      {named.length === 0 ? (
        <p className="muted">{words.nobody}</p>
      ) : (
        <ul className="items">
          {named.map((who) => (
            <li key={who.id}>
              {who.kind === "group" ? <Icon name="people" size={18} /> : <Avatar name={who.name} url={who.picture} size={20} />}
              <span className="grow">
                <span style={{ fontWeight: 550 }}>{who.name}</span> <span className="muted small">{who.side}</span>
              </span>
              <IconButton icon="cross" label={words.remove(who.name)} disabled={change.isPending} onClick={() => set(who, "")} />
            </li>
          ))}
        </ul>
      )}
      <Picker workspace={w} but={named} onPick={(who) => set(who, "use")} />
    </section>
  );
}

function Picker({ workspace: w, but, onPick }: { workspace: ListProps["workspace"]; but: Named[]; onPick: (who: Named) => void }) {
  const [text, setText] = useState("");
  const members = useQuery(membersLike(w.organization_id, text.trim()));
  const groups = useQuery(groupsOfOrganization(w.organization_id));
  const taken = new Set([w.owner_id, w.organization_id, ...but.map((one) => one.id)]);
  const like = text.trim().toLowerCase();
  const found: Named[] = [
    ...(like.length < 2 ? [] : (groups.data ?? []).filter((g) => `${g.name} ${g.display_name}`.toLowerCase().includes(like))).map((g): Named => ({ kind: "group", id: g.id, name: g.display_name || g.name, side: "", picture: g.avatar_url })),
    ...(members.data?.members ?? []).map((m): Named => ({ kind: "user", id: m.user_id, name: m.username, side: m.email, picture: m.avatar_url })),
  ].filter((one) => !taken.has(one.id));
  const items = (kind: Named["kind"]) => found.filter((one) => one.kind === kind).map((one) => ({ value: one.id, label: one.side ? `${one.name} (${one.side})` : one.name }));
  const pick = (id: string | null) => {
    const who = found.find((one) => one.id === id);
    if (!who) return;
    setText("");
    onPick(who);
  };
  if (members.error && groups.error) return <Failure error={members.error} />;
  return (
    <Select
      label={words.add}
      placeholder={words.addHint}
      searchable
      data={[
        { group: words.groupOf.groups, items: items("group") },
        { group: words.groupOf.people, items: items("user") },
      ].filter((one) => one.items.length > 0)}
      filter={({ options }) => options}
      value={null}
      searchValue={text}
      onSearchChange={setText}
      onChange={pick}
    />
  );
}
