// Every setting of the server, by group, with a filter that looks into all that is said of one.
import type { SerpentOption } from "@gen";
import { useDeferredValue, useState } from "react";
import { words } from "@/strings/deployment";
import { Button } from "@/ui/Button";
import { FilterLine } from "@/ui/FilterLine";
import { Blank } from "@/ui/Load";
import { Table } from "@/ui/Table";
import { type Group, grouped, isSet, kSetTerm, matching, nameOf, valueOf } from "./settings";

const kChips = [{ ...kSetTerm, label: words.chips.set }];

export function Settings({ options }: { options: SerpentOption[] }) {
  const [text, setText] = useState("");
  const found = matching(options, useDeferredValue(text));
  return (
    <div className="stack">
      <FilterLine label={words.search} hint={words.searchHint} value={text} onChange={setText} chips={kChips} shortcut />
      <p className="muted small" role="status">
        {words.found(found.length, options.length)}
      </p>
      {found.length === 0 && <Blank title={words.none} text={words.noneHint} act={<Button onClick={() => setText("")}>{words.clear}</Button>} />}
      {grouped(found).map((group) => (
        <OneGroup key={group.key} group={group} />
      ))}
    </div>
  );
}

function OneGroup({ group }: { group: Group }) {
  const { name, value, source } = words.columns;
  return (
    <section className="setting-group" aria-label={words.groups[group.key]}>
      <h3>
        {words.groups[group.key]} <span className="muted">{group.options.length}</span>
      </h3>
      <Table className="setting-table" columns={[name, value, source]}>
        {group.options.map((option) => (
          <Row key={option.flag} option={option} />
        ))}
      </Table>
    </section>
  );
}

function Row({ option }: { option: SerpentOption }) {
  const flag = option.flag ?? "";
  const { text, quiet } = valueOf(option);
  const source = option.value_source || "default";
  return (
    <tr>
      <td>
        <span className="setting-name">{nameOf(flag)}</span>
        <p className="muted small">{option.description}</p>
        <p className="setting-ways">
          <code>--{flag}</code> <code>{option.env}</code>
        </p>
      </td>
      <td className={quiet ? "muted" : "setting-value"}>{text}</td>
      <td className={isSet(option) ? "setting-set" : "muted"}>{words.sources[source] ?? source}</td>
    </tr>
  );
}
