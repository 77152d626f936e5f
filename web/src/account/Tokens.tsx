import type { APIKeyWithOwner } from "@gen";
import { useQueries, useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { parseTime } from "@/lib/time";
import { words } from "@/strings/account";
import { Ago } from "@/ui/bits";
import { Button, IconButton } from "@/ui/Button";
import { Confirm } from "@/ui/Confirm";
import { Blank, Bones, Load } from "@/ui/Load";
import { Table } from "@/ui/Table";
import { toast, toastError } from "@/ui/toast";
import { tokensQuery, useRemoveToken } from "@/users/queries";
import { workspaceById } from "@/workspaces/queries";
import { NewToken } from "./NewToken";
import { isOfWorkspace, workspaceOf } from "./keys";
import { scopeWords } from "./scopes";
import "./account.css";

// What a token is called; those of workspaces by the workspace.
function useNames(tokens: APIKeyWithOwner[]): (token: APIKeyWithOwner) => string {
  const ids = tokens.filter(isOfWorkspace).map(workspaceOf);
  const found = useQueries({ queries: ids.map((id) => ({ ...workspaceById(id), retry: false, staleTime: 60_000 })) });
  return (token) => (isOfWorkspace(token) ? words.tokenWorkspace(found[ids.indexOf(workspaceOf(token))]?.data?.name ?? "") : token.token_name || token.id);
}

export function Tokens() {
  const tokens = useQuery(tokensQuery);
  const [making, setMaking] = useState(false);
  return (
    <div className="stack">
      <div className="row wrap" style={{ justifyContent: "space-between" }}>
        <p className="muted grow" style={{ flexBasis: 260 }}>
          {words.tokensHint}
        </p>
        <Button kind="main" icon="plus" onClick={() => setMaking(true)}>
          {words.tokenNew}
        </Button>
      </div>
      <Load query={tokens} skeleton={<Bones rows={3} />}>
        {(list) => {
          const own = list.filter((token) => !isOfWorkspace(token));
          const others = list.filter(isOfWorkspace);
          return (
            <>
              {own.length === 0 ? <Blank title={words.tokenNone} text={words.tokenNoneHint} /> : <List tokens={own} />}
              {others.length > 0 && <OfWorkspaces tokens={others} />}
            </>
          );
        }}
      </Load>
      {making && <NewToken onClose={() => setMaking(false)} />}
    </div>
  );
}

// What running workspaces hold, folded apart: who removes one signs its workspace out.
function OfWorkspaces({ tokens }: { tokens: APIKeyWithOwner[] }) {
  const [open, setOpen] = useState(false);
  return (
    <div className="stack tight">
      <div>
        <Button size="small" kind="quiet" icon={open ? "down" : "right"} aria-expanded={open} onClick={() => setOpen(!open)}>
          {words.tokensOfWorkspaces(tokens.length)}
        </Button>
      </div>
      {open && (
        <>
          <p className="muted small">{words.tokensOfWorkspacesHint}</p>
          <List tokens={tokens} ofWorkspaces />
        </>
      )}
    </div>
  );
}

function List({ tokens, ofWorkspaces = false }: { tokens: APIKeyWithOwner[]; ofWorkspaces?: boolean }) {
  const remove = useRemoveToken();
  const nameOf = useNames(tokens);
  const [asking, setAsking] = useState<APIKeyWithOwner>();
  return (
    <>
      <Table className="tokens" columns={[words.tokenColumns.name, words.tokenColumns.used, words.tokenColumns.ends]} acts={words.tokenRemove}>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td>
              <p style={{ fontWeight: 550 }}>{nameOf(token)}</p>
              {!ofWorkspaces && <p className="muted small">{words.tokenCan(scopeWords(token.scopes, token.allow_list))}</p>}
            </td>
            <td className="muted">
              <Ago at={token.last_used} />
            </td>
            <td className="muted">{(parseTime(token.expires_at) ?? 0) < Date.now() ? words.ended : <Ago at={token.expires_at} />}</td>
            <td className="end">
              <IconButton icon="trash" label={`${words.tokenRemove} ${nameOf(token)}`} onClick={() => setAsking(token)} />
            </td>
          </tr>
        ))}
      </Table>
      <Confirm
        open={asking !== undefined}
        title={words.tokenRemoveTitle(asking ? nameOf(asking) : "")}
        act={words.tokenRemove}
        danger
        busy={remove.isPending}
        onClose={() => setAsking(undefined)}
        onYes={() => asking && void remove.mutateAsync(asking.id).then(() => (setAsking(undefined), toast(words.tokenRemoved(nameOf(asking)))), toastError)}
      >
        <p>{asking && isOfWorkspace(asking) ? words.tokenOfWorkspace : words.tokenRemoveHint}</p>
      </Confirm>
    </>
  );
}
