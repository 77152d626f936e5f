// A template's pools: how full each is, and why it is as it is.
import type { PrebuildPool, Template } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useRights } from "@/me/queries";
import { words } from "@/strings/prebuilds";
import { Ago } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Blank, Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { toast, toastError } from "@/ui/toast";
import { poolsOf, useRenew } from "./queries";
import { poolState, shownPools } from "./state";
import "./prebuilds.css";

export function Pools({ template: t }: { template: Template }) {
  const status = useQuery(poolsOf(t.id));
  const rights = useRights();
  return (
    <Section title={words.title} acts={rights.updateTemplate && (status.data?.pools.length ?? 0) > 0 && <Renew template={t} />}>
      <Load query={status} skeleton={<Bones rows={3} height={72} />}>
        {(found) => (
          <>
            {found.paused && <Paused />}
            {shownPools(found).length === 0 ? <NoPools title={words.none} /> : <ul className="pools">{shownPools(found).map((pool) => <Pool key={pool.preset_id} pool={pool} paused={found.paused} />)}</ul>}
            {found.pools.length > 0 && (
              <p className="small">
                <Link to="/workspaces" search={{ q: `owner:prebuilds template:${t.name}` }}>
                  {words.waiting}
                </Link>
              </p>
            )}
          </>
        )}
      </Load>
    </Section>
  );
}

export function NoPools({ title }: { title: string }) {
  return (
    <Blank title={title} text={words.emptyHint}>
      <pre className="pool-lines">{words.emptyLines}</pre>
    </Blank>
  );
}

export function Paused() {
  return (
    <div className="notice" data-tone="wait" role="status">
      <Icon name="clock" />
      <p>{words.paused}</p>
    </div>
  );
}

function Pool({ pool, paused }: { pool: PrebuildPool; paused: boolean }) {
  const state = poolState(pool, paused);
  return (
    <li className="pool">
      <div className="pool-head">
        <strong>{pool.preset_name}</strong>
        <span className="muted small grow">{words.version(pool.template_version_name)}</span>
        <State tone={state.tone} word={state.word} />
        <span className="num nowrap">{words.counts(pool.counts.eligible, pool.counts.desired)}</span>
      </div>
      {pool.reason && <p className="small">{pool.reason}</p>}
      {pool.last_failure && !pool.reason.includes(pool.last_failure) && (
        <p className="small muted">
          {words.failed} <Ago at={pool.last_failure_at} /> {words.said} {pool.last_failure}
        </p>
      )}
    </li>
  );
}

function Renew({ template: t }: { template: Template }) {
  const [asked, setAsked] = useState(false);
  const renew = useRenew();
  const yes = () =>
    renew.mutate(t.id, {
      onSuccess: (done) => {
        setAsked(false);
        toast(words.renewed(done.invalidated.length));
      },
      onError: toastError,
    });
  return (
    <>
      <Button icon="restart" onClick={() => setAsked(true)}>
        {words.renew}
      </Button>
      <Confirm open={asked} title={words.renewTitle} act={words.renew} busy={renew.isPending} onClose={() => setAsked(false)} onYes={yes}>
        <p>{words.renewHint}</p>
      </Confirm>
    </>
  );
}
