import { Modal, Select, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isEmail, isName } from "@/lib/names";
import { useOrganizations } from "@/me/organization";
import { setup } from "@/strings/app";
import { words as common } from "@/strings/common";
import { words } from "@/strings/users";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";
import { toast } from "@/ui/toast";
import { useCreateUser } from "./queries";

function makePassword(): string {
  const letters = "abcdefghijkmnpqrstuvwxyzABCDEFGHJKLMNPQRSTUVWXYZ23456789";
  return [...crypto.getRandomValues(new Uint32Array(18))].map((n) => letters[n % letters.length]).join("");
}

export function AddUser({ open, onClose }: { open: boolean; onClose: () => void }) {
  return (
    <Modal opened={open} onClose={onClose} title={words.add} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <Form onClose={onClose} />
    </Modal>
  );
}

function Form({ onClose }: { onClose: () => void }) {
  const create = useCreateUser();
  const { all, usual } = useOrganizations();
  const [chosen, setChosen] = useState<string>();
  const org = all.find((o) => o.id === chosen) ?? usual;
  const [form, setForm] = useState({ email: "", username: "", name: "", password: "" });
  const [tried, setTried] = useState(false);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const problems = {
    email: isEmail(form.email) ? undefined : setup.emailBad,
    username: isName(form.username) ? undefined : setup.usernameBad,
    password: form.password.length >= 8 ? undefined : setup.short,
    name: undefined,
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.email || problems.username || problems.password) return;
    create.mutate({ ...form, login_type: "password", user_status: "active", organization_ids: org ? [org.id] : [] }, { onSuccess: (user) => (toast(words.created(user.username)), onClose()) });
  };
  const field = (key: keyof typeof form, type = "text", auto = "off") => ({
    label: words[key],
    type,
    value: form[key],
    autoComplete: auto,
    error: (tried ? problems[key] : undefined) ?? error?.field(key),
    onChange: (event: { currentTarget: { value: string } }) => {
      const { value } = event.currentTarget;
      setForm((old) => ({ ...old, [key]: value }));
    },
  });
  return (
    <form className="form" onSubmit={submit} noValidate>
      <TextInput {...field("email", "email")} data-autofocus />
      <TextInput {...field("username")} />
      <TextInput {...field("name")} />
      {all.length > 1 && <Select label={words.organization} data={all.map((o) => ({ value: o.id, label: o.display_name || o.name }))} value={org?.id ?? null} allowDeselect={false} onChange={(id) => id && setChosen(id)} />}
      <TextInput
        {...field("password", "text", "new-password")}
        description={words.createHint}
        rightSectionWidth={112}
        rightSection={
          <Button size="small" kind="quiet" onClick={() => setForm((old) => ({ ...old, password: makePassword() }))}>
            {words.suggest}
          </Button>
        }
      />
      {error && error.fields.length === 0 && <Failure error={error} />}
      <div className="form-acts" style={{ justifyContent: "flex-end" }}>
        <Button onClick={onClose}>{common.cancel}</Button>
        <Button type="submit" kind="main" busy={create.isPending}>
          {words.create}
        </Button>
      </div>
    </form>
  );
}
