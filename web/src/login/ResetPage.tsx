import { TextInput } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { isEmail } from "@/lib/names";
import { useAskForCode } from "@/me/queries";
import { reset as words } from "@/strings/app";
import { Solo } from "@/ui/Solo";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";

export function ResetPage() {
  const ask = useAskForCode();
  return (
    <Solo title={words.askTitle}>
      {ask.isSuccess ? <Sent email={ask.variables.email} again={ask.reset} /> : <Ask ask={ask} />}
      <p>
        <Link to="/login">{words.back}</Link>
      </p>
    </Solo>
  );
}

function Ask({ ask }: { ask: ReturnType<typeof useAskForCode> }) {
  const [email, setEmail] = useState("");
  const [tried, setTried] = useState(false);
  const error = ask.error instanceof ApiError ? ask.error : undefined;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isEmail(email)) ask.mutate({ email });
  };
  return (
    <form className="form" onSubmit={submit} noValidate>
      <div>
        <h1>{words.askTitle}</h1>
        <p className="muted">{words.lead}</p>
      </div>
      {error && error.fields.length === 0 && <Failure error={error} />}
      <TextInput
        label={words.email}
        type="email"
        name="email"
        autoComplete="username"
        required
        withAsterisk={false}
        autoFocus
        value={email}
        error={(tried && !isEmail(email) ? words.emailBad : undefined) ?? error?.field("email")}
        onChange={(event) => setEmail(event.currentTarget.value)}
      />
      <Button type="submit" kind="main" busy={ask.isPending}>
        {words.send}
      </Button>
    </form>
  );
}

// The same words whether or not there is such an account: the server does not tell, and neither does the page.
function Sent({ email, again }: { email: string; again: () => void }) {
  return (
    <div className="form" role="status">
      <div>
        <h1>{words.sentTitle}</h1>
        <p>{words.sent(email)}</p>
        <p className="muted">{words.soon}</p>
        <p className="muted">{words.none}</p>
      </div>
      <Button onClick={again}>{words.again}</Button>
    </div>
  );
}
