// A place to drop a folder or an archive on, and the two buttons that say the same.
import { useRef, useState, type DragEvent } from "react";
import { upload as words } from "@/strings/upload";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import { fromArchive, fromDrop, fromFolder, type Picked } from "./picked";

export function Drop({ onPick }: { onPick: (picked: Picked) => void }) {
  const archive = useRef<HTMLInputElement>(null);
  const folder = useRef<HTMLInputElement>(null);
  const [over, setOver] = useState(false);
  const [problem, setProblem] = useState<string>();
  const take = async (reading: Promise<Picked>) => {
    setProblem(undefined);
    try {
      const picked = await reading;
      if (picked.sources.length + picked.skipped.length === 0) setProblem(words.problems.empty);
      else onPick(picked);
    } catch {
      setProblem(words.unreadable);
    }
  };
  const drop = (event: DragEvent) => {
    event.preventDefault();
    setOver(false);
    void take(fromDrop(event.dataTransfer));
  };
  return (
    <div className="stack">
      <div
        className="drop"
        data-over={over || undefined}
        onDragOver={(event) => {
          event.preventDefault();
          setOver(true);
        }}
        onDragLeave={() => setOver(false)}
        onDrop={drop}
      >
        <Icon name="up" size={24} />
        <h2>{words.drop}</h2>
        <p className="muted">{words.dropHint}</p>
        <div className="row wrap drop-acts">
          <Button kind="main" onClick={() => folder.current?.click()}>
            {words.folder}
          </Button>
          <Button onClick={() => archive.current?.click()}>{words.archive}</Button>
        </div>
        <input
          ref={folder}
          hidden
          type="file"
          aria-label={words.folder}
          multiple
          {...{ webkitdirectory: "" }}
          onChange={(event) => event.currentTarget.files?.length && void take(Promise.resolve(fromFolder([...event.currentTarget.files])))}
        />
        <input ref={archive} hidden type="file" aria-label={words.archive} accept=".tar,.gz,.tgz,.zip" onChange={(event) => event.currentTarget.files?.[0] && void take(fromArchive(event.currentTarget.files[0]))} />
      </div>
      {problem && (
        <div className="notice" data-tone="bad" role="alert">
          <Icon name="warning" />
          <p>{problem}</p>
        </div>
      )}
      <p className="muted small">{words.cli}</p>
    </div>
  );
}
