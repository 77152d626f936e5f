// Draws nothing and goes elsewhere, once: a path of this dashboard, with its query, or one that the server answers itself.
import { type AnyRouter, useRouter } from "@tanstack/react-router";
import { useEffect } from "react";
import { isServers } from "@/lib/safe";

export function goTo(router: AnyRouter, to: string) {
  if (isServers(to)) window.location.replace(to);
  else router.history.replace(to);
}

export function Go({ to }: { to: string }) {
  const router = useRouter();
  useEffect(() => goTo(router, to), [router, to]);
  return null;
}
