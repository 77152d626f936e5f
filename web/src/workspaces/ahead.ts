// The list is asked for beside the question of who is here, not after it: on a slow line that is a second less.
import { cookie } from "@/lib/api";
import { chosenOrganization } from "@/me/organization";
import { client } from "@/me/queries";
import { workspacePages } from "./queries";

export const kUsual = "owner:me";

// Nothing for who is signed out, and none for whom the organization belongs to the question.
export function askAhead(q: string | undefined): void {
  if (cookie("csrf_token") === "" || chosenOrganization() !== "") return;
  void client.prefetchInfiniteQuery(workspacePages(q ?? kUsual));
}
