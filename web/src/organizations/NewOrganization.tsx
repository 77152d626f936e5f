import { Modal } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { words as common } from "@/strings/common";
import { words } from "@/strings/organizations";
import { FormEnd } from "@/ui/FormEnd";
import { toast } from "@/ui/toast";
import { OrganizationFieldset } from "./OrganizationForm";
import { organizationName } from "./place";
import { useCreateOrganization } from "./queries";

export function NewOrganization({ onClose }: { onClose: () => void }) {
  const create = useCreateOrganization();
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: "", display_name: "", description: "", icon: "" });
  const [tried, setTried] = useState(false);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isName(form.name)) return;
    create.mutate(form, { onSuccess: (made) => (toast(words.created(organizationName(made))), onClose(), void navigate({ to: "/organizations/$org", params: { org: made.name } })) });
  };
  const error = create.error instanceof ApiError ? create.error : undefined;
  return (
    <Modal opened onClose={onClose} title={words.new} centered size={440} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <form className="form" onSubmit={submit} noValidate>
        <p className="muted">{words.newHint}</p>
        <OrganizationFieldset form={form} onChange={setForm} problem={create.error} tried={tried} />
        <FormEnd error={error} act={words.create} busy={create.isPending} onCancel={onClose} />
      </form>
    </Modal>
  );
}
