// Things by verbs. Arrows walk from cell to cell, Space or a click turns one; a lock is what one does not hold oneself.
import { TextInput } from "@mantine/core";
import { useRef, useState, type KeyboardEvent } from "react";
import { roles as words } from "@/strings/roles";
import { Icon } from "@/ui/Icon";
import { CellButton, LevelShape } from "./Cell";
import { type Grants, kParts, kRare, kVerbs, levelOf, type Mine, next, type Pair, type Thing, type Verb, withLevel } from "./matrix";
import { headOf, nameOf, verbOf } from "./words";

type MatrixProps = { organization: string; grants: Grants; before: Grants; mine: Mine; onChange: ((grants: Grants) => void) | undefined };

const matches = (thing: Thing, text: string) => `${nameOf(thing)} ${words.things[thing.key]?.hint ?? ""} ${kVerbs.filter((verb) => thing.cells[verb]).map((verb) => `${verbOf(thing, verb)} ${headOf(verb)}`).join(" ")}`.toLowerCase().includes(text);
const granted = (grants: Grants) => kRare.filter((thing) => kVerbs.some((verb) => thing.cells[verb] && levelOf(grants, thing.cells[verb]) !== "no")).length;

export function Matrix({ organization, grants, before, mine, onChange }: MatrixProps) {
  const [text, setText] = useState("");
  const [open, setOpen] = useState(false);
  const like = text.trim().toLowerCase();
  const parts = kParts.map((part) => ({ ...part, things: part.things.filter((thing) => matches(thing, like)) })).filter((part) => part.things.length > 0);
  const rare = kRare.filter((thing) => matches(thing, like));
  const showRare = open || (like !== "" && rare.length > 0);
  const { onKeyDown, box } = useWalk();
  const row = (thing: Thing) => <ThingRow key={thing.key} thing={thing} grants={grants} before={before} mine={mine} onChange={onChange} />;
  return (
    <div className="stack">
      <div className="role-tools">
        <Legend organization={organization} locks={onChange !== undefined} />
        <TextInput className="role-find" aria-label={words.find} placeholder={words.find} leftSection={<Icon name="search" />} value={text} onChange={(event) => setText(event.currentTarget.value)} />
      </div>
      <table ref={box} className="rights" aria-label={words.table} onKeyDown={onKeyDown}>
        <thead>
          <tr>
            <th scope="col">
              <span className="hidden-visually">{words.thing}</span>
            </th>
            {kVerbs.map((verb) => (
              <th key={verb} scope="col">
                {headOf(verb)}
              </th>
            ))}
          </tr>
        </thead>
        {parts.map((part) => (
          <tbody key={part.key}>
            <tr className="rights-part">
              <th scope="colgroup" colSpan={kVerbs.length + 1}>
                {words.parts[part.key]}
              </th>
            </tr>
            {part.things.map(row)}
          </tbody>
        ))}
        {(like === "" || rare.length > 0) && (
          <tbody>
            <tr className="rights-part">
              <th scope="colgroup" colSpan={kVerbs.length + 1}>
                <button type="button" className="rights-fold" aria-expanded={showRare} disabled={like !== ""} onClick={() => setOpen(!open)}>
                  <Icon name={showRare ? "down" : "right"} /> {words.rare(rare.length)} <span className="muted">{words.rareGranted(granted(grants))}</span>
                </button>
              </th>
            </tr>
            {showRare && rare.map(row)}
          </tbody>
        )}
      </table>
      {parts.length === 0 && rare.length === 0 && <p className="muted">{words.nothing(text.trim())}</p>}
    </div>
  );
}

function Legend({ organization, locks }: { organization: string; locks: boolean }) {
  const { no, own, all, lock } = words.legend;
  return (
    <ul className="role-legend">
      {([["no", no], ["own", own], ["all", all(organization)]] as const).map(([level, label]) => (
        <li key={level}>
          <LevelShape level={level} /> {label}
        </li>
      ))}
      {locks && (
        <li>
          <Icon name="lock" size={14} /> {lock}
        </li>
      )}
    </ul>
  );
}

type RowProps = Omit<MatrixProps, "organization"> & { thing: Thing };

function ThingRow({ thing, grants, before, mine, onChange }: RowProps) {
  const set = (pairs: Pair[]) => {
    const level = next(thing, pairs, grants, mine);
    if (level && onChange) onChange(withLevel(grants, pairs, level));
  };
  const cell = (verb: Verb) => {
    const pairs = thing.cells[verb];
    if (!pairs)
      return (
        <span className="rights-none" title={words.senseless} aria-hidden="true">
          –
        </span>
      );
    const level = levelOf(grants, pairs);
    const locked = onChange !== undefined && next(thing, pairs, grants, mine) === undefined;
    return <CellButton label={words.cell(nameOf(thing), verbOf(thing, verb), words.levels[level])} level={level} locked={locked} changed={level !== levelOf(before, pairs)} verb={headOf(verb)} onTurn={onChange ? () => set(pairs) : undefined} />;
  };
  return (
    <tr className="rights-row">
      <th scope="row">
        <span style={{ fontWeight: 550 }}>{nameOf(thing)}</span> <span className="muted">{words.things[thing.key]?.hint}</span>
      </th>
      {kVerbs.map((verb) => (
        <td key={verb} data-none={!thing.cells[verb] || undefined}>
          {cell(verb)}
        </td>
      ))}
    </tr>
  );
}

// Arrows go to the next cell that is one, in the row or in the column.
function useWalk() {
  const box = useRef<HTMLTableElement>(null);
  const onKeyDown = (event: KeyboardEvent) => {
    const steps: Record<string, [number, number]> = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
    const step = steps[event.key];
    const from = (event.target as HTMLElement).closest<HTMLTableCellElement>("td");
    if (!step || !from || event.ctrlKey || event.altKey || event.metaKey) return;
    event.preventDefault();
    const rows = [...(box.current?.querySelectorAll<HTMLTableRowElement>("tr.rights-row") ?? [])];
    let x = from.cellIndex;
    let y = rows.findIndex((row) => row.contains(from));
    for (;;) {
      x += step[0];
      y += step[1];
      const cell = rows[y]?.cells[x];
      if (!cell || x < 1) return;
      const button = cell.querySelector("button");
      if (button) return button.focus();
    }
  };
  return { box, onKeyDown };
}
