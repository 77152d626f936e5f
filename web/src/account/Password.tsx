import { PasswordInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { useMe } from "@/me/queries";
import { words } from "@/strings/account";
import { Button } from "@/ui/Button";
import { toast, toastError } from "@/ui/toast";
import { useSetPassword } from "@/users/queries";
import { Sessions } from "./Sessions";

const kEmpty = { old: "", fresh: "", again: "" };

export function Password() {
  const me = useMe();
  const save = useSetPassword();
  const [form, setForm] = useState(kEmpty);
  const [tried, setTried] = useState(false);
  const error = save.error instanceof ApiError ? save.error : undefined;
  if (me.login_type !== "password")
    return (
      <div className="stack loose">
        <p className="muted">{words.notPassword}</p>
        <Sessions />
      </div>
    );

  const short = form.fresh.length < 8 ? words.short : undefined;
  const differ = form.fresh !== form.again ? words.differ : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (short || differ) return;
    save.mutate(
      { old_password: form.old, password: form.fresh },
      {
        onSuccess: () => {
          setForm(kEmpty);
          setTried(false);
          toast(words.changed);
        },
        onError: (e) => e instanceof ApiError && e.fields.length === 0 && toastError(e),
      },
    );
  };
  const set = (key: keyof typeof form) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((old) => ({ ...old, [key]: value }));
  };
  return (
    <div className="stack loose">
      <form className="form" onSubmit={submit} noValidate>
        <input type="hidden" autoComplete="username" value={me.email} readOnly />
        <PasswordInput label={words.old} autoComplete="current-password" value={form.old} error={error?.field("old_password")} onChange={set("old")} />
        <PasswordInput label={words.fresh} autoComplete="new-password" value={form.fresh} error={(tried ? short : undefined) ?? error?.field("password")} onChange={set("fresh")} />
        <PasswordInput label={words.again} autoComplete="new-password" value={form.again} error={tried ? differ : undefined} onChange={set("again")} />
        <div>
          <Button type="submit" kind="main" busy={save.isPending}>
            {words.change}
          </Button>
        </div>
      </form>
      <Sessions />
    </div>
  );
}
