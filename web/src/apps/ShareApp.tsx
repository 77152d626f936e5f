// Names people and groups who may open an app. Its level is the template's to say.
import type { WorkspaceApp } from "@gen";
import { Modal } from "@mantine/core";
import { appName } from "@/agents/AppButton";
import { hostPlace, subName } from "@/agents/links";
import { useRegions } from "@/me/regions";
import { sharing as words, words as appWords } from "@/strings/apps";
import { words as common } from "@/strings/common";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { AccessList } from "./AccessList";
import type { About } from "./AppList";
import { entryOfApp, whoMay } from "./levels";

export function ShareApp({ workspace: w, agent, sharing, owner, app, onClose }: About & { app: WorkspaceApp; onClose: () => void }) {
  const { entrance } = useRegions();
  const address = hostPlace(app.subdomain_name || subName(w, agent, app.slug), entrance);
  return (
    <Modal opened onClose={onClose} title={appWords.shareApp(appName(app))} centered closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
      <div className="form">
        <p className="muted">{words.fixed(whoMay(app.sharing_level, true, undefined, owner))}</p>
        <AccessList workspace={w} target={{ app: app.slug }} entry={entryOfApp(sharing, app.slug)} />
        <p className="muted small">{words.address}</p>
        <CopyLine text={address} label={words.addressCopy} />
        <div className="form-acts share-end">
          <Button kind="main" onClick={onClose}>
            {words.done}
          </Button>
        </div>
      </div>
    </Modal>
  );
}
