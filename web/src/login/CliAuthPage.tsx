import { useSessionKey } from "@/me/queries";
import { cli as words } from "@/strings/app";
import { Solo } from "@/ui/Solo";
import { CopyLine } from "@/ui/bits";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { Failure } from "@/ui/Load";

export function CliAuthPage() {
  return (
    <Solo title={words.title}>
      <div>
        <h1>{words.title}</h1>
        <p className="muted">{words.lead}</p>
      </div>
      <Token />
    </Solo>
  );
}

// A key is made only when asked for: opening a link must not create one.
function Token() {
  const key = useSessionKey();
  if (key.error) return <Failure error={key.error} retry={() => key.mutate()} />;
  if (!key.data) {
    return (
      <Button kind="main" icon="key" busy={key.isPending} onClick={() => key.mutate()}>
        {words.show}
      </Button>
    );
  }
  return (
    <>
      <CopyLine text={key.data.key} label={words.token} />
      <div className="notice" data-tone="wait">
        <Icon name="warning" />
        <p>{words.warn}</p>
      </div>
    </>
  );
}
