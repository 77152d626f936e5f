// Bringing a template of one's own: choose a folder or an archive, see what goes in, name it, and watch the import.
import type { TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { tar } from "@/lib/tar";
import { useOrganizations } from "@/me/organization";
import { useRights } from "@/me/queries";
import { words as common } from "@/strings/common";
import { upload as words } from "@/strings/upload";
import { words as templateWords } from "@/strings/templates";
import { Icon } from "@/ui/Icon";
import { Denied } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { toastFailed } from "@/ui/toast";
import { Contents } from "./Contents";
import { Drop } from "./Drop";
import { Importing, type Plan } from "./Importing";
import { NameForm } from "./NameForm";
import { pack, type Pack } from "./pack";
import { templatesQuery, useUpload } from "./queries";
import { nameFrom } from "./Starters";
import "./upload.css";

type Chosen = { name: string; pack: Pack };

export function UploadPage() {
  const rights = useRights();
  const navigate = useNavigate();
  const org = useOrganizations().usual;
  const templates = useQuery(templatesQuery).data;
  const [chosen, setChosen] = useState<Chosen>();
  const [going, setGoing] = useState<{ plan: Plan; version: TemplateVersion }>();
  const upload = useUpload();
  const taken = new Set(templates?.filter((t) => t.organization_id === org?.id).map((t) => t.name));
  const send = async (plan: Plan, kept: Pack["kept"]) => {
    try {
      const files = await Promise.all(kept.map(async (one) => ({ path: one.path, executable: one.executable, bytes: await one.read() })));
      const version = await upload.mutateAsync({ org: plan.org, archive: tar(files) });
      setGoing({ plan, version });
    } catch (error) {
      toastFailed(words.notSent, error);
    }
  };
  if (!rights.createTemplate) return <Denied />;
  return (
    <Page
      title={words.title}
      above={
        <nav>
          <Link to="/templates" className="row" style={{ display: "inline-flex" }}>
            <Icon name="left" /> {templateWords.title}
          </Link>
        </nav>
      }
      state={words.lead}
    >
      {going && chosen ? (
        <Importing
          key={going.version.id}
          {...going}
          busy={upload.isPending}
          onMade={(made) => void navigate({ to: "/templates/$org/$name", params: { org: made.org, name: made.name } })}
          onAgain={() => void send(going.plan, chosen.pack.kept)}
          onBack={() => setGoing(undefined)}
          backWord={common.back}
        />
      ) : chosen && org ? (
        <div className="upload">
          <NameForm name={nameFrom(chosen.name)} label={chosen.name} taken={taken} off={chosen.pack.problem !== undefined} busy={upload.isPending} onSubmit={(plan) => void send({ ...plan, org: org.name }, chosen.pack.kept)} onBack={() => setChosen(undefined)} />
          <Contents pack={chosen.pack} />
        </div>
      ) : (
        <Drop onPick={({ name, sources, skipped }) => setChosen({ name, pack: pack(sources, skipped) })} />
      )}
    </Page>
  );
}
