import { Menu as Base, type MenuDropdownProps, type MenuProps } from "@mantine/core";
import { createContext, useContext, useLayoutEffect, useRef, useState, type KeyboardEvent } from "react";

const Closing = createContext(() => {});

// A menu that has the focus when it is there: who is quick presses the first arrow before one that fades in would get it, and
// the key would be lost.
export function Menu({ children, position = "bottom-end", defaultOpened = false, ...rest }: MenuProps) {
  const [opened, setOpened] = useState(defaultOpened);
  return (
    <Base opened={opened} onChange={setOpened} position={position} trapFocus={false} withInitialFocusPlaceholder={false} transitionProps={{ duration: 0 }} {...rest}>
      <Closing value={() => setOpened(false)}>{children}</Closing>
    </Base>
  );
}

function TakesFocus() {
  const here = useRef<HTMLSpanElement>(null);
  useLayoutEffect(() => here.current?.closest<HTMLElement>("[data-menu-dropdown]")?.focus({ preventScroll: true }), []);
  return <span ref={here} hidden />;
}

function Dropdown({ children, ...rest }: MenuDropdownProps) {
  const close = useContext(Closing);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key !== "Tab") return;
    event.preventDefault();
    close();
  };
  return (
    <Base.Dropdown {...rest} onKeyDown={onKeyDown}>
      <TakesFocus />
      {children}
    </Base.Dropdown>
  );
}

Menu.Target = Base.Target;
Menu.Dropdown = Dropdown;
Menu.Item = Base.Item;
Menu.Label = Base.Label;
Menu.Divider = Base.Divider;
