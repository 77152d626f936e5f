// A password that is made up here and shown once. While it stands there, only Done closes the dialog.
import type { User } from "@gen";
import { useState } from "react";
import { words } from "@/strings/person";
import { CopyLine } from "@/ui/bits";
import { Confirm } from "@/ui/Confirm";
import { Once } from "@/ui/Once";
import { toastFailed } from "@/ui/toast";
import { makePassword } from "@/users/password";
import { useResetPassword } from "./queries";

export function ResetPassword({ user: u, onClose }: { user: User; onClose: () => void }) {
  const reset = useResetPassword();
  const [made, setMade] = useState<string>();
  const called = u.name || u.username;
  const run = () => {
    const password = makePassword();
    reset.mutate({ id: u.id, password }, { onSuccess: () => setMade(password), onError: (error) => (onClose(), toastFailed(words.resetNot, error)) });
  };
  if (made !== undefined)
    return (
      <Once title={words.resetTitle(called)} onClose={onClose}>
        <p>{words.resetDone(called)}</p>
        <CopyLine text={made} label={words.resetCopy} />
      </Once>
    );
  return (
    <Confirm open title={words.resetTitle(called)} act={words.resetDo} busy={reset.isPending} onClose={onClose} onYes={run}>
      <p>{words.resetText}</p>
    </Confirm>
  );
}
