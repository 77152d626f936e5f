import { PasswordInput, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useRouter, useSearch } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { safeReturn } from "@/lib/safe";
import { authMethods, hasFirstUser, meQuery, useLogin } from "@/me/queries";
import { login as words } from "@/strings/app";
import { Go, goTo } from "@/ui/Go";
import { Solo } from "@/ui/Solo";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

export function LoginPage() {
  const { redirect } = useSearch({ from: "/login" });
  const first = useQuery(hasFirstUser);
  const me = useQuery({ ...meQuery, retry: false });
  const target = safeReturn(redirect, window.location.origin);
  if (first.data === false) return <Go to="/setup" />;
  if (me.data) return <Go to={target} />;
  return (
    <Solo title={words.title}>
      <div>
        <h1>{words.title}</h1>
        <p className="muted">{redirect ? words.ended : words.lead}</p>
      </div>
      <PasswordForm target={target} />
      <OtherWays target={target} />
    </Solo>
  );
}

function PasswordForm({ target }: { target: string }) {
  const login = useLogin();
  const router = useRouter();
  const [email, setEmail] = useState("");
  const [password, setPassword] = useState("");
  const wrong = login.error instanceof ApiError && login.error.status === 401;
  const submit = (event: FormEvent) => {
    event.preventDefault();
    login.mutate({ email, password }, { onSuccess: () => goTo(router, target) });
  };
  return (
    <form className="form" onSubmit={submit}>
      {login.error && (
        <div className="notice" data-tone="bad" role="alert">
          <Icon name="warning" />
          <p>{wrong ? words.wrong : login.error.message}</p>
        </div>
      )}
      <TextInput label={words.email} type="email" name="email" autoComplete="username" required withAsterisk={false} autoFocus value={email} onChange={(event) => setEmail(event.currentTarget.value)} />
      <PasswordInput label={words.password} name="password" autoComplete="current-password" required withAsterisk={false} value={password} onChange={(event) => setPassword(event.currentTarget.value)} />
      <Button type="submit" kind="main" busy={login.isPending}>
        {words.submit}
      </Button>
      <p>
        <Link to="/reset-password">{words.forgot}</Link>
      </p>
    </form>
  );
}

function OtherWays({ target }: { target: string }) {
  const methods = useQuery(authMethods).data;
  const back = `?redirect=${encodeURIComponent(target)}`;
  if (!methods?.github?.enabled && !methods?.oidc?.enabled) return null;
  return (
    <>
      <div className="or">{words.or}</div>
      {methods.github?.enabled && (
        <a className="btn" href={`/api/v2/users/oauth2/github/callback${back}`}>
          {words.github}
        </a>
      )}
      {methods.oidc?.enabled && (
        <a className="btn" href={`/api/v2/users/oidc/callback${back}`}>
          {words.oidc(methods.oidc.signInText)}
        </a>
      )}
    </>
  );
}
