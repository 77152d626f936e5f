// Opens a port for others: for how many, up to what the template allows, and for whom by name.
import type { WorkspaceAgentPortShareLevel as Level, WorkspaceAgentPortShareProtocol as Protocol } from "@gen";
import { Modal, NumberInput, Select } from "@mantine/core";
import { useId, useState, type FormEvent } from "react";
import { ApiError } from "@/lib/api";
import { sharing as words, ports as portWords, words as appWords } from "@/strings/apps";
import { words as common } from "@/strings/common";
import { Button } from "@/ui/Button";
import { Failure } from "@/ui/Load";
import { toast } from "@/ui/toast";
import { AccessList } from "./AccessList";
import type { About } from "./AppList";
import { entryOfPort, upTo } from "./levels";
import { isPort, kLeastPort, kMostPort, type PortRow } from "./ports";
import { useSharePort, useUnsharePort } from "./queries";

type ShareProps = About & { most: Level; mayShare: boolean; row: PortRow | undefined; onClose: () => void };
type Chosen = { port: number | undefined; level: Level; protocol: Protocol };

export function SharePort({ row, onClose, ...about }: ShareProps) {
  const title = row ? appWords.sharePort(row.port) : portWords.add;
  return (
    <Modal opened onClose={onClose} title={title} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <Form {...about} row={row} onClose={onClose} />
    </Modal>
  );
}

// What is kept of a port that is open to nobody else is no share at all.
function useSave({ workspace, agent, row }: Pick<ShareProps, "workspace" | "agent" | "row">, onDone: (said: string) => void) {
  const share = useSharePort(workspace.id);
  const unshare = useUnsharePort(workspace.id);
  const save = ({ port, level, protocol }: Chosen) => {
    if (!isPort(port)) return;
    if (level !== "owner") share.mutate({ agent_name: agent.name, port, share_level: level, protocol }, { onSuccess: () => onDone(words.saved(port)) });
    else if (row?.share) unshare.mutate({ agent_name: agent.name, port }, { onSuccess: () => onDone(row.entry ? words.keptNamed(port) : words.kept(port)) });
    else onDone("");
  };
  const error = share.error ?? unshare.error;
  return { save, busy: share.isPending || unshare.isPending, error: error instanceof ApiError ? error : undefined };
}

function Form({ workspace: w, agent, sharing, most, mayShare, mayName, row, onClose }: ShareProps) {
  const id = useId();
  const levels = upTo(most);
  const [chosen, setChosen] = useState<Chosen>({ port: row?.port, level: row?.share?.share_level ?? (row || !mayShare ? "owner" : (levels[1] ?? "owner")), protocol: row?.share?.protocol ?? "http" });
  const [tried, setTried] = useState(false);
  const { save, busy, error } = useSave({ workspace: w, agent, row }, (said) => (said && toast(said), onClose()));
  const { port } = chosen;
  const set = (change: Partial<Chosen>) => setChosen((old) => ({ ...old, ...change }));
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (mayShare) save(chosen);
  };
  return (
    <div className="form">
      <form id={id} className="form" onSubmit={submit} noValidate>
        {!row && <PortField port={port} problem={(tried && !isPort(port) ? words.portBad : undefined) ?? error?.field("port")} onChoose={set} />}
        {mayShare && <Levels chosen={chosen} levels={levels} problem={error?.field("share_level")} onChoose={set} />}
        {error && error.fields.length === 0 && <Failure error={error} />}
      </form>
      {mayName && isPort(port) && <AccessList workspace={w} target={{ port, agent_name: agent.name }} entry={entryOfPort(sharing, agent.name, port)} />}
      <div className="form-acts share-end">
        <Button onClick={onClose}>{mayShare ? common.cancel : words.done}</Button>
        {mayShare && (
          <Button type="submit" form={id} kind="main" busy={busy}>
            {chosen.level === "owner" && row?.share ? words.stop : words.save}
          </Button>
        )}
      </div>
    </div>
  );
}

type Choose = (change: Partial<Chosen>) => void;

function PortField({ port, problem, onChoose }: { port: number | undefined; problem: string | undefined; onChoose: Choose }) {
  const choose = (value: string | number) => onChoose({ port: value === "" ? undefined : Number(value) });
  return <NumberInput label={words.port} description={words.portHint} data-autofocus min={kLeastPort} max={kMostPort} clampBehavior="none" allowDecimal={false} value={port ?? ""} error={problem} onChange={choose} />;
}

type LevelsProps = { chosen: Chosen; levels: Level[]; problem: string | undefined; onChoose: Choose };

function Levels({ chosen, levels, problem, onChoose }: LevelsProps) {
  return (
    <>
      <Select
        label={words.level}
        description={words.levelHint}
        data={levels.map((value) => ({ value, label: appWords.levelChoice[value] ?? value }))}
        value={chosen.level}
        allowDeselect={false}
        error={problem}
        onChange={(level) => level && onChoose({ level: level as Level })}
      />
      {chosen.level === "public" && <p className="small door-bad">{words.publicWarn}</p>}
      <Select label={words.protocol} data={Object.entries(words.protocols).map(([value, label]) => ({ value, label }))} value={chosen.protocol} allowDeselect={false} onChange={(protocol) => protocol && onChoose({ protocol: protocol as Protocol })} />
    </>
  );
}
