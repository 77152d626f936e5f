// Adds a person, or an account for a machine. A password that was made up here is shown once more, to be copied, before the dialog goes.
import type { LoginType } from "@gen";
import { Modal, Select, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isEmail, isName } from "@/lib/names";
import { useOrganizations } from "@/me/organization";
import { authMethods } from "@/me/queries";
import { setup } from "@/strings/app";
import { words as common } from "@/strings/common";
import { words } from "@/strings/users";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { FormEnd } from "@/ui/FormEnd";
import { Once } from "@/ui/Once";
import { toast } from "@/ui/toast";
import { makePassword } from "./password";
import { useCreateUser } from "./queries";

type Way = "password" | "oidc" | "github" | "service";
type Fields = { email: string; username: string; name: string; password: string };
type Made = { username: string; password: string };

export function AddUser({ open, onClose }: { open: boolean; onClose: () => void }) {
  const [made, setMade] = useState<Made>();
  if (!open) return null;
  if (made)
    return (
      <Once title={words.created(made.username)} onClose={() => (setMade(undefined), onClose())}>
        <p>{words.createdHint}</p>
        <CopyLine text={made.password} label={words.copyPassword} />
      </Once>
    );
  return (
    <Modal opened onClose={onClose} title={words.add} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <Form onClose={onClose} onMade={setMade} />
    </Modal>
  );
}

function useWays() {
  const methods = useQuery(authMethods).data;
  const ways: Way[] = ["password", ...(methods?.oidc?.enabled ? (["oidc"] as const) : []), ...(methods?.github?.enabled ? (["github"] as const) : []), "service"];
  return ways.map((value) => ({ value, label: words.ways[value] ?? value }));
}

// What is asked for depends on how they sign in: only a password is set here, and a service account has no mail address.
function askFor(way: Way, { email, username, name, password }: Fields, organization: string | undefined) {
  const place = { username, name, user_status: null, organization_ids: organization ? [organization] : [] };
  if (way === "service") return { ...place, email: "", password: "", login_type: "none" as LoginType, service_account: true };
  return { ...place, email, password: way === "password" ? password : "", login_type: way as LoginType, user_status: "active" as const };
}

function problemsOf(way: Way, form: Fields) {
  return {
    email: way === "service" || isEmail(form.email) ? undefined : setup.emailBad,
    username: isName(form.username) ? undefined : setup.usernameBad,
    password: way !== "password" || form.password.length >= 8 ? undefined : setup.short,
    name: undefined,
  };
}

function Form({ onClose, onMade }: { onClose: () => void; onMade: (made: Made) => void }) {
  const create = useCreateUser();
  const ways = useWays();
  const { all, usual } = useOrganizations();
  const [chosen, setChosen] = useState<string>();
  const org = all.find((o) => o.id === chosen) ?? usual;
  const [way, setWay] = useState<Way>("password");
  const [form, setForm] = useState<Fields>({ email: "", username: "", name: "", password: "" });
  const [madeUp, setMadeUp] = useState("");
  const [tried, setTried] = useState(false);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const problems = problemsOf(way, form);
  const done = (username: string) => {
    if (way === "password" && form.password === madeUp) return onMade({ username, password: madeUp });
    toast(way === "service" ? words.createdService(username) : words.created(username));
    onClose();
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (problems.email || problems.username || problems.password) return;
    create.mutate(askFor(way, form, org?.id), { onSuccess: (user) => done(user.username) });
  };
  const set = (key: keyof Fields, value: string) => setForm((old) => ({ ...old, [key]: value }));
  const field = (key: keyof Fields, type = "text", auto = "off") => ({
    label: words[key],
    type,
    value: form[key],
    autoComplete: auto,
    error: (tried ? problems[key] : undefined) ?? error?.field(key),
    onChange: (event: { currentTarget: { value: string } }) => set(key, event.currentTarget.value),
  });
  const suggest = () => {
    const password = makePassword();
    setMadeUp(password);
    set("password", password);
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <Select label={words.way} description={way === "password" ? undefined : words.wayHints[way]} data={ways} value={way} allowDeselect={false} onChange={(next) => next && setWay(next as Way)} />
      {way !== "service" && <TextInput {...field("email", "email")} data-autofocus />}
      <TextInput {...field("username")} />
      <TextInput {...field("name")} />
      {all.length > 1 && <Select label={words.organization} data={all.map((o) => ({ value: o.id, label: o.display_name || o.name }))} value={org?.id ?? null} allowDeselect={false} onChange={(id) => id && setChosen(id)} />}
      {way === "password" && (
        <TextInput
          {...field("password", "text", "new-password")}
          description={words.createHint}
          rightSectionWidth={112}
          rightSection={
            <Button size="small" kind="quiet" onClick={suggest}>
              {words.suggest}
            </Button>
          }
        />
      )}
      <FormEnd error={error} act={words.create} busy={create.isPending} onCancel={onClose} />
    </form>
  );
}
