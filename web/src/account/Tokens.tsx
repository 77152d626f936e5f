import type { APIKeyWithOwner } from "@gen";
import { useQuery } from "@tanstack/react-query";
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
import { NewToken } from "./NewToken";

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
        {(list) => (list.length === 0 ? <Blank title={words.tokenNone} text={words.tokenNoneHint} /> : <List tokens={list} />)}
      </Load>
      {making && <NewToken onClose={() => setMaking(false)} />}
    </div>
  );
}

function List({ tokens }: { tokens: APIKeyWithOwner[] }) {
  const remove = useRemoveToken();
  const [asking, setAsking] = useState<APIKeyWithOwner>();
  return (
    <>
      <Table columns={[words.tokenColumns.name, words.tokenColumns.used, words.tokenColumns.ends]} acts={words.tokenRemove}>
        {tokens.map((token) => (
          <tr key={token.id}>
            <td style={{ fontWeight: 550 }}>{token.token_name || token.id}</td>
            <td className="muted">
              <Ago at={token.last_used} />
            </td>
            <td className="muted">{(parseTime(token.expires_at) ?? 0) < Date.now() ? words.ended : <Ago at={token.expires_at} />}</td>
            <td className="end">
              <IconButton icon="trash" label={`${words.tokenRemove} ${token.token_name || token.id}`} onClick={() => setAsking(token)} />
            </td>
          </tr>
        ))}
      </Table>
      <Confirm
        open={asking !== undefined}
        title={words.tokenRemoveTitle(asking?.token_name ?? "")}
        act={words.tokenRemove}
        danger
        busy={remove.isPending}
        onClose={() => setAsking(undefined)}
        onYes={() => asking && void remove.mutateAsync(asking.id).then(() => (setAsking(undefined), toast(words.tokenRemoved(asking.token_name))), toastError)}
      >
        <p>{words.tokenRemoveHint}</p>
      </Confirm>
    </>
  );
}
