// Which roles somebody has, over all of this Slipway and in each of their organizations; saved in one act that can be undone.
import type { AssignableRoles, User, UserRoles } from "@gen";
import { Checkbox } from "@mantine/core";
import { useState } from "react";
import { words as common } from "@/strings/common";
import { words } from "@/strings/person";
import { roleHints, words as people } from "@/strings/users";
import { Confirm } from "@/ui/Confirm";
import { toastFailed, toastUndo } from "@/ui/toast";
import { plainRole } from "./origins";
import { useGiveRoles } from "./queries";

type Place = { id: string; name: string; roles: AssignableRoles[] };
type Lists = Record<string, string[]>;

const same = (a: string[], b: string[]) => a.length === b.length && a.every((one) => b.includes(one));

export function ChangeRoles({ user: u, has, places, onClose }: { user: User; has: UserRoles; places: Place[]; onClose: () => void }) {
  const before: Lists = { "": has.roles, ...has.organization_roles };
  const [lists, setLists] = useState<Lists>(before);
  const give = useGiveRoles();
  const offered = places.filter((place) => place.roles.some((role) => role.assignable));
  const changed = Object.keys(lists).filter((place) => !same(lists[place] ?? [], before[place] ?? []));
  const pick = (from: Lists): Lists => Object.fromEntries(changed.map((place) => [place, from[place] ?? []]));
  const failed = (error: unknown) => toastFailed(words.rolesNotSaved, error);
  const set = (to: Lists) => give.mutateAsync({ id: u.id, lists: to });
  const save = () => {
    if (changed.length === 0) return onClose();
    const back = pick(before);
    void set(pick(lists)).then(() => (onClose(), toastUndo(words.rolesSaved(u.name || u.username), () => void set(back).catch(failed))), failed);
  };
  const toggle = (place: string, role: string) =>
    setLists((old) => {
      const list = old[place] ?? [];
      return { ...old, [place]: list.includes(role) ? list.filter((one) => one !== role) : [...list, role] };
    });
  return (
    <Confirm open title={people.rolesTitle(u.username)} act={common.save} busy={give.isPending} onClose={onClose} onYes={save}>
      {offered.length === 0 && <p className="muted">{words.rolesNoneToGive}</p>}
      {offered.map((place) => (
        <fieldset key={place.id} className="person-choices">
          <legend>{place.id === "" ? words.rolesSite : words.rolesIn(place.name)}</legend>
          {place.roles
            .filter((role) => role.name !== "member")
            .map((role) => (
              <Checkbox
                key={role.name}
                label={role.display_name || plainRole(role.name)}
                description={place.id === "" ? roleHints[role.name] : undefined}
                disabled={!role.assignable}
                checked={(lists[place.id] ?? []).includes(role.name)}
                onChange={() => toggle(place.id, role.name)}
              />
            ))}
        </fieldset>
      ))}
    </Confirm>
  );
}
