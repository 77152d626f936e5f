// An import that failed: what happened, where it says so, what to try, and the ways on.
import type { ReactNode } from "react";
import { advice } from "@/builds/advice";
import { causeLines, type Line } from "@/builds/fold";
import { stripAnsi } from "@/lib/ansi";
import { words as buildWords } from "@/strings/builds";
import { words } from "@/strings/templates";
import { Button } from "@/ui/Button";
import { Icon } from "@/ui/Icon";

type FailedProps = { error: string; lines: Line[]; title?: string; onShow?: (line: number) => void; children: ReactNode };

export function ImportFailed({ error, lines, title = words.importFailed, onShow, children }: FailedProps) {
  const whole = causeLines(lines);
  const breath = whole.slice(Math.max(0, whole.findIndex((l) => /\bError: /.test(l.text)))); // what a tool says before it comes to the point is in the log
  const first = breath[0];
  const said = breath.map((l) => stripAnsi(l.text).trimEnd()).join("\n").trim();
  return (
    <section className="fail" aria-labelledby="import-failed" role="alert">
      <h2 id="import-failed">
        <Icon name="warning" size={18} /> {title}
      </h2>
      {(said === "" || !said.includes(error)) && <p>{error}</p>}
      {said !== "" && (
        <pre tabIndex={0} aria-label={buildWords.from}>
          {said}
        </pre>
      )}
      {first && onShow && (
        <div>
          <Button size="small" kind="quiet" icon="search" onClick={() => onShow(first.id)}>
            {buildWords.showLine}
          </Button>
        </div>
      )}
      <h3>{buildWords.tryTitle}</h3>
      <p className="muted">{advice(`${error}\n${said}`)}</p>
      <div className="form-acts">{children}</div>
    </section>
  );
}
