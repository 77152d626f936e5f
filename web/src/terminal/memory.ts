// What a shell remembers across its connections, so that the next one goes on where this one broke: how far its output was shown, and
// which messages the agent may not have taken. The agent says at the start of each connection where it begins and what it has taken;
// one that does not (of an earlier version) shows everything anew.
import { uuid } from "@/lib/browser";

const kHello = "SLPWTTY1";
const kHead = kHello.length + 16;
const kMostMessages = 1000;
const kMostLetters = 1 << 20;

export type Heard = { bytes: Uint8Array; anew: boolean; send: string[] };

export class Memory {
  readonly viewer = uuid();
  private next = 0; // the number of the byte that is to be shown next; 0: none was shown
  private waiting: string[] = []; // messages that may not have been taken
  private first = 0; // how many were, before those
  private letters = 0;
  private head: Uint8Array | undefined = new Uint8Array(); // of this connection, until it is complete
  private met = false; // an agent has said something

  // A new connection; what to ask it for.
  begin(): { viewer: string; received: number } {
    this.head = new Uint8Array();
    return { viewer: this.viewer, received: this.next };
  }

  // A message to send: now when the connection is open, else with the first bytes of the next one.
  add(message: string): string[] {
    this.waiting.push(message);
    this.letters += message.length;
    while (this.waiting.length > 1 && (this.waiting.length > kMostMessages || this.letters > kMostLetters)) this.forget(1);
    return this.head === undefined ? [message] : [];
  }

  // What came: what of it to show, whether on an empty screen, and what to send before anything else.
  hear(bytes: Uint8Array): Heard {
    if (this.head === undefined) {
      if (this.next > 0) this.next += bytes.length;
      return { bytes, anew: false, send: [] };
    }
    const all = new Uint8Array(this.head.length + bytes.length);
    all.set(this.head);
    all.set(bytes, this.head.length);
    const start = String.fromCharCode(...all.subarray(0, kHello.length));
    if (!kHello.startsWith(start)) return this.meet(all, 0, undefined);
    if (all.length < kHead) {
      this.head = all;
      return { bytes: new Uint8Array(), anew: false, send: [] };
    }
    const view = new DataView(all.buffer);
    const taken = view.getUint32(16) === 0xffffffff ? undefined : view.getUint32(16) * 2 ** 32 + view.getUint32(20);
    return this.meet(all.subarray(kHead), view.getUint32(8) * 2 ** 32 + view.getUint32(12), taken);
  }

  private meet(bytes: Uint8Array, from: number, taken: number | undefined): Heard {
    // An agent that does not know us after we met has another shell by now: what was typed was not for that one.
    if (taken === undefined && this.met) this.forget(this.waiting.length);
    if (taken === undefined) this.first = 0;
    else this.forget(Math.max(0, Math.min(taken - this.first, this.waiting.length)));
    const anew = from === 0 || from !== this.next;
    this.next = from === 0 ? 0 : from + bytes.length;
    this.head = undefined;
    this.met = true;
    return { bytes, anew, send: [...this.waiting] };
  }

  private forget(count: number) {
    for (const message of this.waiting.splice(0, count)) this.letters -= message.length;
    this.first += count;
  }
}
