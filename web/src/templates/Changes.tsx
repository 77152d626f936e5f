// What a version changed against the one before it, file by file.
import { useQuery } from "@tanstack/react-query";
import { useMemo } from "react";
import { diffFiles, type FileChange } from "@/lib/diff";
import { words } from "@/strings/templates";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { filesQuery, previousVersion, type SourceFile } from "./queries";

export function Changes({ org, template, version, fileId }: { org: string; template: string; version: string; fileId: string }) {
  const previous = useQuery(previousVersion(org, template, version)).data;
  const before = useQuery({ ...filesQuery(previous?.job.file_id ?? ""), enabled: previous !== undefined && previous !== null });
  const after = useQuery(filesQuery(fileId));
  if (!previous) return null;
  const both = { data: before.data && after.data ? { before: before.data, after: after.data } : undefined, error: before.error ?? after.error, refetch: before.refetch };
  return (
    <Section title={`${words.compare} ${previous.name}`} id="changes">
      <Load query={both} skeleton={<Bones rows={3} />}>
        {(files) => <List {...files} />}
      </Load>
    </Section>
  );
}

function List({ before, after }: { before: SourceFile[]; after: SourceFile[] }) {
  const changes = useMemo(() => diffFiles(before, after), [before, after]);
  if (changes.length === 0) return <p className="muted">{words.noChanges}</p>;
  return (
    <div className="stack tight">
      {changes.map((change) => (
        <File key={change.path} change={change} />
      ))}
    </div>
  );
}

function File({ change }: { change: FileChange }) {
  const marks = { same: " ", add: "+", gone: "-" };
  return (
    <details className="change" open={change.kind === "changed"}>
      <summary>
        <span className="mono small">{change.path}</span> <span className="muted small">{words.changed[change.kind]}</span>
      </summary>
      {change.binary && <p className="files-none muted">{words.binary}</p>}
      {change.hunks.map((hunk, i) => (
        <pre key={i} className="hunk" tabIndex={0} aria-label={change.path}>
          {hunk.map((line, j) => (
            <span key={j} data-kind={line.kind}>
              <i>{line.kind === "add" ? line.newLine : line.oldLine}</i>
              {marks[line.kind]} {line.text}
              {"\n"}
            </span>
          ))}
        </pre>
      ))}
    </details>
  );
}
