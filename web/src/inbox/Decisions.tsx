import type { NotificationMessage, NotificationTemplate } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Fragment } from "react";
import { choices, deployment as words } from "@/strings/inbox";
import { Ago } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Blank, Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { Table } from "@/ui/Table";
import { toast, toastError } from "@/ui/toast";
import { kCode, wayOf } from "./kinds";
import { customKinds, methodsQuery, pauseQuery, systemKinds, undeliveredQuery, useDrop, usePause, useRetry, useSendTest, useSetMethod } from "./queries";

export function Ways() {
  const paused = useQuery(pauseQuery);
  const usual = useQuery(methodsQuery).data?.default ?? "smtp";
  const set = usePause();
  const test = useSendTest();
  const turn = (to: boolean) => set.mutate(to, { onSuccess: () => toast(to ? words.pausedNow : words.resumed), onError: toastError });
  return (
    <div className="stack" style={{ maxWidth: 680 }}>
      <Load query={paused} skeleton={<Bones rows={2} />}>
        {({ notifier_paused: off }) => (
          <div className="row wrap" style={{ justifyContent: "space-between" }}>
            <div className="grow" style={{ flexBasis: 260 }}>
              <State tone={off ? "off" : "good"} word={off ? words.paused : words.leaves} />
              <p className="muted small">{off ? words.pausedHint : words.goesHint}</p>
            </div>
            <Button kind={off ? "main" : "plain"} icon={off ? "play" : "pause"} busy={set.isPending} onClick={() => turn(!off)}>
              {off ? words.resume : words.pause}
            </Button>
          </div>
        )}
      </Load>
      <Section title={words.ways}>
        <p>{words.usual(usual === "webhook" ? choices.ways.webhook : choices.ways.smtp)}</p>
        <p className="muted small">
          {words.setBy}{" "}
          {words.settings.map((flag, i) => (
            <Fragment key={flag}>
              {i > 0 && ", "}
              <code className="nowrap">{flag}</code>
            </Fragment>
          ))}
        </p>
        <div>
          <Button busy={test.isPending} onClick={() => test.mutate(undefined, { onSuccess: () => toast(words.tested), onError: toastError })}>
            {words.test}
          </Button>
        </div>
      </Section>
    </div>
  );
}

export function Kinds() {
  const system = useQuery(systemKinds);
  const custom = useQuery(customKinds).data ?? [];
  const usual = useQuery(methodsQuery).data?.default ?? "smtp";
  return (
    <Load query={system} skeleton={<Bones rows={10} />}>
      {(kinds) => (
        <Table className="way-table" columns={[words.columns.kind, words.columns.group, words.columns.way]}>
          {[...kinds, ...custom].map((kind) => (
            <tr key={kind.id}>
              <td>{kind.name}</td>
              <td className="muted">{choices.groups[kind.group] ?? choices.rest}</td>
              <td className="way">{kind.id === kCode ? <span className="muted">{words.always}</span> : <Way kind={kind} usual={usual} />}</td>
            </tr>
          ))}
        </Table>
      )}
    </Load>
  );
}

function Way({ kind, usual }: { kind: NotificationTemplate; usual: string }) {
  const set = useSetMethod();
  const choose = (method: string | null) => {
    if (!method || method === kind.method) return;
    set.mutate({ id: kind.id, method }, { onSuccess: () => toast(words.changed(kind.name, (words.ways3[method] ?? method).toLowerCase())), onError: toastError });
  };
  return <Select aria-label={words.wayOf(kind.name)} data={Object.entries(words.ways3).map(([value, label]) => ({ value, label }))} allowDeselect={false} value={wayOf(kind, usual)} onChange={choose} />;
}

export function Undelivered() {
  const lost = useQuery(undeliveredQuery);
  return (
    <Load query={lost} skeleton={<Bones rows={4} height={56} />}>
      {(list) =>
        list.length === 0 ? (
          <Blank title={words.all} text={words.allHint} />
        ) : (
          <Table className="lost-table" columns={[words.lost.kind, words.lost.person, words.lost.way, words.lost.reason, words.lost.since]} acts={words.acts}>
            {list.map((message) => (
              <Lost key={message.id} message={message} />
            ))}
          </Table>
        )
      }
    </Load>
  );
}

function Lost({ message: m }: { message: NotificationMessage }) {
  const retry = useRetry();
  const drop = useDrop();
  return (
    <tr>
      <td>{m.template_name}</td>
      <td className="muted">{m.username}</td>
      <td className="muted">{m.method === "webhook" ? words.ways3.webhook : words.ways3.smtp}</td>
      <td>
        {m.status_reason} <span className="muted small nowrap">{words.attempts(m.attempt_count)}</span>
      </td>
      <td className="muted">
        <Ago at={m.updated_at} />
      </td>
      <td className="end nowrap">
        <Button size="small" busy={retry.isPending} onClick={() => retry.mutate(m.id, { onSuccess: () => toast(words.retried), onError: toastError })}>
          {words.retry}
        </Button>{" "}
        <Button size="small" kind="quiet" busy={drop.isPending} onClick={() => drop.mutate(m.id, { onSuccess: () => toast(words.dropped), onError: toastError })}>
          {words.drop}
        </Button>
      </td>
    </tr>
  );
}
