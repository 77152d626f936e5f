import type { User } from "@gen";
import { Modal, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { setup } from "@/strings/app";
import { words as common } from "@/strings/common";
import { words } from "@/strings/person";
import { Button } from "@/ui/Button";
import { toast, toastError } from "@/ui/toast";
import { useChangeProfile } from "./queries";

export function EditPerson({ user: u, onClose }: { user: User; onClose: () => void }) {
  const save = useChangeProfile();
  const navigate = useNavigate();
  const [form, setForm] = useState({ name: u.name ?? "", username: u.username });
  const error = save.error instanceof ApiError ? save.error : undefined;
  const same = form.name === (u.name ?? "") && form.username === u.username;
  const done = () => {
    toast(words.editSaved);
    onClose();
    if (form.username !== u.username) void navigate({ to: "/users/$name", params: { name: form.username }, replace: true });
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isName(form.username)) return;
    save.mutate({ id: u.id, ask: { ...form, avatar_url: u.avatar_url ?? "" } }, { onSuccess: done, onError: (problem) => problem instanceof ApiError && problem.fields.length === 0 && toastError(problem) });
  };
  return (
    <Modal opened onClose={onClose} title={words.editTitle(u.name || u.username)} centered closeOnClickOutside={same} closeOnEscape={same} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <form className="form" onSubmit={submit} noValidate>
        <TextInput label={words.editName} data-autofocus value={form.name} autoComplete="off" error={error?.field("name")} onChange={({ currentTarget: { value } }) => setForm((old) => ({ ...old, name: value }))} />
        <TextInput
          label={words.editUsername}
          description={words.editUsernameHint}
          value={form.username}
          autoComplete="off"
          error={isName(form.username) ? error?.field("username") : setup.usernameBad}
          onChange={({ currentTarget: { value } }) => setForm((old) => ({ ...old, username: value }))}
        />
        {u.email && <p className="muted small">{words.editEmail}</p>}
        <div className="form-acts" style={{ justifyContent: "flex-end" }}>
          <Button onClick={onClose}>{common.cancel}</Button>
          <Button type="submit" kind="main" disabled={same} busy={save.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
