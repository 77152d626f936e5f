// What reaches one: a switch for each kind, and when mails may come. Each change counts at once.
import type { NotificationTemplate, NotificationUserSettings } from "@gen";
import { Select, Switch } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useMe, useRights } from "@/me/queries";
import { choices as words } from "@/strings/inbox";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { zones } from "@/workspaces/schedule";
import { choosable, type Group, isOn, wayOf } from "./kinds";
import { customKinds, methodsQuery, pauseQuery, preferencesQuery, systemKinds, timesQuery, useSetPreference, useSetTimes } from "./queries";
import "./inbox.css";

const nameOf = (kind: NotificationTemplate): string => words.kinds[kind.id] ?? kind.name;

export function Choices() {
  const me = useMe();
  const rights = useRights();
  const system = useQuery(systemKinds);
  const custom = useQuery(customKinds).data ?? [];
  const paused = useQuery(pauseQuery).data?.notifier_paused ?? false;
  return (
    <div className="stack loose">
      <p className="muted">{words.lead(me.email)}</p>
      {paused && (
        <div className="notice" data-tone="wait" role="status">
          <Icon name="info" />
          <p>{words.paused}</p>
        </div>
      )}
      <Load query={system} skeleton={<Bones rows={8} />}>
        {(kinds) => (
          <>
            {choosable([...kinds, ...custom], rights).map((group) => (
              <GroupOfKinds key={group.name} group={group} />
            ))}
            <p className="muted small">{words.code}</p>
            <Stop kinds={kinds} />
          </>
        )}
      </Load>
      <Times />
    </div>
  );
}

function GroupOfKinds({ group }: { group: Group }) {
  const chosen = useQuery(preferencesQuery);
  const usual = useQuery(methodsQuery).data?.default ?? "smtp";
  const set = useSetPreference();
  return (
    <Section title={words.groups[group.name] ?? words.rest}>
      <Load query={chosen} skeleton={<Bones rows={group.kinds.length} />}>
        {(preferences) => (
          <ul>
            {group.kinds.map((kind) => (
              <li key={kind.id} className="choice">
                <label className="grow" htmlFor={`kind-${kind.id}`}>
                  {nameOf(kind)}
                  {!kind.enabled_by_default && <small>{words.offUnlessAsked}</small>}
                </label>
                <span className="small muted">{words.ways[wayOf(kind, usual)]}</span>
                <Switch id={`kind-${kind.id}`} checked={isOn(kind, preferences)} onChange={(event) => set.mutate({ id: kind.id, on: event.currentTarget.checked }, { onError: toastError })} />
              </li>
            ))}
          </ul>
        )}
      </Load>
    </Section>
  );
}

// Whoever comes from the end of a mail wants no more of its kind; only a click decides that, never the address.
function Stop({ kinds }: { kinds: NotificationTemplate[] }) {
  const asked = useSearch({ strict: false }).stop;
  const navigate = useNavigate();
  const set = useSetPreference();
  const kind = kinds.find((one) => one.id === asked);
  const close = () => void navigate({ to: "/account", search: { tab: "notifications" }, replace: true });
  if (!kind) return null;
  const stop = () => set.mutate({ id: kind.id, on: false }, { onSuccess: () => (close(), toast(words.stopped(nameOf(kind)))), onError: toastError });
  return (
    <Confirm open title={words.stopTitle(nameOf(kind))} act={words.stop} busy={set.isPending} onClose={close} onYes={stop}>
      <p>{words.stopHint}</p>
    </Confirm>
  );
}

function Times() {
  const times = useQuery(timesQuery);
  return (
    <Section title={words.mails}>
      <Load query={times} skeleton={<Bones rows={2} />}>
        {(kept) => <TimesForm kept={kept} />}
      </Load>
    </Section>
  );
}

function TimesForm({ kept }: { kept: NotificationUserSettings }) {
  const save = useSetTimes();
  const hours = Array.from({ length: 24 }, (_, hour) => ({ value: String(hour), label: words.hourOf(hour) }));
  // Who never chose a zone means the one they are in.
  const change = (part: Partial<NotificationUserSettings>) => {
    const zone = kept.digest === "off" && kept.timezone === "UTC" ? Intl.DateTimeFormat().resolvedOptions().timeZone : kept.timezone;
    save.mutate({ ...kept, timezone: zone, ...part }, { onError: toastError });
  };
  return (
    <div className="form">
      <Select
        label={words.digest}
        description={words.digestHint}
        data={Object.entries(words.digests).map(([value, label]) => ({ value, label }))}
        allowDeselect={false}
        value={kept.digest}
        onChange={(digest) => digest && change({ digest })}
      />
      {kept.digest === "daily" && (
        <div className="pair">
          <Select label={words.hour} data={hours} allowDeselect={false} value={String(kept.digest_hour)} onChange={(hour) => hour && change({ digest_hour: Number(hour) })} />
          <Select label={words.zone} data={zones()} searchable limit={60} allowDeselect={false} value={kept.timezone} onChange={(timezone) => timezone && change({ timezone })} />
        </div>
      )}
      <Switch label={words.quiet} description={words.quietHint} checked={kept.hold_quiet_hours} onChange={(event) => change({ hold_quiet_hours: event.currentTarget.checked })} />
    </div>
  );
}
