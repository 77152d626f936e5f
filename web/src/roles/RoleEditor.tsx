import type { AssignableRoles, Organization } from "@gen";
import { TextInput } from "@mantine/core";
import { useBlocker, useNavigate } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { organizationName, Parents, type Place } from "@/organizations/place";
import { roleHint, roleName, roles as words } from "@/strings/roles";
import { LinkButton } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { toast } from "@/ui/toast";
import { HeldBy } from "./HeldBy";
import { InWords } from "./InWords";
import { Matrix } from "./Matrix";
import { beyond, changesBetween, type Grants, type Mine, notMine, permissionsOf } from "./matrix";
import { useCreateRole, useSaveRole } from "./queries";
import { RoleMenu } from "./RoleMenu";
import { SaveBar } from "./SaveBar";
import { TryIt } from "./TryIt";

type EditorProps = { place: Place; organization: Organization; role: AssignableRoles | undefined; copied: AssignableRoles | undefined; start: Grants; mine: Mine };

const kUnnamed = "unnamed-role"; // while it is tried before it has a name

export function RoleEditor({ place, organization: o, role, copied, start, mine }: EditorProps) {
  const { rights } = place;
  const foreign = notMine(start, mine).length;
  const may = role ? !role.built_in && rights.updateRole && foreign === 0 : rights.createRole;
  const [grants, setGrants] = useState(start);
  const before = { name: role?.name ?? "", display_name: role?.display_name ?? (copied ? words.copyOf(roleName(copied.name, copied.display_name)) : "") };
  const [form, setForm] = useState(before);
  const [tried, setTried] = useState(false);
  const create = useCreateRole(o.id);
  const save = useSaveRole(o.id);
  const navigate = useNavigate();
  const saved = useRef(false);
  const changes = changesBetween(start, grants);
  const renamed = role !== undefined && form.display_name !== before.display_name;
  const dirty = changes.length > 0 || renamed || (!role && form.name !== "");
  useBlocker({ shouldBlockFn: () => !saved.current && dirty && !window.confirm(words.leave), enableBeforeUnload: () => !saved.current && dirty });
  const shown = role ? roleName(role.name, role.display_name) : words.add;
  const ask = { ...form, site_permissions: [], user_permissions: [], ...permissionsOf(grants) };
  const made = (text: string) => {
    saved.current = true; // this page is left for the one of the role
    toast(text);
    void navigate({ to: "/organizations/$org/roles/$role", params: { org: place.name, role: form.name }, search: {}, replace: true });
  };
  const submit = () => {
    setTried(true);
    if (!role && !isName(form.name)) return document.querySelector<HTMLInputElement>("[name=role-name]")?.focus();
    const name = form.display_name || form.name;
    if (role) save.mutate(ask, { onSuccess: () => toast(words.saved(name)) });
    else create.mutate(ask, { onSuccess: () => made(words.created(name)) });
  };
  const problem = create.error ?? save.error;
  const error = problem instanceof ApiError ? problem : undefined;
  const reason = role?.built_in ? words.builtInHint : foreign > 0 && rights.updateRole ? words.beyondYou(foreign) : words.readOnly;
  return (
    <Page
      title={shown}
      wide
      above={<Parents place={place} tab="roles" />}
      state={role ? (role.built_in ? roleHint(role.name) : role.name) : ""}
      acts={
        role && (
          <>
            {rights.createRole && (
              <LinkButton icon="copy" to="/organizations/$org/roles/$role" params={{ org: place.name, role: "new" }} search={{ from: role.name }}>
                {words.duplicate}
              </LinkButton>
            )}
            {!role.built_in && rights.deleteRole && <RoleMenu place={place} organization={o} role={role} onGone={() => (saved.current = true)} />}
          </>
        )
      }
    >
      <div className="role-page">
        <div className="stack loose role-main">
          {!may && <p className="muted role-note">{reason}</p>}
          {may && (
            <div className="role-names">
              {!role && (
                <TextInput name="role-name" label={words.name} description={words.nameHint} value={form.name} autoFocus autoComplete="off" error={(tried && !isName(form.name) ? words.nameBad : undefined) ?? (error?.status === 409 ? words.nameTaken : error?.field("name"))} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
              )}
              <TextInput label={words.displayName} description={words.displayHint} value={form.display_name} autoComplete="off" error={error?.field("display_name")} onChange={(e) => setForm({ ...form, display_name: e.currentTarget.value })} />
            </div>
          )}
          <Matrix organization={organizationName(o)} grants={grants} before={start} mine={mine} onChange={may ? setGrants : undefined} />
          {beyond(grants) > 0 && <p className="muted small">{words.beyond(beyond(grants))}</p>}
        </div>
        <aside className="role-aside">
          <InWords grants={grants} before={start} organization={organizationName(o)} />
          {may && (rights.readAllAudit || rights.giveSiteRoles) && <TryIt organization={o} ask={{ ...ask, name: isName(ask.name) ? ask.name : kUnnamed }} changed={changes.length > 0} />}
          {role && rights.readMembers && <HeldBy organization={o} role={role} />}
        </aside>
      </div>
      {may && dirty && (
        <SaveBar start={start} grants={grants} named={renamed} isNew={!role} busy={create.isPending || save.isPending} error={error} onUndo={() => (setGrants(start), setForm(before), setTried(false), create.reset(), save.reset())} onSave={submit} />
      )}
    </Page>
  );
}
