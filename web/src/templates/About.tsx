import type { Template } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { chunk } from "@/lib/chunk";
import { span } from "@/lib/time";
import { words } from "@/strings/templates";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { Planned } from "./Planned";
import { countQuery, versionQuery, versionResources } from "./queries";

const Markdown = lazy(chunk(() => import("@/ui/Markdown")));

export function About({ template: t }: { template: Template }) {
  const version = useQuery(versionQuery(t.active_version_id));
  const resources = useQuery(versionResources(t.active_version_id));
  return (
    <div className="tpl-about">
      <div className="stack loose grow">
        {t.description && <p>{t.description}</p>}
        <Section title={words.makes}>
          <Load query={resources} skeleton={<Bones rows={2} />}>
            {(list) => <Planned resources={list} />}
          </Load>
        </Section>
        <Section title={words.readme}>
          <Load query={version} skeleton={<Bones rows={4} />}>
            {(v) => (
              <Suspense fallback={<Bones rows={4} />}>{v.readme.trim() === "" ? <p className="muted">{words.noReadme}</p> : <Markdown text={v.readme} />}</Suspense>
            )}
          </Load>
        </Section>
      </div>
      <aside className="tpl-side">
        <Times template={t} />
        <Behind template={t} />
      </aside>
    </div>
  );
}

function Times({ template: t }: { template: Template }) {
  const known = Object.entries(t.build_time_stats).filter(([, stats]) => stats.P50 !== null);
  return (
    <Section title={words.times}>
      {known.length === 0 && <p className="muted">{words.timesNone}</p>}
      <dl className="facts small">
        {known.map(([transition, stats]) => (
          <Time key={transition} name={words.transitions[transition] ?? transition} half={stats.P50 ?? 0} most={stats.P95} />
        ))}
      </dl>
    </Section>
  );
}

function Time({ name, half, most }: { name: string; half: number; most: number | null }) {
  return (
    <>
      <dt>{name}</dt>
      <dd className="num">
        {words.half} {span(half)}
        {most !== null && (
          <>
            <br />
            {words.most} {span(most)}
          </>
        )}
      </dd>
    </>
  );
}

function Behind({ template: t }: { template: Template }) {
  const q = `template:${t.name} outdated:true`;
  const found = useQuery({ ...countQuery(q), retry: false }).data;
  if (!found || found.count === 0) return null;
  return (
    <p className="small">
      {words.behind(found.count)}.{" "}
      <Link to="/workspaces" search={{ q }}>
        {words.behindShow(found.count)}
      </Link>
    </p>
  );
}
