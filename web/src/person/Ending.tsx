// Suspending, letting in again and deleting; each says what it ends, and what is not possible says what must happen first.
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { openConnections } from "@/connections/queries";
import { words } from "@/strings/person";
import { Button, LinkButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Section } from "@/ui/Page";
import { toast, toastFailed } from "@/ui/toast";
import { useDeleteUser } from "@/users/queries";
import type { About } from "./PersonPage";
import { keysOf, useSetActive } from "./queries";
import { ownedBy } from "./Workspaces";

export function Ending({ user: u, over }: About) {
  return (
    <Section title={words.ending}>
      <ul className="person-rows person-ends">
        {over.update && (u.status === "suspended" ? <Activate user={u} /> : <Suspend user={u} over={over} />)}
        {over.remove && <Delete user={u} seen={over.readWorkspaces} />}
      </ul>
    </Section>
  );
}

const called = (u: About["user"]) => u.name || u.username;

function Activate({ user: u }: Pick<About, "user">) {
  const set = useSetActive();
  // Told by the promise: with the new state this very line goes.
  const run = () =>
    void set.mutateAsync({ id: u.id, active: true }).then(
      () => toast(words.activated(called(u))),
      (error: unknown) => toastFailed(words.notChanged(called(u)), error),
    );
  return (
    <li>
      <p>
        <strong>{words.activate}</strong> {words.activateLine}
      </p>
      <Button size="small" busy={set.isPending} onClick={run}>
        {words.activate}
      </Button>
    </li>
  );
}

function Suspend({ user: u, over }: Pick<About, "user" | "over">) {
  const [asking, setAsking] = useState(false);
  const tokens = useQuery({ ...keysOf(u.id), enabled: over.readKeys }).data?.filter((key) => key.login_type === "token").length ?? 0;
  const open = useQuery({ ...openConnections(`username:${u.username}`), enabled: over.readOpen && asking }).data?.connection_logs.length ?? 0;
  const set = useSetActive();
  const owner = u.roles.some((role) => role.name === "owner");
  const close = () => setAsking(false);
  const run = () =>
    void set.mutateAsync({ id: u.id, active: false }).then(
      () => toast(words.suspended(called(u))),
      (error: unknown) => (close(), toastFailed(words.notChanged(called(u)), error)),
    );
  return (
    <li>
      <p>
        <strong>{words.suspend}</strong> {owner ? words.suspendOwner : words.suspendLine(tokens)}
      </p>
      <Button size="small" disabled={owner} onClick={() => setAsking(true)}>
        {words.suspend}
      </Button>
      <Confirm open={asking} title={words.suspendTitle(called(u))} act={words.suspend} danger busy={set.isPending} onClose={close} onYes={run}>
        <p>{words.suspendText(open, tokens)}</p>
      </Confirm>
    </li>
  );
}

// Who may not see their workspaces is told by the server that there still are some.
function Delete({ user: u, seen }: Pick<About, "user"> & { seen: boolean }) {
  const [asking, setAsking] = useState(false);
  const owned = useQuery({ ...ownedBy(u), enabled: seen }).data?.count;
  const remove = useDeleteUser();
  const navigate = useNavigate();
  const close = () => setAsking(false);
  const gone = () => {
    toast(words.deleted(called(u)));
    void navigate({ to: "/users" });
  };
  const failed = (error: unknown) => {
    close();
    toastFailed(words.notDeleted(called(u)), error);
  };
  // By the promise: the page may have nobody left to show, and then nobody calls what mutate() was given.
  const run = () => void remove.mutateAsync(u.id).then(gone, failed);
  const blocked = (owned ?? 0) > 0;
  return (
    <li>
      <p>
        <strong>{words.delete}</strong> {blocked ? words.deleteBlocked(owned ?? 0) : words.deleteLine}
      </p>
      {blocked && (
        <LinkButton size="small" kind="quiet" to="/workspaces" search={{ q: `owner:${u.username}` }}>
          {words.inList}
        </LinkButton>
      )}
      <Button size="small" disabled={seen && owned !== 0} onClick={() => setAsking(true)}>
        {words.delete}
      </Button>
      <Confirm open={asking} title={words.deleteTitle(called(u))} act={words.delete} danger busy={remove.isPending} type={{ label: words.typeName(u.username), value: u.username }} onClose={close} onYes={run}>
        <p>{words.deleteGoes}</p>
        <p>{words.deleteStays}</p>
      </Confirm>
    </li>
  );
}
