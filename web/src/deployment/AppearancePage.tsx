// How the deployment presents itself, with a preview of what everybody will see.
import type { AppearanceConfig } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useBlocker } from "@tanstack/react-router";
import { useState, type FormEvent } from "react";
import { useRights } from "@/me/queries";
import { words as common } from "@/strings/common";
import { words } from "@/strings/deployment";
import { Button } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Bones, Denied, Load } from "@/ui/Load";
import { Page, Section } from "@/ui/Page";
import { toast, toastError } from "@/ui/toast";
import { appearanceQuery } from "@/me/appearance";
import { AppearanceFields } from "./AppearanceFields";
import { DeploymentTabs } from "./DeploymentTabs";
import { askOf, draftOf, isChanged, isGood, problemsOf } from "./draft";
import { Preview } from "./Preview";
import { useSetAppearance } from "./queries";
import "./appearance.css";

export function AppearancePage() {
  const rights = useRights();
  const appearance = useQuery({ ...appearanceQuery, refetchOnMount: "always" });
  if (!rights.updateDeployment) return <Denied />;
  // What this browser kept from an earlier visit is no ground for edits.
  const known = { ...appearance, data: appearance.isFetchedAfterMount ? appearance.data : undefined };
  return (
    <Page title={words.appearanceTitle} state={words.appearanceLead}>
      <DeploymentTabs />
      <Load query={known} skeleton={<Bones rows={4} height={72} />}>
        {(kept) => <Form kept={kept} />}
      </Load>
    </Page>
  );
}

function Form({ kept }: { kept: AppearanceConfig }) {
  const save = useSetAppearance();
  const [draft, setDraft] = useState(() => draftOf(kept));
  const [tried, setTried] = useState(false);
  const changed = isChanged(draft, kept);
  const problems = problemsOf(draft);
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setTried(true);
    if (isGood(problems)) save.mutate(askOf(draft), { onSuccess: () => (setTried(false), toast(words.saved)), onError: toastError });
  };
  return (
    <div className="appearance">
      <form className="form loose" onSubmit={submit} noValidate>
        <AppearanceFields draft={draft} problems={problems} tried={tried} onChange={setDraft} />
        <div className="form-acts">
          <Button type="submit" kind="main" busy={save.isPending} disabled={!changed}>
            {words.save}
          </Button>
          <Button kind="quiet" disabled={!changed} onClick={() => (setTried(false), setDraft(draftOf(kept)))}>
            {words.discard}
          </Button>
        </div>
        <p className="muted small">
          {words.linksSet} <code className="nowrap">{words.links}</code>
        </p>
      </form>
      <div className="appearance-preview">
        <Section title={words.preview}>
          <Preview draft={draft} />
        </Section>
      </div>
      <Leaving changed={changed && !save.isPending} />
    </div>
  );
}

function Leaving({ changed }: { changed: boolean }) {
  const blocked = useBlocker({ shouldBlockFn: () => changed, enableBeforeUnload: () => changed, withResolver: true });
  return (
    <Confirm open={blocked.status === "blocked"} title={words.leaveTitle} act={words.leave} onClose={() => blocked.reset?.()} onYes={() => blocked.proceed?.()}>
      <p>{words.leaveHint(common.cancel)}</p>
    </Confirm>
  );
}
