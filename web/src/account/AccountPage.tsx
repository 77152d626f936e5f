import { Tabs } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { Choices } from "@/inbox/Choices";
import { useMe } from "@/me/queries";
import { words } from "@/strings/account";
import { Page } from "@/ui/Page";
import { PageTabs } from "@/ui/PageTabs";
import { Look } from "./Look";
import { Password } from "./Password";
import { Profile } from "./Profile";
import { SshKey } from "./SshKey";
import { Tokens } from "./Tokens";

export function AccountPage() {
  const me = useMe();
  const tab = useSearch({ from: "/app/account" }).tab ?? "profile";
  const navigate = useNavigate({ from: "/account" });
  return (
    <Page title={words.title} state={me.email}>
      <PageTabs value={tab} tabs={Object.entries(words.tabs)} onChoose={(next) => void navigate({ search: next ? { tab: next } : {}, replace: true })} width={680}>
        <Tabs.Panel value="profile">
          <Profile />
        </Tabs.Panel>
        <Tabs.Panel value="password">
          <Password />
        </Tabs.Panel>
        <Tabs.Panel value="look">
          <Look />
        </Tabs.Panel>
        <Tabs.Panel value="key">
          <SshKey />
        </Tabs.Panel>
        <Tabs.Panel value="tokens">
          <Tokens />
        </Tabs.Panel>
        <Tabs.Panel value="notifications">
          <Choices />
        </Tabs.Panel>
      </PageTabs>
    </Page>
  );
}
