// What is decided for the whole deployment, a page each; only those that this person may open.
import { Link } from "@tanstack/react-router";
import { useRights } from "@/me/queries";
import { words } from "@/strings/deployment";
import "./tabs.css";

type Tab = { to: "/deployment/overview" | "/deployment/appearance" | "/deployment/notifications" | "/deployment/proxies"; label: string };

export function DeploymentTabs() {
  const rights = useRights();
  const tabs: Tab[] = [
    ...(rights.updateDeployment
      ? ([
          { to: "/deployment/overview", label: words.overview },
          { to: "/deployment/appearance", label: words.appearance },
          { to: "/deployment/notifications", label: words.notifications },
        ] as const)
      : []),
    ...(rights.updateProxies ? [{ to: "/deployment/proxies", label: words.proxies } as const] : []),
  ];
  if (tabs.length < 2) return null;
  return (
    <nav className="place-tabs deployment-tabs" aria-label={words.tabs}>
      {tabs.map((tab) => (
        <Link key={tab.to} to={tab.to} activeProps={{ "data-here": true }}>
          {tab.label}
        </Link>
      ))}
    </nav>
  );
}
