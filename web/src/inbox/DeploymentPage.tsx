// What administrators decide about notifications: whether anything leaves, which way each kind goes, what becomes of what did not arrive.
import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { DeploymentTabs } from "@/deployment/DeploymentTabs";
import { useRights } from "@/me/queries";
import { deployment as words } from "@/strings/inbox";
import { Denied } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { PageTabs } from "@/ui/PageTabs";
import { Kinds, Undelivered, Ways } from "./Decisions";
import "./inbox.css";

export function DeploymentPage() {
  const rights = useRights();
  const tab = useSearch({ from: "/app/deployment/notifications" }).tab ?? "settings";
  const navigate = useNavigate({ from: "/deployment/notifications" });
  if (!rights.updateDeployment) return <Denied />;
  return (
    <Page title={words.title}>
      <DeploymentTabs />
      <PageTabs value={tab} tabs={Object.entries(words.tabs)} onChoose={(next) => void navigate({ search: next ? { tab: next } : {}, replace: true })}>
        <Tabs.Panel value="settings">
          <Ways />
        </Tabs.Panel>
        <Tabs.Panel value="templates">
          <Kinds />
        </Tabs.Panel>
        <Tabs.Panel value="undelivered">
          <Undelivered />
        </Tabs.Panel>
      </PageTabs>
    </Page>
  );
}
