import type { Organization, ProvisionerDaemon } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/provisioners";
import { Ago } from "@/ui/bits";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { State } from "@/ui/State";
import { Table } from "@/ui/Table";
import { daemonsQuery } from "./queries";
import { daemonState, tagsOf } from "./state";

export function Daemons({ organization: o, mayAdd }: { organization: Organization; mayAdd: boolean }) {
  const daemons = useQuery(daemonsQuery(o.id));
  const [open, setOpen] = useState(false);
  return (
    <Section title={words.daemons}>
      <p className="muted">{words.daemonsHint}</p>
      <Load query={daemons} skeleton={<Bones rows={3} height={56} />}>
        {(list) => {
          const here = list.filter((d) => d.status !== "offline");
          const gone = list.filter((d) => d.status === "offline");
          return (
            <>
              {here.length > 0 ? (
                <List daemons={here} />
              ) : (
                <div className="notice" data-tone="wait">
                  <Icon name="warning" />
                  <div>
                    <h3>{words.none}</h3>
                    <p>{mayAdd ? words.noneHint : words.noneAsk}</p>
                  </div>
                </div>
              )}
              {gone.length > 0 && (
                <>
                  <button type="button" className="fold-line" aria-expanded={open} onClick={() => setOpen(!open)}>
                    <Icon name={open ? "down" : "right"} /> {words.gone(gone.length)}
                  </button>
                  {open && <List daemons={gone} />}
                </>
              )}
            </>
          );
        }}
      </Load>
    </Section>
  );
}

function List({ daemons }: { daemons: ProvisionerDaemon[] }) {
  const { name, state, tags, version, key, seen } = words.columns;
  return (
    <Table className="daemon-table" columns={[name, state, tags, version, key, seen]}>
      {daemons.map((d) => {
        const { why, ...now } = daemonState(d);
        return (
          <tr key={d.id}>
            <td className="clip" title={d.name} style={{ fontWeight: 550 }}>
              {d.name}
            </td>
            <td>
              <State {...now} />
              {why && <p className="muted small">{why}</p>}
            </td>
            <td>
              <Tags tags={d.tags} />
            </td>
            <td className="muted clip" title={d.version}>
              {d.version}
            </td>
            <td className="muted clip">{d.key_name === "built-in" ? words.builtIn : d.key_name}</td>
            <td className="muted">
              <Ago at={d.last_seen_at} />
            </td>
          </tr>
        );
      })}
    </Table>
  );
}

export function Tags({ tags }: { tags: Record<string, string> }) {
  const said = tagsOf(tags);
  if (said.length === 0) return <span className="muted">{words.noTags}</span>;
  return (
    <span className="tags">
      {said.map((tag) => (
        <code key={tag}>{tag}</code>
      ))}
    </span>
  );
}
