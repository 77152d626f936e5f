import { PasswordInput, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isEmail, isName } from "@/lib/names";
import { useFirstUser } from "@/me/queries";
import { setup as words } from "@/strings/app";
import { words as common } from "@/strings/common";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";

type FirstUserProps = { step: number; onStep: (step: number) => void; onMade: () => void };

const kNoTrial = { first_name: "", last_name: "", phone_number: "", job_title: "", company_name: "", country: "", developers: "" };

// A username to begin with, from what was typed as the name or the address.
function suggest(name: string, email: string): string {
  const from = (name || email.split("@")[0] || "").normalize("NFKD").toLowerCase();
  return from.replaceAll(/[^a-z0-9]+/g, "-").replaceAll(/^-+|-+$/g, "").slice(0, 32);
}

export function FirstUser({ step, onStep, onMade }: FirstUserProps) {
  const [name, setName] = useState("");
  const [email, setEmail] = useState("");
  const [typedUsername, setUsername] = useState<string>();
  const [password, setPassword] = useState("");
  const [tried, setTried] = useState(false);
  const create = useFirstUser();
  const username = typedUsername ?? suggest(name, email);
  const error = create.error instanceof ApiError ? create.error : undefined;
  const emailBad = tried && !isEmail(email) ? words.emailBad : error?.field("email");
  const usernameBad = tried && !isName(username) ? words.usernameBad : error?.field("username");

  const next = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isEmail(email) && isName(username)) {
      setTried(false);
      onStep(2);
    }
  };
  const finish = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (password.length < 8) return;
    create.mutate({ email, username, name, password, trial: false, trial_info: kNoTrial }, { onSuccess: onMade, onError: backToField });
  };
  const backToField = (problem: unknown) => {
    if (problem instanceof ApiError && (problem.field("email") || problem.field("username"))) onStep(1);
  };

  if (step === 1) {
    return (
      <form className="form" onSubmit={next} noValidate>
        <div>
          <h1>{words.who}</h1>
          <p className="muted">{words.whoHint}</p>
        </div>
        <TextInput label={words.name} name="name" autoComplete="name" autoFocus value={name} onChange={(event) => setName(event.currentTarget.value)} />
        <TextInput label={words.email} name="email" type="email" autoComplete="email" required withAsterisk={false} value={email} error={emailBad} onChange={(event) => setEmail(event.currentTarget.value)} />
        <TextInput label={words.username} description={words.usernameHint} name="username" autoComplete="off" required withAsterisk={false} value={username} error={usernameBad} onChange={(event) => setUsername(event.currentTarget.value)} />
        <Button type="submit" kind="main">
          {words.next}
        </Button>
      </form>
    );
  }
  return (
    <form className="form" onSubmit={finish} noValidate>
      <div>
        <h1>{words.secret}</h1>
        <p className="muted">{words.secretHint}</p>
      </div>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <input type="hidden" name="username" autoComplete="username" value={email} readOnly />
      <PasswordInput
        label={words.password}
        name="password"
        autoComplete="new-password"
        autoFocus
        required
        withAsterisk={false}
        value={password}
        error={tried && password.length < 8 ? words.short : error?.field("password")}
        onChange={(event) => setPassword(event.currentTarget.value)}
      />
      <div className="form-acts">
        <Button onClick={() => onStep(1)}>{common.back}</Button>
        <Button type="submit" kind="main" busy={create.isPending}>
          {words.create}
        </Button>
      </div>
    </form>
  );
}
