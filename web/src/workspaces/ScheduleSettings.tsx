import type { Template, Workspace } from "@gen";
import { NumberInput, Select, Switch, TextInput } from "@mantine/core";
import { useState, type FormEvent } from "react";
import { words as common } from "@/strings/common";
import { settings as words } from "@/strings/workspaces";
import { Button } from "@/ui/Button";
import { Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { useUnsaved } from "@/ui/Unsaved";
import { useAutostart, useTtl } from "./queries";
import { formatSchedule, kWeek, parseSchedule, zones } from "./schedule";

const kHour = 3_600_000;

export function ScheduleSettings({ workspace: w, template }: { workspace: Workspace; template: Template | undefined }) {
  const kept = parseSchedule(w.autostart_schedule);
  const custom = Boolean(w.autostart_schedule) && !kept;
  const [on, setOn] = useState(Boolean(w.autostart_schedule));
  const [plan, setPlan] = useState(kept ?? { time: "09:00", days: [1, 2, 3, 4, 5], zone: Intl.DateTimeFormat().resolvedOptions().timeZone });
  const [hours, setHours] = useState((w.ttl_ms ?? 0) / kHour);
  const [touched, setTouched] = useState(false);
  useUnsaved(touched);
  const autostart = useAutostart();
  const ttl = useTtl();
  const mayStart = template?.allow_user_autostart !== false;
  const mayStop = template?.allow_user_autostop !== false;
  const change = <T,>(set: (value: T) => void) => (value: T) => {
    set(value);
    setTouched(true);
  };
  const toggleDay = (day: number) => change(setPlan)({ ...plan, days: plan.days.includes(day) ? plan.days.filter((d) => d !== day) : [...plan.days, day] });

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    try {
      const schedule = on && plan.days.length > 0 ? formatSchedule(plan) : null;
      if (mayStart && schedule !== (w.autostart_schedule ?? null) && (touched || !custom)) await autostart.mutateAsync({ id: w.id, schedule });
      const ms = Math.round(hours * kHour);
      if (mayStop && ms !== (w.ttl_ms ?? 0)) await ttl.mutateAsync({ id: w.id, ms: ms === 0 ? null : ms });
      setTouched(false);
      toast(common.saved);
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <Section title={words.schedule}>
      <form className="form" onSubmit={(event) => void submit(event)}>
        <Switch label={words.autostart} description={mayStart ? (custom ? words.customCron : words.autostartHint) : words.notAllowed} disabled={!mayStart} checked={on} onChange={(event) => change(setOn)(event.currentTarget.checked)} />
        {on && mayStart && (
          <>
            <div className="days" role="group" aria-label={words.days}>
              {kWeek.map(({ day, name }) => (
                <button key={day} type="button" className="chip" aria-pressed={plan.days.includes(day)} onClick={() => toggleDay(day)}>
                  {name}
                </button>
              ))}
            </div>
            <div className="pair">
              <TextInput type="time" label={words.time} value={plan.time} onChange={(event) => change(setPlan)({ ...plan, time: event.currentTarget.value })} />
              <Select label={words.zone} data={zones()} searchable limit={60} allowDeselect={false} value={plan.zone} onChange={(zone) => zone && change(setPlan)({ ...plan, zone })} />
            </div>
          </>
        )}
        <NumberInput
          label={words.ttl}
          description={mayStop ? words.ttlHint : words.notAllowed}
          disabled={!mayStop}
          min={0}
          max={24 * 30}
          suffix={` ${words.hours}`}
          value={hours}
          onChange={(value) => change(setHours)(Number(value) || 0)}
        />
        <div>
          <Button type="submit" disabled={!touched} busy={autostart.isPending || ttl.isPending}>
            {common.save}
          </Button>
        </div>
      </form>
    </Section>
  );
}
