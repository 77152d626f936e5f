import type { Template } from "@gen";
import { Modal } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { span } from "@/lib/time";
import { useOrganizations } from "@/me/organization";
import { useRights } from "@/me/queries";
import { words as common } from "@/strings/common";
import { words } from "@/strings/templates";
import { upload } from "@/strings/upload";
import { Ago, Picture } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/Button";
import { Blank, Bones, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { Table } from "@/ui/Table";
import { templatesQuery } from "./queries";
import { Starters } from "./Starters";
import "./templates.css";

export function TemplatesPage() {
  const { chosen } = useOrganizations();
  const every = useQuery(templatesQuery);
  const templates = { ...every, data: chosen ? every.data?.filter((t) => t.organization_id === chosen.id) : every.data };
  const rights = useRights();
  const navigate = useNavigate();
  const [adding, setAdding] = useState(false);
  return (
    <Page
      title={words.title}
      state={templates.data && templates.data.length > 0 ? words.lead(templates.data.length) : ""}
      acts={
        rights.createTemplate && (
          <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
            {words.add}
          </Button>
        )
      }
    >
      <Load query={templates} skeleton={<Bones rows={6} height={60} />}>
        {(list) =>
          list.length > 0 ? (
            <List templates={list} />
          ) : (
            <Blank title={words.empty} text={rights.createTemplate ? words.emptyHint : words.emptyMember} act={rights.createTemplate && <Button kind="main" onClick={() => setAdding(true)}>{words.add}</Button>} />
          )
        }
      </Load>
      <Modal opened={adding} onClose={() => setAdding(false)} title={words.addTitle} size={640} closeButtonProps={{ "aria-label": common.close }} transitionProps={{ duration: 100 }}>
        <div className="stack">
          <div className="row wrap">
            <p className="muted grow">{words.addHint}</p>
            <LinkButton size="small" icon="up" to="/templates/upload">
              {upload.open}
            </LinkButton>
          </div>
          <Starters onMade={(made) => void navigate({ to: "/templates/$org/$name", params: { org: made.org, name: made.name } })} />
        </div>
      </Modal>
    </Page>
  );
}

function List({ templates }: { templates: Template[] }) {
  return (
    <Table className="tpl-table" columns={[words.columns.name, words.columns.used, words.columns.ready, words.columns.changed]} acts={words.use}>
      {templates.map((t) => (
        <Row key={t.id} template={t} />
      ))}
    </Table>
  );
}

function Row({ template: t }: { template: Template }) {
  const params = { org: t.organization_name, name: t.name };
  const time = t.build_time_stats.start?.P50;
  return (
    <tr>
      <td>
        <div className="row" style={{ gap: 12 }}>
          <Picture url={t.icon} name={t.display_name || t.name} size={32} />
          <div style={{ minWidth: 0 }}>
            <div className="row">
              <Link to="/templates/$org/$name" params={params} className="tpl-name">
                {t.display_name || t.name}
              </Link>
              {t.deprecated && (
                <span className="badge" data-tone="wait">
                  {words.deprecated}
                </span>
              )}
            </div>
            <p className="muted small tpl-words">{t.description}</p>
          </div>
        </div>
      </td>
      <td className="muted nowrap">{words.people(t.active_user_count)}</td>
      <td className="muted nowrap">{time ? span(time) : "–"}</td>
      <td className="muted nowrap">
        <Ago at={t.updated_at} />
      </td>
      <td className="end">
        {!t.deprecated && (
          <LinkButton size="small" icon="plus" to="/templates/$org/$name/workspace" params={params} aria-label={`${words.use}: ${t.display_name || t.name}`}>
            {words.use}
          </LinkButton>
        )}
      </td>
    </tr>
  );
}
