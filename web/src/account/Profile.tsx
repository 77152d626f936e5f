import { TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isName } from "@/lib/names";
import { useMe } from "@/me/queries";
import { words } from "@/strings/account";
import { setup } from "@/strings/app";
import { Button } from "@/ui/Button";
import { toast, toastError } from "@/ui/toast";
import { useSetProfile } from "@/users/queries";

export function Profile() {
  const me = useMe();
  const save = useSetProfile();
  const [username, setUsername] = useState(me.username);
  const [name, setName] = useState(me.name ?? "");
  const error = save.error instanceof ApiError ? save.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!isName(username)) return;
    save.mutate({ username, name, avatar_url: me.avatar_url ?? "" }, { onSuccess: () => toast(words.saved), onError: (e) => e instanceof ApiError && e.fields.length === 0 && toastError(e) });
  };
  return (
    <form className="form" onSubmit={submit}>
      <TextInput label={words.name} value={name} autoComplete="name" error={error?.field("name")} onChange={(event) => setName(event.currentTarget.value)} />
      <TextInput label={words.username} description={setup.usernameHint} value={username} autoComplete="username" error={isName(username) ? error?.field("username") : setup.usernameBad} onChange={(event) => setUsername(event.currentTarget.value)} />
      <TextInput label={words.email} description={words.emailHint} value={me.email} disabled />
      <div>
        <Button type="submit" kind="main" disabled={username === me.username && name === (me.name ?? "")} busy={save.isPending}>
          {words.save}
        </Button>
      </div>
    </form>
  );
}
