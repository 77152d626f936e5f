// What administrators decide about notifications: whether anything leaves, which way each kind goes, what becomes of what did not arrive.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRights } from "@/me/queries";
import { deployment as words } from "@/strings/inbox";
import { Denied } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { TabList } from "@/ui/TabList";
import { Kinds, Undelivered, Ways } from "./Decisions";
import "./inbox.css";

export function DeploymentPage() {
  const rights = useRights();
  const tab = useSearch({ from: "/app/deployment/notifications" }).tab ?? "settings";
  const navigate = useNavigate({ from: "/deployment/notifications" });
  if (!rights.updateDeployment) return <Denied />;
  return (
    <Page title={words.title}>
      <Tabs value={tab} onChange={(next) => void navigate({ search: next && next !== "settings" ? { tab: next } : {}, replace: true })} keepMounted={false} activateTabWithKeyboard={false}>
        <TabList value={tab}>
          {Object.entries(words.tabs).map(([key, label]) => (
            <Tabs.Tab key={key} value={key}>
              {label}
            </Tabs.Tab>
          ))}
        </TabList>
        <div className="tab-body">
          <Tabs.Panel value="settings">
            <Ways />
          </Tabs.Panel>
          <Tabs.Panel value="templates">
            <Kinds />
          </Tabs.Panel>
          <Tabs.Panel value="undelivered">
            <Undelivered />
          </Tabs.Panel>
        </div>
      </Tabs>
    </Page>
  );
}
