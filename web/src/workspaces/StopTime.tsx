// When it stops, and by an hour sooner or later.
import type { Workspace } from "@gen";
import { dayTime, exactTime, parseTime } from "@/lib/time";
import { stopTime as words } from "@/strings/workspaces";
import { Ago, useNow } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Section } from "@/ui/Page";
import { toast, toastError, toastUndo } from "@/ui/toast";
import { moved } from "./deadline";
import { useExtend, useMay } from "./queries";

export function StopTime({ workspace: w }: { workspace: Workspace }) {
  const build = w.latest_build;
  const now = useNow(30_000);
  const extend = useExtend();
  const may = useMay(w).update;
  const stops = parseTime(build.deadline);
  const last = parseTime(build.max_deadline);
  if (build.status !== "running") return null;
  const move = (to: number, back?: number) =>
    extend.mutate(
      { id: w.id, deadline: new Date(to).toISOString() },
      { onSuccess: () => (back === undefined ? toast(words.moved(dayTime(to))) : toastUndo(words.moved(dayTime(to)), () => move(back))), onError: toastError },
    );
  const hour = (hours: number, label: string, why: string) => {
    const to = moved(build, hours, now);
    return (
      <Button size="small" disabled={to === undefined} busy={extend.isPending} title={to === undefined ? why : words.to(dayTime(to, now))} onClick={() => to !== undefined && move(to, stops)}>
        {label}
      </Button>
    );
  };
  return (
    <Section title={words.title}>
      {stops === undefined ? (
        <p className="muted">{words.never}</p>
      ) : (
        <>
          <p>
            <strong title={exactTime(stops)}>{dayTime(stops, now)}</strong>
            <span className="muted">
              , <Ago at={build.deadline} />
            </span>
          </p>
          {may && (
            <div className="row">
              {hour(-1, words.sooner, words.tooSoon)}
              {hour(1, words.later, words.tooLate)}
            </div>
          )}
          {last !== undefined && <p className="muted small">{words.limit(dayTime(last, now))}</p>}
        </>
      )}
    </Section>
  );
}
