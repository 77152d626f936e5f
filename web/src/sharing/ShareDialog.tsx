// With whom a workspace is shared: each change counts at once and can be taken back. On phones it fills the window.
import type { Workspace } from "@gen";
import { Modal } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { Picker } from "@/apps/Picker";
import { words as common } from "@/strings/common";
import { words } from "@/strings/sharing";
import { copyText } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, InPart, Load } from "@/ui/Load";
import { toastFailed, toastUndo } from "@/ui/toast";
import { DoorChange, Doors, type Door } from "./Doors";
import { sharingQuery, useShare } from "./queries";
import { SharerList } from "./SharerList";
import { type Sharer, sharersOf } from "./who";
import "./sharing.css";

type DialogProps = { workspace: Workspace; may: boolean; onClose: () => void };

export function ShareDialog({ workspace: w, may, onClose }: DialogProps) {
  const phone = useMediaQuery("(max-width: 767px)", window.innerWidth < 768, { getInitialValueInEffect: false });
  const [door, setDoor] = useState<Door>();
  if (door) return <DoorChange door={door} onClose={() => setDoor(undefined)} />;
  return (
    <Modal
      opened
      onClose={onClose}
      title={may ? words.title(w.name) : words.seeTitle(w.name)}
      size={640}
      yOffset="12dvh"
      fullScreen={phone}
      closeButtonProps={{ "aria-label": common.close }}
      transitionProps={{ duration: 100 }}
    >
      <InPart value={true}>
        <div className="form">
          <People workspace={w} may={may} />
          <Doors workspace={w} onChange={setDoor} />
          <div className="form-acts" style={{ justifyContent: "flex-end" }}>
            <Button icon="copy" onClick={() => void copyText(`${window.location.origin}/@${w.owner_name}/${w.name}`)}>
              {words.copyLink}
            </Button>
            <Button kind="main" onClick={onClose}>
              {common.done}
            </Button>
          </div>
        </div>
      </InPart>
    </Modal>
  );
}

function People({ workspace: w, may }: { workspace: Workspace; may: boolean }) {
  const acl = useQuery(sharingQuery(w.id));
  const set = useSetSharer(w);
  return (
    <Load query={acl} skeleton={<Bones rows={3} height={44} />}>
      {(list) => {
        const all = sharersOf(list);
        return (
          <>
            {may ? <Picker workspace={w} but={all} onPick={({ kind, id, name, picture }) => set({ kind, id, name, side: "", picture, role: "use" }, "")} /> : <p className="muted">{words.readOnly(w.owner_name)}</p>}
            <SharerList list={all} may={may} onSet={set} />
            {may && (
              <div className="sharing-said">
                <Icon name="info" />
                <div>
                  <p>{words.secrets}</p>
                  <p className="muted small">{words.roleHint}</p>
                </div>
              </div>
            )}
          </>
        );
      }}
    </Load>
  );
}

// Gives somebody a role; `before` is what they had, for the way back.
function useSetSharer(w: Workspace) {
  const share = useShare(w.id);
  const said = (who: Sharer, before: Sharer["role"]) => (who.role === "" ? words.removed(who.name) : before === "" && who.role === "use" ? words.added(who.name) : words.changed(who.name, words.roles[who.role] ?? ""));
  // By promises: what was done is told, and can be undone, also when the dialog is closed by then.
  const failed = (who: Sharer) => (error: unknown) => toastFailed(words.notSaved(who.name), error);
  return (who: Sharer, before: Sharer["role"]) =>
    void share.mutateAsync(who).then(() => toastUndo(said(who, before), () => void share.mutateAsync({ ...who, role: before }).catch(failed(who))), failed(who));
}
