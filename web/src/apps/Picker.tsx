// People and groups of a workspace's organization, found by two letters of their name, without those who are named already.
import type { Workspace } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { sharing as words } from "@/strings/apps";
import { Failure } from "@/ui/Load";
import { groupsOfOrganization, membersLike } from "./queries";

export type Named = { kind: "user" | "group"; id: string; name: string; side: string; picture: string | undefined };

type PickerProps = { workspace: Pick<Workspace, "organization_id" | "owner_id">; but: Pick<Named, "id">[]; onPick: (who: Named) => void };

export function Picker({ workspace: w, but, onPick }: PickerProps) {
  const [text, setText] = useState("");
  const members = useQuery(membersLike(w.organization_id, text.trim()));
  const groups = useQuery(groupsOfOrganization(w.organization_id));
  const taken = new Set([w.owner_id, ...but.map((one) => one.id)]);
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
