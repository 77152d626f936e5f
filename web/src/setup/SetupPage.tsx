import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { chunk } from "@/lib/chunk";
import { hasFirstUser, meQuery } from "@/me/queries";
import { setup as words } from "@/strings/app";
import type { Made } from "@/templates/Starters";
import { Go } from "@/ui/Go";
import { Solo } from "@/ui/Solo";
import { LinkButton } from "@/ui/Button";
import { Harbour } from "@/ui/Icon";
import { Bones, Failure } from "@/ui/Load";
import { State } from "@/ui/State";
import { FirstUser } from "./FirstUser";

const Starters = lazy(chunk(() => import("@/templates/Starters").then((m) => ({ default: m.Starters }))));

export function SetupPage() {
  const first = useQuery(hasFirstUser);
  const me = useQuery({ ...meQuery, enabled: first.data === true, retry: false });
  const [step, setStep] = useState(1);
  if (first.error) {
    return (
      <Solo title={words.title}>
        <Failure error={first.error} retry={() => void first.refetch()} />
      </Solo>
    );
  }
  if (first.data === undefined) return null;
  if (first.data && me.error) return <Go to="/login" />;
  if (first.data && !me.data) return null;
  const at = first.data ? 3 : step;
  return (
    <Solo title={words.title} wide={at === 3}>
      <Steps at={at} />
      {at === 3 ? <FirstTemplate /> : <FirstUser step={at} onStep={setStep} onMade={() => void first.refetch()} />}
    </Solo>
  );
}

function Steps({ at }: { at: number }) {
  return (
    <div>
      <div className="steps" aria-hidden="true">
        {[1, 2, 3].map((n) => (
          <span key={n} data-done={n <= at || undefined} />
        ))}
      </div>
      <p className="muted small" style={{ marginTop: 8 }}>
        {words.step(at, 3)}
      </p>
    </div>
  );
}

function FirstTemplate() {
  const navigate = useNavigate();
  const [made, setMade] = useState<Made>();
  if (made) {
    return (
      <div className="stack loose" style={{ alignItems: "flex-start" }}>
        <Harbour />
        <h1>{words.ready}</h1>
        <State tone="good" word={words.readyHint(made.label)} />
        <div className="row wrap">
          <LinkButton kind="main" icon="plus" to="/templates/$org/$name/workspace" params={{ org: made.org, name: made.name }}>
            {words.createWorkspace}
          </LinkButton>
          <button type="button" className="btn" data-kind="quiet" onClick={() => void navigate({ to: "/workspaces" })}>
            {words.later}
          </button>
        </div>
      </div>
    );
  }
  return (
    <>
      <div>
        <h1>{words.first}</h1>
        <p className="muted">{words.firstHint}</p>
      </div>
      <Suspense fallback={<Bones rows={4} height={72} />}>
        <Starters onMade={setMade} />
      </Suspense>
      <div>
        <LinkButton kind="quiet" to="/workspaces">
          {words.later}
        </LinkButton>
      </div>
    </>
  );
}
