// Who may open an app or a port by name. Each change holds at once.
import type { UpdateWorkspaceAppSharing, Workspace } from "@gen";
import { useId } from "react";
import { sharing as words } from "@/strings/apps";
import { Avatar } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { toast, toastError } from "@/ui/toast";
import type { Entry } from "./levels";
import { type Named, Picker } from "./Picker";
import { useAccess } from "./queries";

type Target = { app: string } | { port: number; agent_name: string };
type ListProps = { workspace: Pick<Workspace, "id" | "organization_id" | "owner_id">; target: Target; entry: Entry | undefined };

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
      <Picker workspace={w} but={[...named, { id: w.organization_id }]} onPick={(who) => set(who, "use")} />
    </section>
  );
}
