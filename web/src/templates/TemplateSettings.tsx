import type { Template, UpdateTemplateMeta } from "@gen";
import { NumberInput, Select, Switch, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { words as common } from "@/strings/common";
import { words } from "@/strings/templates";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { DeleteSection } from "@/ui/DeleteSection";
import { toast, toastError } from "@/ui/toast";
import { countQuery, useDeleteTemplate, useUpdateTemplate } from "./queries";

const kHour = 3_600_000;

export function TemplateSettings({ template: t }: { template: Template }) {
  const update = useUpdateTemplate();
  const [form, setForm] = useState<UpdateTemplateMeta>({});
  const at = { ...t, ...form };
  const set = (change: UpdateTemplateMeta) => setForm((old) => ({ ...old, ...change }));
  const error = update.error instanceof ApiError ? update.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    update.mutate({ template: t.id, ask: form }, { onSuccess: () => (setForm({}), toast(common.saved)), onError: (problem) => problem instanceof ApiError && problem.fields.length === 0 && toastError(problem) });
  };
  const toggles = [
    ["allow_user_autostart", words.autostart],
    ["allow_user_autostop", words.autostop],
    ["allow_user_cancel_workspace_jobs", words.cancel],
    ["require_active_version", words.requireActive],
  ] as const;
  return (
    <div className="stack loose" style={{ maxWidth: 620 }}>
      <form className="form" onSubmit={submit}>
        <TextInput label={common.name} value={at.name} error={error?.field("name")} onChange={(e) => set({ name: e.currentTarget.value })} />
        <TextInput label={words.displayName} value={at.display_name} maxLength={64} error={error?.field("display_name")} onChange={(e) => set({ display_name: e.currentTarget.value })} />
        <Textarea label={words.description} value={at.description} rows={2} maxLength={128} onChange={(e) => set({ description: e.currentTarget.value })} />
        <TextInput label={words.icon} description={words.iconHint} value={at.icon} leftSection={<Picture url={at.icon} name={t.name} size={18} />} error={error?.field("icon")} onChange={(e) => set({ icon: e.currentTarget.value })} />
        <NumberInput label={words.ttl} description={words.ttlHint} min={0} max={24 * 30} suffix={` ${words.hours}`} value={at.default_ttl_ms / kHour} onChange={(value) => set({ default_ttl_ms: Math.round((Number(value) || 0) * kHour) })} />
        <Select
          label={words.shareMost}
          description={words.shareMostHint}
          data={Object.entries(words.shareLevels).map(([value, label]) => ({ value, label }))}
          value={at.max_port_share_level}
          allowDeselect={false}
          error={error?.field("max_port_share_level")}
          onChange={(level) => level && set({ max_port_share_level: level as Template["max_port_share_level"] })}
        />
        {toggles.map(([key, label]) => (
          <Switch key={key} label={label} checked={at[key]} onChange={(e) => set({ [key]: e.currentTarget.checked })} />
        ))}
        <Textarea label={words.retire} description={words.retireHint} value={at.deprecation_message} rows={2} onChange={(e) => set({ deprecation_message: e.currentTarget.value })} />
        <div>
          <Button type="submit" kind="main" disabled={Object.keys(form).length === 0} busy={update.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
      <Danger template={t} />
    </div>
  );
}

function Danger({ template: t }: { template: Template }) {
  const remove = useDeleteTemplate();
  const navigate = useNavigate();
  const q = `template:${t.name} organization:${t.organization_name}`;
  const used = useQuery({ ...countQuery(q), staleTime: 0, retry: false }).data?.count ?? 0;
  const blocked = used > 0 && (
    <>
      {words.deleteUsed(used)}{" "}
      <Link to="/workspaces" search={{ q }}>
        {words.behindShow(used)}
      </Link>
    </>
  );
  return <DeleteSection words={words} id={t.id} title={t.display_name || t.name} blocked={blocked || undefined} goes={<p>{words.deleteGoes}</p>} remove={remove} onGone={() => void navigate({ to: "/templates" })} />;
}
