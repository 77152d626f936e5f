import { expect, it } from "vitest";
import { Memory } from "./memory";

const text = (words: string) => new TextEncoder().encode(words);
const shown = (bytes: Uint8Array) => new TextDecoder().decode(bytes);

function hello(from: number, taken: number | undefined, words = ""): Uint8Array {
  const out = new Uint8Array(24 + words.length);
  out.set(text("SLPWTTY1"));
  const view = new DataView(out.buffer);
  view.setUint32(8, Math.floor(from / 2 ** 32));
  view.setUint32(12, from % 2 ** 32);
  view.setUint32(16, taken === undefined ? 0xffffffff : Math.floor(taken / 2 ** 32));
  view.setUint32(20, taken === undefined ? 0xffffffff : taken % 2 ** 32);
  out.set(text(words), 24);
  return out;
}

const kStart = 2 ** 40 + 7;

it("shows each byte once over two connections, however the head is cut", () => {
  for (let cut = 1; cut < 24; ++cut) {
    const memory = new Memory();
    expect(memory.begin().received).toBe(0);
    const first = memory.hear(hello(kStart, undefined, "one "));
    expect([shown(first.bytes), first.anew]).toEqual(["one ", true]);
    expect(shown(memory.hear(text("two ")).bytes)).toBe("two ");

    expect(memory.begin().received).toBe(kStart + 8);
    const head = hello(kStart + 8, 0, "three");
    const nothing = memory.hear(head.slice(0, cut));
    const rest = memory.hear(head.slice(cut));

    expect([shown(nothing.bytes), shown(rest.bytes), rest.anew]).toEqual(["", "three", false]);
  }
});

it("begins with an empty screen when the agent has forgotten what lies between", () => {
  const memory = new Memory();
  memory.begin();
  memory.hear(hello(kStart, undefined, "one"));

  memory.begin();
  const heard = memory.hear(hello(kStart + 500, 0, "later"));

  expect([shown(heard.bytes), heard.anew]).toEqual(["later", true]);
  expect(memory.begin().received).toBe(kStart + 505);
});

it("sends again what was not taken, and what was typed meanwhile", () => {
  const memory = new Memory();
  memory.begin();
  expect(memory.add("a")).toEqual([]);
  expect(memory.hear(hello(kStart, undefined)).send).toEqual(["a"]);
  expect(memory.add("b")).toEqual(["b"]);
  expect(memory.add("c")).toEqual(["c"]);

  memory.begin();
  expect(memory.add("d")).toEqual([]);

  expect(memory.hear(hello(kStart, 2)).send).toEqual(["c", "d"]);
});

it("does not type into another shell what was meant for the one before", () => {
  const memory = new Memory();
  memory.begin();
  memory.hear(hello(kStart, undefined));
  memory.add("rm -r build");

  memory.begin();
  const heard = memory.hear(hello(kStart * 2, undefined, "$ "));

  expect([heard.send, heard.anew]).toEqual([[], true]);
  expect(memory.add("ls")).toEqual(["ls"]);
  memory.begin();
  expect(memory.hear(hello(kStart * 2 + 2, 0)).send).toEqual(["ls"]);
});

it("shows all anew on an agent that says no hello", () => {
  const memory = new Memory();
  memory.begin();
  memory.hear(text("old $ "));

  expect(memory.begin().received).toBe(0);
  const heard = memory.hear(text("old $ ls"));

  expect([shown(heard.bytes), heard.anew]).toEqual(["old $ ls", true]);
});

it("keeps no more messages than may be under way", () => {
  const memory = new Memory();
  memory.begin();
  for (let i = 0; i < 1500; ++i) memory.add(String(i));

  const { send } = memory.hear(hello(kStart, undefined));

  expect([send.length, send[0]]).toEqual([1000, "500"]);
});
