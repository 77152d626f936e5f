import type { WorkspaceResource } from "@gen";
import { useState } from "react";
import { page as words } from "@/strings/workspaces";
import { Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Section } from "@/ui/Page";

export function Resources({ resources }: { resources: WorkspaceResource[] }) {
  const shown = resources.filter((r) => !r.hide && !r.type.startsWith("coder_"));
  return (
    <Section title={words.resources}>
      {shown.length === 0 ? (
        <p className="muted">{words.resourcesNone}</p>
      ) : (
        <ul className="resources">
          {shown.map((r) => (
            <li key={r.id} className="resource">
              <Picture url={r.icon} name={r.type} size={20} />
              <div className="grow">
                <span style={{ fontWeight: 550 }}>{r.name}</span> <span className="muted mono tiny">{r.type}</span>
                {r.metadata && r.metadata.length > 0 && (
                  <dl className="facts small">
                    {r.metadata.map((m) => (
                      <Fact key={m.key} name={m.key} value={m.value} sensitive={m.sensitive} />
                    ))}
                  </dl>
                )}
              </div>
            </li>
          ))}
        </ul>
      )}
    </Section>
  );
}

function Fact({ name, value, sensitive }: { name: string; value: string; sensitive: boolean }) {
  const [open, setOpen] = useState(!sensitive);
  return (
    <>
      <dt>{name}</dt>
      <dd className="mono">
        {sensitive && value === "" ? (
          <span className="muted">{words.sensitive}</span>
        ) : open ? (
          value
        ) : (
          <Button size="small" kind="quiet" onClick={() => setOpen(true)}>
            {words.show}
          </Button>
        )}
      </dd>
    </>
  );
}
