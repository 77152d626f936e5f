// With whom a workspace is shared, beside it; the dialog changes it.
import type { Workspace } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/sharing";
import { Button } from "@/ui/Button";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { mayShare, sharingQuery } from "./queries";
import { ShareDialog } from "./ShareDialog";
import { Who } from "./Who";
import { sharersOf } from "./who";
import "./sharing.css";

const kShown = 8;

export function SharedWith({ workspace: w }: { workspace: Workspace }) {
  const acl = useQuery(sharingQuery(w.id));
  const may = useQuery(mayShare(w.id)).data ?? false;
  const [open, setOpen] = useState(false);
  const many = (acl.data?.users.length ?? 0) + (acl.data?.group.length ?? 0);
  return (
    <>
      <Section
        title={words.section}
        acts={
          (may || many > kShown) && (
            <Button size="small" icon="people" onClick={() => setOpen(true)}>
              {may ? words.share : words.see}
            </Button>
          )
        }
      >
        <Load query={acl} skeleton={<Bones rows={1} height={36} />}>
          {(list) => {
            const all = sharersOf(list);
            if (all.length === 0) return <p className="muted">{words.nobody}</p>;
            return (
              <>
                <ul className="sharers">
                  {all.slice(0, kShown).map((one) => (
                    <li key={one.id}>
                      <Who who={one} />
                      <span className="muted small">{words.roles[one.role]}</span>
                    </li>
                  ))}
                </ul>
                {all.length > kShown && <p className="muted small">{words.more(all.length - kShown)}</p>}
              </>
            );
          }}
        </Load>
      </Section>
      {open && <ShareDialog workspace={w} may={may} onClose={() => setOpen(false)} />}
    </>
  );
}
