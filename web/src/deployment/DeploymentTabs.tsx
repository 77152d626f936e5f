// What is decided for the whole deployment, a list each.
import { Link } from "@tanstack/react-router";
import { useRights } from "@/me/queries";
import { words } from "@/strings/proxies";

export function DeploymentTabs() {
  const rights = useRights();
  if (!rights.updateDeployment || !rights.updateProxies) return null;
  return (
    <nav className="place-tabs" aria-label={words.tabs}>
      <Link to="/deployment/notifications" activeProps={{ "data-here": true }}>
        {words.notifications}
      </Link>
      <Link to="/deployment/proxies" activeProps={{ "data-here": true }}>
        {words.title}
      </Link>
    </nav>
  );
}
