import type { Workspace } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { buildsOf } from "@/builds/queries";
import { page as words } from "@/strings/workspaces";
import { Menu } from "@/ui/Menu";
import { Ago } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { State } from "@/ui/State";
import { buildState } from "./state";

export function BuildPicker({ workspace: w, shown }: { workspace: Workspace; shown: number }) {
  const navigate = useNavigate();
  const builds = useQuery({ ...buildsOf(w.id), staleTime: 2_000 });
  const latest = w.latest_build.build_number;
  return (
    <Menu position="bottom-end" width={320} onOpen={() => void builds.refetch()}>
      <Menu.Target>
        <Button size="small" kind="quiet">
          {words.builds} <Icon name="down" size={14} />
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {(builds.data ?? []).map((build) => (
          <Menu.Item
            key={build.id}
            data-shown={build.build_number === shown || undefined}
            onClick={() =>
              void navigate({ to: "/@{$user}/$workspace", params: { user: w.owner_name, workspace: w.name }, search: build.build_number === latest ? {} : { build: build.build_number } })
            }
          >
            <span className="row">
              <span className="num" style={{ width: 28 }}>
                {build.build_number}
              </span>
              <span className="grow clip">
                <State {...buildState(build)} moving={false} />
              </span>
              <span className="muted tiny">
                <Ago at={build.created_at} />
              </span>
            </span>
            <span className="muted tiny clip" style={{ paddingInlineStart: 36, display: "block" }}>
              {words.by(build.initiator_name)} {words.reasons[build.reason] ?? ""}
            </span>
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
