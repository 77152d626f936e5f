import type { Organization, ProvisionerJob } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/provisioners";
import { Ago, Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { Table } from "@/ui/Table";
import { toast, toastError } from "@/ui/toast";
import { Tags } from "./Daemons";
import { cancelRights, initiatorQuery, jobsQuery, useCancelJob } from "./queries";
import { cancelPath, jobState, jobTitle, tagsOf } from "./state";

export function Queue({ organization: o }: { organization: Organization }) {
  const jobs = useQuery(jobsQuery(o.id, false));
  const [open, setOpen] = useState(false);
  const ended = useQuery(jobsQuery(o.id, true, open));
  return (
    <Section title={words.queue} acts={<span className="muted small">{words.waiting(jobs.data?.length ?? 0)}</span>}>
      <Load query={jobs} skeleton={<Bones rows={2} height={56} />}>
        {(list) => (list.length === 0 ? <p className="muted">{words.queueNone}</p> : <List organization={o} jobs={[...list].reverse()} />)}
      </Load>
      <button type="button" className="fold-line" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} /> {words.ended}
      </button>
      {open && (
        <Load query={ended} skeleton={<Bones rows={3} height={56} />}>
          {(list) => (list.length === 0 ? <p className="muted">{words.endedNone}</p> : <List organization={o} jobs={list} />)}
        </Load>
      )}
    </Section>
  );
}

function List({ organization: o, jobs }: { organization: Organization; jobs: ProvisionerJob[] }) {
  const may = useQuery(cancelRights(o.id)).data;
  const { what, state, who, since } = words.queueColumns;
  return (
    <Table className="job-table" columns={[what, state, who, since]} acts={words.acts}>
      {jobs.map((job) => (
        <Row key={job.id} organization={o} job={job} may={(job.type === "workspace_build" ? may?.builds : may?.templates) ?? false} />
      ))}
    </Table>
  );
}

function Row({ organization: o, job, may }: { organization: Organization; job: ProvisionerJob; may: boolean }) {
  const { why, ...now } = jobState(job);
  const template = job.metadata.template_display_name || job.metadata.template_name;
  return (
    <tr>
      <td>
        <span className="row">
          <Picture url={job.metadata.template_icon} name={template || "?"} size={22} />
          <span style={{ minWidth: 0 }}>
            <span style={{ fontWeight: 550 }}>{jobTitle(job)}</span>
            <span className="muted small job-line">
              {job.type === "workspace_build" && template && words.of(template)} {tagsOf(job.tags).length > 0 && <Tags tags={job.tags} />}
            </span>
          </span>
        </span>
      </td>
      <td>
        <State {...now} />
        {why && <p className="muted small">{why}</p>}
      </td>
      <td className="muted">
        <Initiator organization={o} id={job.initiator_id} />
      </td>
      <td className="muted">
        <Ago at={job.completed_at ?? job.started_at ?? job.created_at} />
      </td>
      <td className="end">{may && cancelPath(job) !== undefined && <Cancel job={job} />}</td>
    </tr>
  );
}

const kPools = "c42fdf75-3097-471c-8c33-fb52454d81c0"; // the account that owns waiting prebuilds

function Initiator({ organization: o, id }: { organization: Organization; id: string }) {
  const member = useQuery({ ...initiatorQuery(o.id, id), enabled: id !== kPools }).data;
  if (id === kPools) return words.pools;
  return member ? member.name || member.username : null;
}

function Cancel({ job }: { job: ProvisionerJob }) {
  const [asking, setAsking] = useState(false);
  const cancel = useCancelJob();
  const title = jobTitle(job);
  const close = () => setAsking(false);
  return (
    <>
      <Button size="small" aria-label={words.cancelName(title)} onClick={() => setAsking(true)}>
        {words.cancel}
      </Button>
      {asking && (
        <Confirm open danger title={words.cancelTitle(title)} act={words.cancel} busy={cancel.isPending} onClose={close} onYes={() => cancel.mutate(job, { onSuccess: () => (toast(words.cancelled), close()), onError: (error) => (toastError(error), close()) })}>
          <p>{words.cancelHint}</p>
        </Confirm>
      )}
    </>
  );
}
