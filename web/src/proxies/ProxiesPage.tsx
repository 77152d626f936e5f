// Where apps are served from: this server and its proxies, how each is, and how near.
import type { WorkspaceProxy } from "@gen";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { DeploymentTabs } from "@/deployment/DeploymentTabs";
import { latencyQuery, useRights } from "@/me/queries";
import { kPrimary, latencyAddress } from "@/me/regions";
import { words } from "@/strings/proxies";
import { Ago, Picture } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Blank, Bones, Denied, Load } from "@/ui/Load";
import { Page } from "@/ui/Page";
import { State } from "@/ui/State";
import { Table } from "@/ui/Table";
import { ProxyDialog } from "./ProxyDialog";
import { ProxyMenu } from "./ProxyMenu";
import { proxiesQuery } from "./queries";
import { proxyHealth, proxyName } from "./state";
import "./proxies.css";

export function ProxiesPage() {
  const rights = useRights();
  const proxies = useQuery({ ...proxiesQuery, enabled: rights.updateProxies });
  const [adding, setAdding] = useState(false);
  if (!rights.updateProxies) return <Denied />;
  const add = (
    <Button kind="main" icon="plus" onClick={() => setAdding(true)}>
      {words.add}
    </Button>
  );
  const alone = proxies.data?.every((one) => one.name === kPrimary) ?? false;
  return (
    <Page title={words.title} state={words.lead} acts={!alone && add}>
      <DeploymentTabs />
      <Load query={proxies} skeleton={<Bones rows={3} height={56} />}>
        {(list) => (alone ? <Blank title={words.only} text={words.onlyHint} act={add} /> : <List proxies={list} />)}
      </Load>
      {adding && <ProxyDialog proxy={undefined} onClose={() => setAdding(false)} />}
    </Page>
  );
}

function List({ proxies }: { proxies: WorkspaceProxy[] }) {
  const { name, health, latency, version, checked } = words.columns;
  return (
    <Table className="proxy-table" columns={[name, health, latency, version, checked]} acts={words.acts}>
      {proxies.map((proxy) => (
        <Row key={proxy.id} proxy={proxy} />
      ))}
    </Table>
  );
}

function Row({ proxy: p }: { proxy: WorkspaceProxy }) {
  const { why, ...health } = proxyHealth(p);
  const primary = p.name === kPrimary;
  return (
    <tr>
      <td>
        <span className="row">
          <Picture url={p.icon_url} name={proxyName(p)} size={22} />
          <span className="proxy-words">
            <span style={{ fontWeight: 550 }}>{proxyName(p)}</span>
            <span className="muted small">
              {primary ? words.primary : p.path_app_url}
              {!primary && p.path_app_url !== "" && p.wildcard_hostname === "" && ` · ${words.noHosts}`}
            </span>
          </span>
        </span>
      </td>
      <td>
        <State {...health} moving={false} />
        {why.map((line) => (
          <p key={line} className="muted small">
            {line}
          </p>
        ))}
      </td>
      <td className="muted nowrap">
        <Latency proxy={p} />
      </td>
      <td className="muted">{p.version}</td>
      <td className="muted">{p.status && !primary ? <Ago at={p.status.checked_at} /> : ""}</td>
      <td className="end">{!primary && <ProxyMenu proxy={p} />}</td>
    </tr>
  );
}

function Latency({ proxy: p }: { proxy: WorkspaceProxy }) {
  const on = p.healthy && p.path_app_url !== "";
  const { data } = useQuery(latencyQuery(latencyAddress(p), on));
  if (!on || data === undefined) return words.notMeasured;
  return data === null ? words.silent : words.ms(data);
}
