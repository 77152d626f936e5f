import type { User } from "@gen";
import { Checkbox } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words as common } from "@/strings/common";
import { roleHints, words } from "@/strings/users";
import { Confirm } from "@/ui/Confirm";
import { Bones, Load } from "@/ui/Load";
import { toast, toastError } from "@/ui/toast";
import { rolesQuery, useSetRoles } from "./queries";

export function RolesDialog({ user: u, onClose }: { user: User; onClose: () => void }) {
  const roles = useQuery(rolesQuery);
  const set = useSetRoles();
  const [chosen, setChosen] = useState(() => u.roles.map((r) => r.name));
  const toggle = (name: string) => setChosen((old) => (old.includes(name) ? old.filter((n) => n !== name) : [...old, name]));
  return (
    <Confirm open title={words.rolesTitle(u.username)} act={common.save} busy={set.isPending} onClose={onClose} onYes={() => set.mutate({ id: u.id, roles: chosen }, { onSuccess: () => (toast(common.saved), onClose()), onError: toastError })}>
      <p className="muted">{words.rolesHint}</p>
      <Load query={roles} skeleton={<Bones rows={4} height={36} />}>
        {(list) => (
          <div className="stack tight">
            {list
              .filter((r) => r.name !== "member")
              .map((r) => (
                <Checkbox key={r.name} label={r.display_name || r.name} description={roleHints[r.name]} disabled={!r.assignable} checked={chosen.includes(r.name)} onChange={() => toggle(r.name)} />
              ))}
          </div>
        )}
      </Load>
    </Confirm>
  );
}
