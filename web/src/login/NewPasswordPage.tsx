import { PasswordInput, TextInput } from "@mantine/core";
import { Link, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { useNewPassword } from "@/me/queries";
import { reset as words } from "@/strings/app";
import { Solo } from "@/ui/Solo";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";
import { faults, type NewPassword } from "./reset";

export function NewPasswordPage() {
  const { otp, email } = useSearch({ from: "/reset-password/change" });
  const change = useNewPassword();
  return (
    <Solo title={change.isSuccess ? words.doneTitle : words.title}>
      {change.isSuccess ? <Done /> : <Form code={otp ?? ""} email={email ?? ""} change={change} />}
    </Solo>
  );
}

function Done() {
  return (
    <div className="form" role="status">
      <div>
        <h1>{words.doneTitle}</h1>
        <p className="muted">{words.done}</p>
      </div>
      <Link className="btn" data-kind="main" to="/login">
        {words.signIn}
      </Link>
    </div>
  );
}

type FormProps = { code: string; email: string; change: ReturnType<typeof useNewPassword> };

// The mail's link fills in address and code; whoever came without it types them.
function Form({ code, email, change }: FormProps) {
  const [form, setForm] = useState<NewPassword>({ email, code, fresh: "", again: "" });
  const [tried, setTried] = useState(false);
  const wrong = tried ? faults(form) : {};
  const error = change.error instanceof ApiError ? change.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (Object.keys(faults(form)).length === 0) change.mutate({ email: form.email, one_time_passcode: form.code.trim(), password: form.fresh });
  };
  const set = (key: keyof NewPassword) => (event: { currentTarget: { value: string } }) => {
    const { value } = event.currentTarget;
    setForm((old) => ({ ...old, [key]: value }));
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <div>
        <h1>{words.title}</h1>
        <p className="muted">{words.changeLead}</p>
      </div>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <TextInput label={words.email} type="email" name="email" autoComplete="username" required withAsterisk={false} readOnly={email !== ""} value={form.email} error={wrong.email ?? error?.field("email")} onChange={set("email")} />
      {code === "" && <TextInput label={words.code} name="code" autoComplete="one-time-code" required withAsterisk={false} value={form.code} error={wrong.code} onChange={set("code")} />}
      <PasswordInput label={words.fresh} name="password" autoComplete="new-password" required withAsterisk={false} autoFocus value={form.fresh} error={wrong.fresh ?? error?.field("password")} onChange={set("fresh")} />
      <PasswordInput label={words.freshAgain} name="again" autoComplete="new-password" required withAsterisk={false} value={form.again} error={wrong.again} onChange={set("again")} />
      <Button type="submit" kind="main" busy={change.isPending}>
        {words.change}
      </Button>
      {error && (
        <p>
          <Link to="/reset-password">{words.again}</Link>
        </p>
      )}
    </form>
  );
}
