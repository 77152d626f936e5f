// Who is in a group: found on the server, added from the organization's members, taken out with a way back.
import type { Group, ReducedUser } from "@gen";
import { Select, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { membersLike } from "@/organizations/queries";
import { words } from "@/strings/groups";
import { Avatar } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toastError, toastUndo } from "@/ui/toast";
import { isEveryone } from "./names";
import { groupMembers, useChangeGroup } from "./queries";

type MembersProps = { group: Group; org: string; may: boolean };

// A short list is seen whole.
const kSeen = 8;

export function GroupMembers({ group: g, org, may }: MembersProps) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 200);
  const pages = useInfiniteQuery(groupMembers(org, g.name, asked));
  const users = pages.data?.pages.flatMap((page) => page.users) ?? [];
  return (
    <Section title={words.membersTitle}>
      {isEveryone(g) && <p className="muted">{words.everyoneHint}</p>}
      {g.source === "oidc" && <p className="muted">{words.synced}</p>}
      {may && <AddMember group={g} />}
      {g.total_member_count > kSeen && <TextInput aria-label={words.findMember} placeholder={words.findMember} leftSection={<Icon name="search" />} maw={320} value={text} onChange={(event) => setText(event.currentTarget.value)} />}
      <Load query={pages} skeleton={<Bones rows={3} />}>
        {() =>
          users.length === 0 ? (
            <p className="muted">{asked ? words.nobody(asked) : words.membersNone}</p>
          ) : (
            <ul className="items">
              {users.map((u) => (
                <Member key={u.id} group={g} user={u} may={may} />
              ))}
            </ul>
          )
        }
      </Load>
      {pages.hasNextPage && (
        <div>
          <Button busy={pages.isFetchingNextPage} onClick={() => void pages.fetchNextPage()}>
            {words.more(users.length, pages.data?.pages[0]?.count ?? users.length)}
          </Button>
        </div>
      )}
    </Section>
  );
}

function Member({ group: g, user: u, may }: { group: Group; user: ReducedUser; may: boolean }) {
  const change = useChangeGroup();
  const name = u.name || u.username;
  // The row may have gone with the answer, and what is given to mutate() with it.
  const back = () => void change.mutateAsync({ id: g.id, ask: { add_users: [u.id] } }).catch(toastError);
  const out = () => void change.mutateAsync({ id: g.id, ask: { remove_users: [u.id] } }).then(() => toastUndo(words.removed(name), back), toastError);
  return (
    <li>
      <Avatar name={name} url={u.avatar_url} size={24} />
      <span className="grow clip">
        <span style={{ fontWeight: 550 }}>{u.username}</span> <span className="muted small">{u.email}</span>
      </span>
      {may && <IconButton icon="cross" label={words.remove(u.username)} disabled={change.isPending} onClick={out} />}
    </li>
  );
}

function AddMember({ group: g }: { group: Group }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 200);
  const found = useQuery({ ...membersLike(g.organization_id, asked), enabled: asked.length >= 2 }).data?.members ?? [];
  const change = useChangeGroup();
  const pick = (id: string | null) => {
    const who = found.find((one) => one.user_id === id);
    if (!who) return;
    setText("");
    const undo = () => change.mutate({ id: g.id, ask: { remove_users: [who.user_id] } }, { onError: toastError });
    change.mutate({ id: g.id, ask: { add_users: [who.user_id] } }, { onSuccess: () => toastUndo(words.added(who.name || who.username), undo), onError: toastError });
  };
  return (
    <Select
      label={words.addMember}
      description={words.addMemberHint}
      searchable
      data={asked.length < 2 ? [] : found.map((u) => ({ value: u.user_id, label: `${u.username} (${u.email})` }))}
      filter={({ options }) => options}
      nothingFoundMessage={asked.length < 2 ? undefined : words.nobody(asked)}
      value={null}
      onChange={pick}
      searchValue={text}
      onSearchChange={setText}
      disabled={change.isPending}
    />
  );
}
