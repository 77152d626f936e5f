// The session ended while somebody was at work: they sign in over the page, and what they typed stays.
import type { User } from "@gen";
import { Modal, PasswordInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useEffect, useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { authMethods, client, meQuery, useLoginAgain } from "@/me/queries";
import { again as words, login } from "@/strings/app";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

// Another person than before: nothing of what is on the page is theirs.
function go(before: User, now: User | undefined): void {
  if (now && now.id !== before.id) window.location.assign("/");
  else void client.invalidateQueries();
}

export function SignInAgain({ who }: { who: User }) {
  const [before] = useState(who);
  return (
    <Modal opened onClose={() => {}} title={words.title} size={440} yOffset="12dvh" withCloseButton={false} closeOnClickOutside={false} closeOnEscape={false} transitionProps={{ duration: 0 }}>
      <div className="form">
        <p>{words.lead(before.name || before.username)}</p>
        {before.login_type === "password" ? <ByPassword who={before} /> : <Elsewhere who={before} />}
        <p>
          <a href="/login">{words.another}</a>
        </p>
      </div>
    </Modal>
  );
}

function ByPassword({ who }: { who: User }) {
  const signIn = useLoginAgain();
  const [password, setPassword] = useState("");
  const wrong = signIn.error instanceof ApiError && signIn.error.status === 401;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    signIn.mutate({ email: who.email, password }, { onSuccess: (now) => go(who, now) });
  };
  return (
    <form className="form" onSubmit={submit}>
      {signIn.error && (
        <div className="notice" data-tone="bad" role="alert">
          <Icon name="warning" />
          <p>{wrong ? words.wrong : signIn.error.message}</p>
        </div>
      )}
      <input type="hidden" autoComplete="username" value={who.email} readOnly />
      <PasswordInput label={login.password} description={who.email} name="password" autoComplete="current-password" data-autofocus value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      <div>
        <Button type="submit" kind="main" busy={signIn.isPending}>
          {login.submit}
        </Button>
      </div>
    </form>
  );
}

// Another service is asked in a window of its own; once somebody comes back from there, it is seen whether that was done.
function Elsewhere({ who }: { who: User }) {
  const methods = useQuery(authMethods).data;
  useEffect(() => {
    const look = () => document.visibilityState === "visible" && void client.fetchQuery({ ...meQuery, staleTime: 0 }).then((now) => go(who, now), () => undefined);
    document.addEventListener("visibilitychange", look);
    window.addEventListener("focus", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      window.removeEventListener("focus", look);
    };
  }, [who]);
  const ways = [
    ...(methods?.oidc?.enabled ? [{ path: "oidc", label: login.oidc(methods.oidc.signInText) }] : []),
    ...(methods?.github?.enabled ? [{ path: "oauth2/github", label: login.github }] : []),
  ];
  return (
    <>
      <p className="muted small">{words.elsewhere}</p>
      {ways.map(({ path, label }) => (
        <a key={path} className="btn" href={`/api/v2/users/${path}/callback?redirect=${encodeURIComponent("/")}`} target="_blank" rel="noopener">
          {label}
        </a>
      ))}
    </>
  );
}
