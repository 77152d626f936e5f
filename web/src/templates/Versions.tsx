import type { Template, TemplateVersion } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import { words } from "@/strings/templates";
import { Menu } from "@/ui/Menu";
import { Ago, Avatar } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { State } from "@/ui/State";
import { toast, toastError } from "@/ui/toast";
import { useArchiveVersion, useMayChange, usePromote, versionsOf } from "./queries";
import { versionState } from "./state";

export function Versions({ template: t }: { template: Template }) {
  const versions = useQuery({ ...versionsOf(t.id), refetchInterval: 10_000 });
  return (
    <Load query={versions} skeleton={<Bones rows={5} height={52} />}>
      {(list) => (
        <ul className="versions">
          {list.map((v) => (
            <Version key={v.id} template={t} version={v} />
          ))}
        </ul>
      )}
    </Load>
  );
}

function Version({ template: t, version: v }: { template: Template; version: TemplateVersion }) {
  const mayChange = useMayChange(t.id);
  const archive = useArchiveVersion();
  const active = v.id === t.active_version_id;
  const may = mayChange && !active;
  return (
    <li className="version" data-active={active || undefined}>
      <div className="grow">
        <div className="row wrap">
          <Link to="/templates/$org/$name/versions/$version" params={{ org: t.organization_name, name: t.name, version: v.name }} className="tpl-name">
            {v.name}
          </Link>
          <State {...versionState(v, active)} />
        </div>
        {v.message && <p className="small">{v.message}</p>}
      </div>
      <span className="row small muted">
        <Avatar name={v.created_by.username} url={v.created_by.avatar_url} size={20} />
        {v.created_by.username}
        <Ago at={v.created_at} />
      </span>
      <span className="version-acts">
        {may && v.job.status === "succeeded" && !v.archived && <Promote template={t} version={v} />}
        {may && (
          <Menu position="bottom-end">
            <Menu.Target>
              <IconButton icon="dots" label={words.menu(v.name)} />
            </Menu.Target>
            <Menu.Dropdown>
              <Menu.Item leftSection={<Icon name="download" />} onClick={() => archive.mutate({ version: v.id, archive: !v.archived }, { onError: toastError })}>
                {v.archived ? words.unarchive : words.archive}
              </Menu.Item>
            </Menu.Dropdown>
          </Menu>
        )}
      </span>
    </li>
  );
}

export function Promote({ template: t, version: v, kind = "plain" }: { template: Template; version: TemplateVersion; kind?: "plain" | "main" }) {
  const promote = usePromote();
  const [asking, setAsking] = useState(false);
  // Awaited: the version that became active no longer offers this, so callbacks would go with it.
  const go = async () => {
    try {
      await promote.mutateAsync({ template: t.id, version: v.id });
      setAsking(false);
      toast(words.promoted(v.name));
    } catch (error) {
      toastError(error);
    }
  };
  return (
    <>
      <Button size={kind === "main" ? "normal" : "small"} kind={kind} onClick={() => setAsking(true)}>
        {words.promote}
      </Button>
      <Confirm open={asking} title={words.promoteTitle(v.name)} act={words.promote} busy={promote.isPending} onClose={() => setAsking(false)} onYes={() => void go()}>
        <p>{words.promoteHint}</p>
      </Confirm>
    </>
  );
}
