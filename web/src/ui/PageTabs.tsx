import { Tabs } from "@mantine/core";
import { useLayoutEffect, useRef, useState, type ReactNode } from "react";

// A row of tabs: the chosen one is in sight, and an edge with more behind it fades.
export function useEdges<E extends HTMLElement>(value: string, chosenBy: string, count = 0) {
  const list = useRef<E>(null);
  const [more, setMore] = useState({ before: false, after: false });
  const look = () => {
    const box = list.current;
    if (box) setMore({ before: box.scrollLeft > 1, after: box.scrollLeft + box.clientWidth < box.scrollWidth - 1 });
  };
  useLayoutEffect(() => {
    const box = list.current;
    if (!box) return;
    const chosen = box.querySelector(chosenBy)?.getBoundingClientRect();
    if (chosen) box.scrollLeft += chosen.left - box.getBoundingClientRect().left - (box.clientWidth - chosen.width) / 2;
    const sizes = new ResizeObserver(look);
    sizes.observe(box);
    return () => sizes.disconnect();
  }, [value, chosenBy, count]);
  return { ref: list, onScroll: look, "data-before": more.before || undefined, "data-after": more.after || undefined };
}

function TabList({ value, count, children }: { value: string; count: number; children: ReactNode }) {
  return <Tabs.List {...useEdges<HTMLDivElement>(value, "[data-active]", count)}>{children}</Tabs.List>;
}

// The tabs of a page. Which one is chosen stands in the page's address, but for the first.
export function PageTabs({ value, tabs, onChoose, width, children }: { value: string; tabs: [key: string, label: string][]; onChoose: (tab?: string) => void; width?: number; children: ReactNode }) {
  return (
    <Tabs value={value} onChange={(next) => onChoose(next && next !== tabs[0]?.[0] ? next : undefined)} keepMounted={false} activateTabWithKeyboard={false}>
      <TabList value={value} count={tabs.length}>
        {tabs.map(([key, label]) => (
          <Tabs.Tab key={key} value={key}>
            {label}
          </Tabs.Tab>
        ))}
      </TabList>
      <div className="tab-body" style={{ maxWidth: width }}>
        {children}
      </div>
    </Tabs>
  );
}
