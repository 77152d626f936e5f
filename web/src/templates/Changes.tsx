// What a version changed against another of its template, file by file.
import type { Template, TemplateVersion } from "@gen";
import { Select } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useMemo, useState } from "react";
import { type Change, diffFiles, type FileChange, marksOf, type Stretch } from "@/lib/diff";
import { words } from "@/strings/templates";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Section } from "@/ui/Page";
import { comparedWith } from "./compare";
import { filesQuery, type SourceFile } from "./queries";

export function Changes({ template: t, version: v, versions, since }: { template: Template; version: TemplateVersion; versions: TemplateVersion[]; since: string | undefined }) {
  const base = comparedWith(v, versions, t.active_version_id, since);
  const before = useQuery({ ...filesQuery(base?.job.file_id ?? ""), enabled: base !== undefined });
  const after = useQuery(filesQuery(v.job.file_id));
  const navigate = useNavigate({ from: "/templates/$org/$name/versions/$version" });
  if (!base) return null;
  const both = { data: before.data && after.data ? { before: before.data, after: after.data } : undefined, error: before.error ?? after.error, refetch: () => Promise.all([before.refetch(), after.refetch()]) };
  const label = (one: TemplateVersion) => (one.id === t.active_version_id ? words.compareActive(one.name) : one.name);
  return (
    <Section
      title={`${words.compare} ${base.name}`}
      id="changes"
      acts={
        <Select
          aria-label={words.compareWith}
          size="xs"
          className="changes-since"
          data={versions.filter((one) => one.id !== v.id).map((one) => ({ value: one.name, label: label(one) }))}
          value={base.name}
          allowDeselect={false}
          searchable={versions.length > 9}
          onChange={(name) => void navigate({ search: name ? { since: name } : {}, replace: true, resetScroll: false })}
        />
      }
    >
      <Load query={both} skeleton={<Bones rows={3} />}>
        {(files) => <List key={base.id} {...files} />}
      </Load>
    </Section>
  );
}

function List({ before, after }: { before: SourceFile[]; after: SourceFile[] }) {
  const changes = useMemo(() => diffFiles(before, after), [before, after]);
  if (changes.length === 0) return <p className="muted">{words.noChanges}</p>;
  return (
    <div className="stack tight">
      <p className="muted small">{words.changedFiles(changes.length)}</p>
      {changes.map((change) => (
        <File key={change.path} change={change} />
      ))}
    </div>
  );
}

const kLong = 200; // changed lines; what has more is folded until somebody opens it

function File({ change: c }: { change: FileChange }) {
  const [open, setOpen] = useState(c.kind === "changed" && c.added + c.gone <= kLong);
  return (
    <div className="change">
      <button type="button" className="change-head" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} size={14} />
        <span className="mono small grow">{c.path}</span>
        {c.kind !== "changed" && <span className="muted small">{words.changed[c.kind]}</span>}
        {!c.binary && (
          <span className="change-count mono small" aria-label={words.lineCounts(c.added, c.gone)}>
            <b>+{c.added}</b> <i>−{c.gone}</i>
          </span>
        )}
      </button>
      {open && (c.binary ? <p className="files-none muted">{words.binary}</p> : c.stretches.map((stretch, i) => <Lines key={i} stretch={stretch} path={c.path} />))}
    </div>
  );
}

const kMarks = { same: " ", add: "+", gone: "-" };

function Lines({ stretch, path }: { stretch: Stretch; path: string }) {
  const [folded, setFolded] = useState(stretch.folded);
  const marks = useMemo(() => marksOf(stretch.lines), [stretch]);
  if (folded) {
    return (
      <button type="button" className="change-fold small" onClick={() => setFolded(false)}>
        <Icon name="right" size={14} /> {words.unchangedLines(stretch.lines.length)}
      </button>
    );
  }
  return (
    <pre className="hunk" tabIndex={0} aria-label={path}>
      {stretch.lines.map((line, i) => (
        <span key={i} data-kind={line.kind}>
          <i>{line.kind === "add" ? line.newLine : line.oldLine}</i>
          {kMarks[line.kind]} {pieces(line, marks)}
          {"\n"}
        </span>
      ))}
    </pre>
  );
}

function pieces(line: Change, marks: ReturnType<typeof marksOf>) {
  return marks.get(line)?.map((span, i) => (span.changed ? <mark key={i}>{span.text}</mark> : span.text)) ?? line.text;
}
