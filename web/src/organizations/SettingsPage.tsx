import type { Organization } from "@gen";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { words as common } from "@/strings/common";
import { settings as words } from "@/strings/organizations";
import { Button } from "@/ui/Button";
import { DeleteSection } from "@/ui/DeleteSection";
import { Failure } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast } from "@/ui/toast";
import { DefaultRoles } from "./DefaultRoles";
import { OrganizationFieldset } from "./OrganizationForm";
import { organizationName, OrganizationPage, usePlace } from "./place";
import { type OrganizationRights, useChangeOrganization, useDeleteOrganization } from "./queries";
import { SharingMode } from "./SharingMode";

export function SettingsPage() {
  const place = usePlace();
  return (
    <OrganizationPage place={place} tab="settings">
      {(o) => (
        <div className="stack loose" style={{ maxWidth: 680 }}>
          {place.rights.update && <General key={o.id} organization={o} />}
          {place.rights.update && <DefaultRoles organization={o} rights={place.rights} />}
          {place.rights.update && <SharingMode organization={o} />}
          <Danger organization={o} rights={place.rights} />
        </div>
      )}
    </OrganizationPage>
  );
}

function General({ organization: o }: { organization: Organization }) {
  const change = useChangeOrganization(o.id);
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: o.name, display_name: o.display_name, description: o.description, icon: o.icon });
  const [tried, setTried] = useState(false);
  const same = form.name === o.name && form.display_name === o.display_name && form.description === o.description && form.icon === o.icon;
  const error = change.error instanceof ApiError ? change.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (!isName(form.name)) return;
    change.mutate(form, { onSuccess: (after) => (toast(words.saved), after.name !== o.name && void navigate({ to: "/organizations/$org/settings", params: { org: after.name }, replace: true })) });
  };
  return (
    <Section title={words.general}>
      <form className="form" onSubmit={submit} noValidate>
        <OrganizationFieldset form={form} onChange={setForm} problem={change.error} tried={tried} was={o.name} />
        {error && error.fields.length === 0 && <Failure error={error} />}
        <div>
          <Button type="submit" kind="main" disabled={same} busy={change.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}

function Danger({ organization: o, rights }: { organization: Organization; rights: OrganizationRights }) {
  const remove = useDeleteOrganization();
  const navigate = useNavigate();
  if (!rights.delete) return null;
  if (o.is_default)
    return (
      <Section title={words.danger}>
        <p className="muted">{words.isFirst}</p>
      </Section>
    );
  return <DeleteSection words={words} id={o.id} title={organizationName(o)} remove={remove} onGone={() => (toast(words.gone(organizationName(o))), void navigate({ to: "/organizations", search: {} }))} />;
}
