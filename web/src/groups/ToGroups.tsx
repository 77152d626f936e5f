// The old address of the groups: they are an organization's now, so it leads to those of the one that is worked in.
import { Navigate } from "@tanstack/react-router";
import { useOrganizations } from "@/me/organization";
import { Missing } from "@/ui/Load";

export function ToGroups() {
  const { usual, known } = useOrganizations();
  if (usual) return <Navigate to="/organizations/$org/groups" params={{ org: usual.name }} replace />;
  return known ? <Missing /> : null;
}
