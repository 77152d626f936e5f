// The key that workspaces use with Git: its public half to paste elsewhere, and a new one, which ends the old.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/account";
import { Ago, CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Bones, InPart, Load } from "@/ui/Load";
import { toast, toastFailed } from "@/ui/toast";
import { sshKeyQuery, useRenewSshKey } from "./queries";

export function SshKey() {
  const key = useQuery(sshKeyQuery);
  const renew = useRenewSshKey();
  const [asking, setAsking] = useState(false);
  const close = () => setAsking(false);
  return (
    <InPart value={true}>
      <div className="stack">
        <p className="muted">{words.sshHint}</p>
        <Load query={key} skeleton={<Bones rows={1} height={60} />}>
          {({ public_key, updated_at }) => (
            <>
              <CopyLine text={public_key.trim()} label={words.sshCopy} />
              <div className="row wrap" style={{ justifyContent: "space-between" }}>
                <p className="muted small">
                  {words.sshSince} <Ago at={updated_at} />
                </p>
                <Button icon="restart" onClick={() => setAsking(true)}>
                  {words.sshRenew}
                </Button>
              </div>
            </>
          )}
        </Load>
      </div>
      <Confirm
        open={asking}
        danger
        title={words.sshRenewTitle}
        act={words.sshRenew}
        busy={renew.isPending}
        onClose={close}
        onYes={() => renew.mutate(undefined, { onSuccess: () => (close(), toast(words.sshRenewed)), onError: (error) => (close(), toastFailed(words.sshNotRenewed, error)) })}
      >
        <p>{words.sshRenewText}</p>
      </Confirm>
    </InPart>
  );
}
