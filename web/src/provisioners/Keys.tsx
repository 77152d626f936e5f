import type { Organization, ProvisionerKey } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/provisioners";
import { Ago } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { toast, toastError } from "@/ui/toast";
import { Tags } from "./Daemons";
import { daemonsQuery, keysQuery, useDeleteKey } from "./queries";

export function Keys({ organization: o, mayDelete }: { organization: Organization; mayDelete: boolean }) {
  const keys = useQuery(keysQuery(o.id));
  const daemons = useQuery(daemonsQuery(o.id)).data ?? [];
  const { name, tags, daemons: uses, made } = words.keyColumns;
  const used = (key: ProvisionerKey) => daemons.filter((d) => d.key_id === key.id && d.status !== "offline").length;
  return (
    <Section title={words.keys}>
      <p className="muted">{words.keysHint}</p>
      <Load query={keys} skeleton={<Bones rows={2} />}>
        {(list) =>
          list.length === 0 ? (
            <p className="muted">{words.keysNone}</p>
          ) : (
            <Table className="key-table" columns={[name, tags, uses, made]} acts={words.acts}>
              {list.map((key) => (
                <tr key={key.id}>
                  <td className="clip" style={{ fontWeight: 550 }}>
                    {key.name}
                  </td>
                  <td>
                    <Tags tags={key.tags} />
                  </td>
                  <td className="muted">{words.uses(used(key))}</td>
                  <td className="muted">
                    <Ago at={key.created_at} />
                  </td>
                  <td className="end">{mayDelete && <Delete organization={o} name={key.name} used={used(key)} />}</td>
                </tr>
              ))}
            </Table>
          )
        }
      </Load>
    </Section>
  );
}

function Delete({ organization: o, name, used }: { organization: Organization; name: string; used: number }) {
  const [asking, setAsking] = useState(false);
  const remove = useDeleteKey(o.id);
  const close = () => setAsking(false);
  return (
    <>
      <IconButton icon="trash" label={words.keyDelete(name)} onClick={() => setAsking(true)} />
      {asking && (
        <Confirm open danger title={words.keyDeleteTitle(name)} act={words.keyDeleteDo} busy={remove.isPending} type={{ label: words.keyType(name), value: name }} onClose={close} onYes={() => remove.mutate(name, { onSuccess: () => (toast(words.keyGone(name)), close()), onError: (error) => (toastError(error), close()) })}>
          <p>{words.keyDeleteHint(used)}</p>
        </Confirm>
      )}
    </>
  );
}
