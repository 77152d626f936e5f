import type { UserRoles } from "@gen";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/person";
import { Ago, Avatar } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toastFailed, toastUndo } from "@/ui/toast";
import { rolesQuery } from "@/users/queries";
import { ChangeRoles } from "./ChangeRoles";
import { type Held, heldBy, type Origin, plainRole } from "./origins";
import type { About } from "./PersonPage";
import { doneTo, organizationsOf, rolesOf, rolesOfOrganization, useGiveRoles } from "./queries";

// What is known of the roles of each place: "" is all of this Slipway, else an organization's id.
export function usePlaces(userId: string) {
  const site = useQuery({ ...rolesQuery, retry: false }).data ?? [];
  const organizations = useQuery(organizationsOf(userId)).data ?? [];
  const lists = useQueries({ queries: organizations.map((o) => rolesOfOrganization(o.id)) });
  const places = organizations.map((o, i) => ({ id: o.id, name: o.display_name || o.name, byDefault: o.default_org_member_roles, roles: lists[i]?.data ?? [] }));
  return [{ id: "", name: "", byDefault: [] as string[], roles: site }, ...places];
}

export function Roles({ user: u, over, mine }: About) {
  const roles = useQuery({ ...rolesOf(u.id), enabled: over.readPersonal });
  const log = useQuery({ ...doneTo(u.id), enabled: over.readAudit });
  const places = usePlaces(u.id);
  const give = useGiveRoles();
  const [changing, setChanging] = useState(false);
  const place = (id: string) => places.find((one) => one.id === id);
  const named = (held: Held) => place(held.place)?.roles.find((one) => one.name === held.name);
  const mayGive = !mine && places.some((one) => one.roles.some((role) => role.assignable));
  const seen = roles.error || !over.readPersonal ? { ...roles, data: { roles: u.roles.map((one) => one.name), organization_roles: {} } satisfies UserRoles as UserRoles } : roles;
  const take = (held: Held, before: string[]) => {
    const title = named(held)?.display_name || plainRole(held.name);
    const set = (list: string[]) => give.mutateAsync({ id: u.id, lists: { [held.place]: list } });
    const failed = (error: unknown) => toastFailed(words.rolesNotSaved, error);
    void set(before.filter((one) => one !== held.name)).then(() => toastUndo(words.roleTaken(u.name || u.username, title), () => void set(before).catch(failed)), failed);
  };
  return (
    <Section
      title={words.roles}
      acts={
        mayGive && (
          <Button size="small" onClick={() => setChanging(true)}>
            {words.rolesChange}
          </Button>
        )
      }
    >
      <Load query={seen} skeleton={<Bones rows={2} height={56} />}>
        {(has) => (
          <>
            <ul className="person-rows person-roles-held">
              <Row title={words.member} where={words.memberOf}>
                <span className="person-given muted">{words.everyone}</span>
              </Row>
              {places.flatMap((one) =>
                one.byDefault.map((role) => (
                  <Row key={`${one.id}-${role}`} title={one.roles.find((known) => known.name === role)?.display_name || plainRole(role)} where={words.within(one.name)}>
                    <span className="person-given muted">{words.everyMember(one.name)}</span>
                  </Row>
                )),
              )}
              {heldBy(has, log.data?.audit_logs ?? [], u.id).map((held) => {
                const title = named(held)?.display_name || plainRole(held.name);
                const before = held.place === "" ? has.roles : (has.organization_roles[held.place] ?? []);
                return (
                  <Row key={`${held.place}-${held.name}`} title={title} where={held.place === "" ? words.overAll : words.within(place(held.place)?.name ?? "")}>
                    <Given origin={held.origin} known={log.data !== undefined} />
                    {!mine && named(held)?.assignable && <IconButton icon="cross" label={words.takeRole(title)} disabled={give.isPending} onClick={() => take(held, before)} />}
                  </Row>
                );
              })}
            </ul>
            {changing && <ChangeRoles user={u} has={has} places={places} onClose={() => setChanging(false)} />}
          </>
        )}
      </Load>
    </Section>
  );
}

function Row({ title, where, children }: { title: string; where: string; children: React.ReactNode }) {
  return (
    <li>
      <div>
        <p className="person-name">{title}</p>
        <p className="muted small">{where}</p>
      </div>
      {children}
    </li>
  );
}

function Given({ origin: o, known }: { origin: Origin; known: boolean }) {
  if (o.kind === "unknown") return <span className="person-given muted">{known ? words.notKnown : ""}</span>;
  return (
    <span className="person-given">
      {o.kind === "person" ? <Avatar name={o.name} url={o.picture} size={22} /> : <Icon name="key" size={18} />}
      <span>
        {o.kind === "person" ? o.name : words.bySignIn}, <Ago at={o.at} />
      </span>
    </span>
  );
}
