// Whose workspaces may be shared with others of the organization. Narrowing it takes back what was shared, so it asks.
import type { Organization, ShareableWorkspaceOwners } from "@gen";
import { Radio } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { settings as words } from "@/strings/organizations";
import { Confirm } from "@/ui/Confirm";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { sharingQuery, useSetSharing } from "./queries";

const kModes: ShareableWorkspaceOwners[] = ["everyone", "service_accounts", "none"]; // each narrower than the one before

export function SharingMode({ organization: o }: { organization: Organization }) {
  const sharing = useQuery(sharingQuery(o.id));
  const change = useSetSharing(o.id);
  const [asking, setAsking] = useState<ShareableWorkspaceOwners>();
  const close = () => setAsking(undefined);
  const set = (mode: ShareableWorkspaceOwners) => change.mutate({ shareable_workspace_owners: mode }, { onSuccess: () => (toast(words.saved), close()), onError: (error) => (toastError(error), close()) });
  return (
    <Section title={words.sharing}>
      <Load query={sharing} skeleton={<Bones rows={3} />}>
        {(now) => {
          const choose = (value: string) => {
            const mode = kModes.find((one) => one === value);
            if (!mode) return;
            if (kModes.indexOf(mode) > kModes.indexOf(now.shareable_workspace_owners)) setAsking(mode);
            else set(mode);
          };
          return (
            <>
              <p className="muted">{now.sharing_globally_disabled ? words.sharingOff : words.sharingHint}</p>
              <Radio.Group aria-label={words.sharing} value={now.shareable_workspace_owners} onChange={choose}>
                <div className="stack tight">
                  {kModes.map((mode) => (
                    <Radio key={mode} value={mode} label={words.modes[mode]} disabled={now.sharing_globally_disabled || change.isPending} />
                  ))}
                </div>
              </Radio.Group>
            </>
          );
        }}
      </Load>
      {asking && (
        <Confirm open danger title={words.narrowTitle} act={words.narrowDo} busy={change.isPending} onClose={close} onYes={() => set(asking)}>
          <p>{words.narrowHint}</p>
        </Confirm>
      )}
    </Section>
  );
}
