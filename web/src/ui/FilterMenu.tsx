// A menu that puts one key into a filter's text, or takes it out again: for those who do not know the words.
import { parseFilter, toggleTerm } from "@/lib/filter";
import { words } from "@/strings/common";
import { Icon } from "./Icon";
import { Menu } from "./Menu";

type MenuProps = { label: string; field: string; options: { value: string; label: string }[]; text: string; onChange: (text: string) => void };

export function FilterMenu({ label, field, options, text, onChange }: MenuProps) {
  const chosen = parseFilter(text).find((term) => term.key === field)?.value;
  const shown = options.find((option) => option.value === chosen)?.label ?? chosen;
  return (
    <Menu position="bottom-start" width={200}>
      <Menu.Target>
        <button type="button" className="chip" data-on={chosen !== undefined || undefined}>
          {shown === undefined ? label : words.chosen(label, shown)}
          <Icon name="down" size={12} />
        </button>
      </Menu.Target>
      <Menu.Dropdown className="filter-menu">
        {options.map((option) => (
          <Menu.Item key={option.value} leftSection={<Icon name="check" />} data-off={option.value !== chosen || undefined} onClick={() => onChange(toggleTerm(text, field, option.value))}>
            {option.label}
            {option.value === chosen && <span className="hidden-visually">, {words.isChosen}</span>}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
