// The files of a version, read from its archive in the browser and shown read-only.
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { words } from "@/strings/templates";
import { Icon } from "@/ui/Icon";
import { Bones, Load } from "@/ui/Load";
import { Code } from "./Code";
import { filesQuery, type SourceFile } from "./queries";

export default function Files({ fileId, label }: { fileId: string; label: string }) {
  const files = useQuery(filesQuery(fileId));
  return (
    <Load query={files} skeleton={<Bones rows={6} />}>
      {(list) => (list.length === 0 ? <p className="muted">{words.filesNone}</p> : <Browser files={list} label={label} />)}
    </Load>
  );
}

function first(files: SourceFile[]): string {
  return (files.find((f) => f.path === "main.tf") ?? files.find((f) => f.path.endsWith(".tf")) ?? files[0])?.path ?? "";
}

function Browser({ files, label }: { files: SourceFile[]; label: string }) {
  const [path, setPath] = useState(() => first(files));
  const file = files.find((f) => f.path === path) ?? files[0];
  if (!file) return null;
  return (
    <div className="files">
      <nav aria-label={label} className="files-list">
        {files.map((f) => (
          <button key={f.path} type="button" aria-current={f.path === file.path || undefined} onClick={() => setPath(f.path)}>
            <Icon name="file" size={14} />
            <span className="clip">{f.path}</span>
          </button>
        ))}
      </nav>
      {file.text === undefined ? <p className="files-none muted">{words.binary}</p> : <Code key={file.path} path={file.path} text={file.text} />}
    </div>
  );
}
