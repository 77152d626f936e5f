import type { Workspace } from "@gen";
import { Switch, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useParams } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { words as common } from "@/strings/common";
import { create, settings as words } from "@/strings/workspaces";
import { templateById } from "@/templates/queries";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { useUnsaved } from "@/ui/Unsaved";
import { DeleteDialog } from "./DeleteDialog";
import { ParameterSettings } from "./ParameterSettings";
import { useAutoUpdates, useRename, useWorkspace } from "./queries";
import { ScheduleSettings } from "./ScheduleSettings";
import { can } from "./state";
import "./workspace.css";

export function SettingsPage() {
  const { user, workspace: name } = useParams({ from: "/app/@{$user}/$workspace/settings" });
  const workspace = useWorkspace(user, name);
  return (
    <Load query={workspace} skeleton={<div className="page"><Bones rows={8} height={64} /></div>}>
      {(w) => <Settings workspace={w} />}
    </Load>
  );
}

function Settings({ workspace: w }: { workspace: Workspace }) {
  const template = useQuery(templateById(w.template_id)).data;
  return (
    <Page title={words.title(w.name)} heading={words.heading} above={<Back workspace={w} />}>
      <div className="settings">
        <ParameterSettings workspace={w} />
        <VersionSettings workspace={w} />
        <ScheduleSettings key={w.id} workspace={w} template={template} />
        <Rename workspace={w} />
        <Danger workspace={w} />
      </div>
    </Page>
  );
}

function Back({ workspace: w }: { workspace: Workspace }) {
  return (
    <nav aria-label={common.back}>
      <Link to="/@{$user}/$workspace" params={{ user: w.owner_name, workspace: w.name }} className="row" style={{ display: "inline-flex" }}>
        <Icon name="left" /> {w.name}
      </Link>
    </nav>
  );
}

function VersionSettings({ workspace: w }: { workspace: Workspace }) {
  const update = useAutoUpdates();
  return (
    <Section title={words.version}>
      <p className="muted">{w.outdated ? words.behind : words.upToDate}</p>
      <Switch
        label={words.autoUpdate}
        description={words.autoUpdateHint}
        checked={w.automatic_updates === "always"}
        disabled={w.template_require_active_version || update.isPending}
        onChange={(event) => update.mutate({ id: w.id, always: event.currentTarget.checked }, { onError: toastError, onSuccess: () => toast(common.saved) })}
      />
    </Section>
  );
}

function Rename({ workspace: w }: { workspace: Workspace }) {
  const rename = useRename();
  const navigate = useNavigate();
  const [name, setName] = useState(w.name);
  const saved = useUnsaved(name !== w.name);
  const problem = name !== w.name && !isName(name) ? create.nameBad : rename.error instanceof ApiError ? (rename.error.field("name") ?? rename.error.message) : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isName(name) || name === w.name) return;
    rename.mutate({ id: w.id, ask: { name } }, { onSuccess: () => (saved(), void navigate({ to: "/@{$user}/$workspace/settings", params: { user: w.owner_name, workspace: name }, replace: true }).then(rename.refresh)) });
  };
  return (
    <Section title={words.rename}>
      <form className="form" onSubmit={submit}>
        <TextInput label={words.rename} description={w.allow_renames ? words.renameHint : words.renameForbidden} value={name} error={problem} disabled={!w.allow_renames} onChange={(event) => setName(event.currentTarget.value)} />
        {w.allow_renames && (
          <div>
            <Button type="submit" disabled={name === w.name} busy={rename.isPending}>
              {words.renameDo}
            </Button>
          </div>
        )}
      </form>
    </Section>
  );
}

function Danger({ workspace: w }: { workspace: Workspace }) {
  const [open, setOpen] = useState(false);
  const navigate = useNavigate();
  return (
    <Section title={words.danger}>
      <p className="muted">{words.dangerHint}</p>
      <div>
        <Button icon="trash" kind="danger" disabled={!can(w).delete} onClick={() => setOpen(true)}>
          {words.deleteDo}
        </Button>
      </div>
      <DeleteDialog workspaces={[w]} open={open} onClose={() => setOpen(false)} onDone={() => void navigate({ to: "/workspaces" })} />
    </Section>
  );
}
