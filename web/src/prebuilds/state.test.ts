import type { PrebuildPool, Workspace } from "@gen";
import { describe, expect, it } from "vitest";
import { words } from "@/strings/prebuilds";
import { byTemplate, poolState, presetsWaiting, shownPools } from "./state";

const kNone = { desired: 0, running: 0, eligible: 0, expired: 0, starting: 0, waiting: 0, stopping: 0, deleting: 0, failed: 0 };

function pool(counts: Partial<PrebuildPool["counts"]>, more: Partial<PrebuildPool> = {}): PrebuildPool {
  return {
    preset_id: "p",
    preset_name: "large",
    template_version_id: "v",
    template_version_name: "v1",
    active: true,
    status: "healthy",
    reason: "",
    held_until: null,
    next_at: null,
    last_at: null,
    last_error: "",
    last_failure: "",
    last_failure_at: null,
    ...more,
    counts: { ...kNone, ...counts },
  };
}

describe("poolState", () => {
  const word = (p: PrebuildPool, paused = false) => poolState(p, paused).word;

  it("says what matters most first", () => {
    expect(word(pool({ desired: 2, running: 2, eligible: 2 }))).toBe(words.state.full);
    expect(word(pool({ desired: 2, running: 1, eligible: 1, starting: 1 }))).toBe(words.state.filling);
    expect(word(pool({ desired: 2, running: 2, eligible: 1 }))).toBe(words.state.filling);
    expect(word(pool({ desired: 2, running: 1, eligible: 1 }))).toBe(words.state.short);
    expect(word(pool({ desired: 2 }, { held_until: "2026-11-30T10:40:00Z" }))).toBe(words.state.held);
    expect(word(pool({ desired: 2 }, { status: "hard_limited" }))).toBe(words.state.limited);
    expect(word(pool({}))).toBe(words.state.empty);
    expect(word(pool({ running: 2 }, { active: false }))).toBe(words.state.leaving);
    expect(word(pool({ desired: 2 }, { status: "hard_limited" }), true)).toBe(words.state.paused);
  });
});

describe("shownPools", () => {
  it("leaves out what an older version has nothing of any more", () => {
    const pools = [pool({}, { preset_name: "gone", active: false }), pool({ running: 1 }, { preset_name: "going", active: false }), pool({}, { preset_name: "small" }), pool({}, { preset_name: "large" })];
    expect(shownPools({ paused: false, pools }).map((p) => p.preset_name)).toEqual(["large", "small", "going"]);
  });
});

describe("presetsWaiting", () => {
  it("names those of which one can be had now", () => {
    const pools = [pool({ eligible: 1 }, { preset_id: "a" }), pool({ running: 1 }, { preset_id: "b" }), pool({ eligible: 1 }, { preset_id: "c", active: false })];
    expect([...presetsWaiting({ paused: true, pools })]).toEqual(["a"]);
    expect(presetsWaiting(undefined).size).toBe(0);
  });
});

describe("a template's sum in words", () => {
  it("says what there is and leaves out what there is not", () => {
    expect(words.sum({ running: 2, building: 0, failed: 1, other: 0 })).toBe("2 running, 1 failed");
  });
});

describe("byTemplate", () => {
  it("counts members by what becomes of them", () => {
    const of = (template: string, status: string) =>
      ({ template_id: template, template_name: template, template_display_name: "", template_icon: "", organization_name: "default", latest_build: { status } }) as Workspace;
    const rows = byTemplate([of("b", "running"), of("a", "starting"), of("a", "failed"), of("a", "running"), of("a", "stopped"), of("a", "deleting")]);
    expect(rows.map((r) => [r.title, r.running, r.building, r.failed, r.other])).toEqual([
      ["a", 1, 1, 1, 2],
      ["b", 1, 0, 0, 0],
    ]);
  });
});
