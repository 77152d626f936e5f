import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isTyping } from "@/lib/keys";
import { list as words } from "@/strings/workspaces";
import { templatesQuery } from "@/templates/queries";
import { Menu } from "@/ui/Menu";
import { Picture } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/Button";

// The letter n opens it.
function useNewKey() {
  const target = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "n" || event.repeat || isTyping(event)) return;
      event.preventDefault();
      target.current?.click();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, []);
  return target;
}

export function NewMenu() {
  const navigate = useNavigate();
  const target = useNewKey();
  const templates = useQuery(templatesQuery).data?.filter((t) => !t.deprecated);
  if (!templates || templates.length === 0) {
    return (
      <LinkButton kind="main" icon="plus" to="/templates">
        {words.create}
      </LinkButton>
    );
  }
  return (
    <Menu position="bottom-end" width={260}>
      <Menu.Target>
        <Button ref={target} kind="main" icon="plus" aria-keyshortcuts="n">
          {words.create}
        </Button>
      </Menu.Target>
      <Menu.Dropdown mah={420} style={{ overflowY: "auto" }}>
        {templates.map((t) => (
          <Menu.Item
            key={t.id}
            leftSection={<Picture url={t.icon} name={t.display_name || t.name} size={20} />}
            onClick={() => void navigate({ to: "/templates/$org/$name/workspace", params: { org: t.organization_name, name: t.name } })}
          >
            {t.display_name || t.name}
          </Menu.Item>
        ))}
      </Menu.Dropdown>
    </Menu>
  );
}
