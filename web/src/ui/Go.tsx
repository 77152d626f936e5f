// Draws nothing and goes elsewhere, once: a path of this dashboard, with its query.
import { useRouter } from "@tanstack/react-router";
import { useEffect } from "react";

export function Go({ to }: { to: string }) {
  const router = useRouter();
  useEffect(() => router.history.replace(to), [router, to]);
  return null;
}
