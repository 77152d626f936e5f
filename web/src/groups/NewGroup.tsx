import { Modal, NumberInput, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { words as common } from "@/strings/common";
import { words } from "@/strings/groups";
import { FormEnd } from "@/ui/FormEnd";
import { toast } from "@/ui/toast";
import { nameOf } from "./names";
import { useCreateGroup } from "./queries";

export function NewGroup({ org, onClose }: { org: string; onClose: () => void }) {
  const create = useCreateGroup(org);
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: "", display_name: "", quota_allowance: 0 });
  const [tried, setTried] = useState(false);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isName(form.name)) return;
    create.mutate({ ...form, avatar_url: "" }, { onSuccess: (g) => (toast(words.created(nameOf(g))), void navigate({ to: "/organizations/$org/groups/$name", params: { org, name: g.name } })) });
  };
  return (
    <Modal opened onClose={onClose} title={words.add} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <form className="form" onSubmit={submit} noValidate>
        <TextInput label={words.name} description={words.nameHint} value={form.name} data-autofocus autoComplete="off" error={(tried && !isName(form.name) ? words.nameBad : undefined) ?? error?.field("name")} onChange={(e) => setForm({ ...form, name: e.currentTarget.value })} />
        <TextInput label={words.displayName} value={form.display_name} error={error?.field("display_name")} onChange={(e) => setForm({ ...form, display_name: e.currentTarget.value })} />
        <NumberInput label={words.quota} description={words.quotaHint} min={0} allowDecimal={false} value={form.quota_allowance} onChange={(v) => setForm({ ...form, quota_allowance: Number(v) || 0 })} />
        <FormEnd error={error} act={words.create} busy={create.isPending} onCancel={onClose} />
      </form>
    </Modal>
  );
}
