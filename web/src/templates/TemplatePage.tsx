import type { Template } from "@gen";
import { Tabs } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { lazy, Suspense } from "react";
import { chunk } from "@/lib/chunk";
import { Pools } from "@/prebuilds/Pools";
import { words } from "@/strings/templates";
import { Picture } from "@/ui/bits";
import { LinkButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Bones, Denied, Load, Missing } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { PageTabs } from "@/ui/PageTabs";
import { Access } from "./Access";
import { About } from "./About";
import { templateByName, useMayChange, versionQuery } from "./queries";
import { type Tab, tabsFor } from "./tabs";
import { TemplateSettings } from "./TemplateSettings";
import { Versions } from "./Versions";
import "./templates.css";

const Files = lazy(chunk(() => import("./Files")));

export function TemplatePage() {
  const { org, name } = useParams({ from: "/app/templates/$org/$name" });
  const template = useQuery(templateByName(org, name));
  return (
    <Load query={template} skeleton={<div className="page"><Bones rows={8} height={56} /></div>}>
      {(t) => <Shown template={t} />}
    </Load>
  );
}

function Shown({ template: t }: { template: Template }) {
  const tab = useSearch({ from: "/app/templates/$org/$name" }).tab ?? "about";
  const navigate = useNavigate({ from: "/templates/$org/$name" });
  const may = useMayChange(t.id);
  const title = t.display_name || t.name;
  const { tabs, answer } = tabsFor(tab, may);
  return (
    <Page
      title={title}
      heading={
        <>
          <Picture url={t.icon} name={title} size={28} /> {title}
        </>
      }
      state={words.line(t.organization_display_name || t.organization_name, t.created_by_name)}
      acts={
        !t.deprecated && (
          <LinkButton kind="main" icon="plus" to="/templates/$org/$name/workspace" params={{ org: t.organization_name, name: t.name }}>
            {words.use}
          </LinkButton>
        )
      }
    >
      {t.deprecated && (
        <div className="notice" data-tone="wait">
          <Icon name="warning" />
          <p>
            {words.deprecated}. {t.deprecation_message}
          </p>
        </div>
      )}
      <PageTabs value={tab} tabs={tabs.map((key) => [key, words.tabs[key]])} onChoose={(next) => void navigate({ search: next ? { tab: next } : {}, replace: true })}>
        {answer === "wait" && <Bones rows={6} />}
        {answer === "denied" && <Denied text={words.tabDenied(words.tabs[tab as Tab], title)} />}
        {answer === "missing" && <Missing />}
        {answer === "show" && <Panels template={t} />}
      </PageTabs>
    </Page>
  );
}

function Panels({ template: t }: { template: Template }) {
  return (
    <>
      <Tabs.Panel value="about">
        <About template={t} />
      </Tabs.Panel>
      <Tabs.Panel value="versions">
        <Versions template={t} />
      </Tabs.Panel>
      <Tabs.Panel value="files">
        <Suspense fallback={<Bones rows={6} />}>
          <ActiveFiles template={t} />
        </Suspense>
      </Tabs.Panel>
      <Tabs.Panel value="prebuilds">
        <Pools template={t} />
      </Tabs.Panel>
      <Tabs.Panel value="access">
        <Access template={t} />
      </Tabs.Panel>
      <Tabs.Panel value="settings">
        <TemplateSettings key={t.updated_at} template={t} />
      </Tabs.Panel>
    </>
  );
}

function ActiveFiles({ template: t }: { template: Template }) {
  const version = useQuery(versionQuery(t.active_version_id));
  return (
    <Load query={version} skeleton={<Bones rows={6} />}>
      {(v) => <Files fileId={v.job.file_id} label={words.filesOf(v.name)} />}
    </Load>
  );
}
