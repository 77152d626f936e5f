import type { Organization } from "@gen";
import { useState } from "react";
import { OrganizationPage, usePlace } from "@/organizations/place";
import type { OrganizationRights } from "@/organizations/queries";
import { words } from "@/strings/provisioners";
import { Button } from "@/ui/Button";
import { Daemons } from "./Daemons";
import { Keys } from "./Keys";
import { NewKey } from "./NewKey";
import { Queue } from "./Queue";
import "./provisioners.css";

export function ProvisionersPage() {
  const place = usePlace();
  const [adding, setAdding] = useState(false);
  return (
    <OrganizationPage
      place={place}
      tab="provisioners"
      acts={
        place.rights.createKey && (
          <Button kind="main" icon="key" onClick={() => setAdding(true)}>
            {words.newKey}
          </Button>
        )
      }
    >
      {(o) => (
        <>
          <Parts organization={o} rights={place.rights} />
          {adding && <NewKey organization={o} onClose={() => setAdding(false)} />}
        </>
      )}
    </OrganizationPage>
  );
}

function Parts({ organization: o, rights }: { organization: Organization; rights: OrganizationRights }) {
  return (
    <div className="stack loose">
      <Daemons organization={o} mayAdd={rights.createKey} />
      {rights.readJobs && <Queue organization={o} />}
      <Keys organization={o} mayDelete={rights.deleteKey} />
    </div>
  );
}
