// What goes into a template that is being uploaded, what does not and why, and what stands in its way.
import { useMemo, useState } from "react";
import { size } from "@/lib/size";
import { upload as words } from "@/strings/upload";
import { Icon } from "@/ui/Icon";
import { Section } from "@/ui/Page";
import { type Left, type Pack, type Problem, tree, type Why } from "./pack";

export function Contents({ pack }: { pack: Pack }) {
  const twigs = useMemo(() => tree(pack.kept), [pack]);
  return (
    <div className="stack loose upload-contents">
      {pack.problem && (
        <div className="notice" data-tone="bad" role="alert">
          <Icon name="warning" />
          <p>{said(pack.problem)}</p>
        </div>
      )}
      <Section title={words.contents(pack.kept.length, size(pack.size))} id="contents">
        <ul className="twigs" tabIndex={0} aria-labelledby="contents">
          {twigs.slice(0, kShown).map((twig) => (
            <li key={twig.path} style={{ paddingInlineStart: 8 + twig.depth * 18 }}>
              {twig.size === undefined ? <Icon name="down" size={14} /> : <Icon name="file" size={14} />}
              <span className="clip grow">{twig.name}</span>
              {twig.size !== undefined && <span className="muted small num">{size(twig.size)}</span>}
            </li>
          ))}
          {twigs.length > kShown && <li className="muted small">{words.more(twigs.length - kShown)}</li>}
        </ul>
      </Section>
      {pack.left.length > 0 && <LeftOut left={pack.left} />}
    </div>
  );
}

const kShown = 500;

function said(problem: Problem): string {
  return problem.kind === "tooLarge" ? words.tooLarge(size(problem.size), problem.biggest.path, size(problem.biggest.size)) : words.problems[problem.kind];
}

function LeftOut({ left }: { left: Left[] }) {
  const [open, setOpen] = useState(false);
  const groups = (Object.keys(words.why) as Why[]).map((why) => ({ why, list: left.filter((one) => one.why === why) })).filter(({ list }) => list.length > 0);
  return (
    <div>
      <button type="button" className="left-out" aria-expanded={open} onClick={() => setOpen(!open)}>
        <Icon name={open ? "down" : "right"} /> {words.left(left.length)}
      </button>
      <dl className="facts small left-why">
        {groups.map(({ why, list }) => (
          <div key={why}>
            <dt>{words.why[why]}</dt>
            <dd>{open ? list.slice(0, kShown).map((one) => <p key={one.path} className="mono">{one.path}</p>) : words.files(list.length)}</dd>
          </div>
        ))}
      </dl>
    </div>
  );
}
