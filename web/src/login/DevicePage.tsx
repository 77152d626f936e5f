import { useQuery } from "@tanstack/react-query";
import { useEffect } from "react";
import { safeReturn } from "@/lib/safe";
import { githubDevice, githubDeviceDone } from "@/me/queries";
import { device as words } from "@/strings/app";
import { Solo } from "@/ui/Solo";
import { CopyLine } from "@/ui/bits";
import { Bones, Failure } from "@/ui/Load";

export function DevicePage() {
  return (
    <Solo title={words.title}>
      <div>
        <h1>{words.title}</h1>
        <p className="muted">{words.lead}</p>
      </div>
      <Code />
    </Solo>
  );
}

function Code() {
  const code = useQuery(githubDevice);
  const done = useQuery(githubDeviceDone(code.data));
  const target = done.data?.redirect_url;
  useEffect(() => {
    if (target) window.location.replace(safeReturn(target, window.location.origin));
  }, [target]);
  const problem = code.error ?? done.error;
  if (problem) return <Failure error={problem} retry={() => void code.refetch()} />;
  if (!code.data) return <Bones rows={2} />;
  return (
    <>
      <CopyLine text={code.data.user_code} label={words.code} />
      <a className="btn" data-kind="main" href={code.data.verification_uri} target="_blank" rel="noreferrer">
        {words.open}
      </a>
      <p className="muted" role="status">
        {words.waiting}
      </p>
    </>
  );
}
