// All that waits for somebody, by template, and the switch that pauses every pool.
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { useRights } from "@/me/queries";
import { words } from "@/strings/prebuilds";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { toast, toastError } from "@/ui/toast";
import { NoPools, Paused } from "./Pools";
import { membersQuery, settingsQuery, usePause } from "./queries";
import { byTemplate, type TemplateMembers } from "./state";
import "./prebuilds.css";

export function PrebuildsPage() {
  const members = useQuery(membersQuery);
  const settings = useQuery(settingsQuery);
  const rights = useRights();
  const paused = settings.data?.reconciliation_paused ?? false;
  return (
    <Page title={words.title} state={members.data && words.lead(members.data.length)} acts={rights.updateDeployment && settings.data && <Pause paused={paused} />}>
      {paused && <Paused />}
      <Load query={members} skeleton={<Bones rows={4} height={56} />}>
        {(all) => (all.length === 0 ? <NoPools title={words.empty} /> : <Members rows={byTemplate(all)} />)}
      </Load>
    </Page>
  );
}

function Members({ rows }: { rows: TemplateMembers[] }) {
  return (
    <Table className="pools-table" columns={Object.values(words.columns)}>
      {rows.map((row) => (
        <tr key={row.id}>
          <td>
            <Link to="/templates/$org/$name" params={{ org: row.org, name: row.name }} search={{ tab: "prebuilds" }} className="row">
              <Picture url={row.icon} name={row.title} /> {row.title}
            </Link>
            <p className="muted small pools-sum">{words.sum(row)}</p>
          </td>
          <td className="num">{row.running}</td>
          <td className="num">{row.building}</td>
          <td className="num">{row.failed}</td>
          <td className="num">{row.other}</td>
        </tr>
      ))}
    </Table>
  );
}

function Pause({ paused }: { paused: boolean }) {
  const [asked, setAsked] = useState(false);
  const pause = usePause();
  const set = (next: boolean) =>
    pause.mutate(next, {
      onSuccess: () => {
        setAsked(false);
        toast(next ? words.pausedNow : words.resumedNow);
      },
      onError: toastError,
    });
  return (
    <>
      <Button icon={paused ? "play" : "pause"} kind={paused ? "main" : "plain"} busy={pause.isPending} onClick={() => (paused ? set(false) : setAsked(true))}>
        {paused ? words.resume : words.pause}
      </Button>
      <Confirm open={asked} title={words.pauseTitle} act={words.pause} busy={pause.isPending} onClose={() => setAsked(false)} onYes={() => set(true)}>
        <p>{words.pauseHint}</p>
      </Confirm>
    </>
  );
}
