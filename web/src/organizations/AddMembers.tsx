// Finds people of this Slipway on the server and makes them members, one click each.
import type { Organization, User } from "@gen";
import { Modal, TextInput } from "@mantine/core";
import { useDebouncedValue } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words as common } from "@/strings/common";
import { members as words } from "@/strings/organizations";
import { Avatar } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { toastError, toastUndo } from "@/ui/toast";
import { organizationName } from "./place";
import { membersLike, peopleLike, useAddMember, useRemoveMember } from "./queries";

export function AddMembers({ organization: o, onClose }: { organization: Organization; onClose: () => void }) {
  const [text, setText] = useState("");
  const [asked] = useDebouncedValue(text.trim(), 200);
  return (
    <Modal opened onClose={onClose} title={words.addTitle(organizationName(o))} centered size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <div className="form">
        <TextInput label={words.find} description={words.findHint} value={text} data-autofocus autoComplete="off" onChange={(event) => setText(event.currentTarget.value)} />
        <div className="found">{asked.length < 2 ? <p className="muted">{words.addHint}</p> : <Found organization={o} asked={asked} />}</div>
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{words.done}</Button>
        </div>
      </div>
    </Modal>
  );
}

function Found({ organization: o, asked }: { organization: Organization; asked: string }) {
  const people = useQuery(peopleLike(asked));
  const members = useQuery(membersLike(o.id, asked, 100));
  const here = new Set(members.data?.members.map((m) => m.user_id));
  return (
    <Load query={people} skeleton={<Bones rows={4} height={44} />}>
      {(page) =>
        page.users.length === 0 ? (
          <p className="muted">{words.nobody(asked)}</p>
        ) : (
          <>
            <ul className="items">
              {page.users.map((user) => (
                <Person key={user.id} organization={o} user={user} member={here.has(user.id) || user.organization_ids.includes(o.id)} />
              ))}
            </ul>
            {page.count > page.users.length && <p className="muted small">{words.more}</p>}
          </>
        )
      }
    </Load>
  );
}

function Person({ organization: o, user: u, member }: { organization: Organization; user: User; member: boolean }) {
  const add = useAddMember(o.id);
  const remove = useRemoveMember(o.id);
  const [is, setIs] = useState(false);
  const name = u.name || u.username;
  // Who has just come holds nothing yet, so that leaving is exactly as it was.
  const undo = () => remove.mutate(u.id, { onSuccess: () => setIs(false), onError: toastError });
  const join = () => add.mutate(u.id, { onSuccess: () => (setIs(true), toastUndo(words.added(name), undo)), onError: toastError });
  return (
    <li>
      <Avatar name={name} url={u.avatar_url} size={24} />
      <span className="grow clip">
        <span style={{ fontWeight: 550 }}>{name}</span> <span className="muted small">{u.email}</span>
      </span>
      {is || (member && !remove.isSuccess) ? (
        <span className="muted small row">
          <Icon name="check" /> {words.is}
        </span>
      ) : (
        <Button size="small" icon="plus" aria-label={words.addName(name)} busy={add.isPending} onClick={join}>
          {words.addDo}
        </Button>
      )}
    </li>
  );
}
