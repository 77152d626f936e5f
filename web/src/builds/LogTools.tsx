import { download } from "@/lib/browser";
import { words } from "@/strings/builds";
import { copyText } from "@/ui/bits";
import { IconButton } from "@/ui/Button";
import { Icon } from "@/ui/Icon";
import type { Level } from "./fold";

type LogToolsProps = {
  least: Level;
  setLeast: (level: Level) => void;
  search: string;
  setSearch: (text: string) => void;
  wrap: boolean;
  setWrap: (on: boolean) => void;
  hits: number | undefined;
  text: () => string;
  name: string;
  folded: boolean;
  onFold: ((all: boolean) => void) | undefined;
};

export function LogTools({ least, setLeast, search, setSearch, wrap, setWrap, hits, text, name, folded, onFold }: LogToolsProps) {
  return (
    <div className="log-tools">
      <label className="log-search">
        <Icon name="search" size={14} />
        <input type="search" value={search} onChange={(event) => setSearch(event.currentTarget.value)} placeholder={words.search} aria-label={words.search} />
        <span className="tiny muted" role="status">
          {hits === undefined ? "" : words.hits(hits)}
        </span>
      </label>
      <select value={least} onChange={(event) => setLeast(event.currentTarget.value as Level)} aria-label={words.level}>
        {(Object.keys(words.levels) as Level[]).map((level) => (
          <option key={level} value={level}>
            {words.levels[level]}
          </option>
        ))}
      </select>
      <span className="log-tools-acts">
        {onFold && <IconButton icon="fold" label={folded ? words.unfoldAll : words.foldAll} aria-pressed={folded} onClick={() => onFold(!folded)} />}
        <IconButton icon="wrap" label={words.wrap} aria-pressed={wrap} onClick={() => setWrap(!wrap)} />
        <IconButton icon="copy" label={words.copy} onClick={() => void copyText(text())} />
        <IconButton icon="download" label={words.download} onClick={() => download(`${name}.log`, "text/plain", text())} />
      </span>
    </div>
  );
}
