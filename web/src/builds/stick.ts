// Whether a log stays at its end. Only a person lets go of it: what grows, shrinks or measures itself moves the view, too, and is not meant.
export type View = { top: number; height: number; shown: number }; // scrolled to, all there is, what one sees of it

const kNear = 28; // a line and a half from the end is the end
const kByHandMs = 600; // a wheel or a finger goes on for a while after it was last heard of

export const atEnd = ({ top, height, shown }: View): boolean => height - top - shown < kNear;

export class Stick {
  private stuck: boolean;
  private before = 0;
  private heldUntil = Number.NEGATIVE_INFINITY;
  private held = false;
  private seen = Number.POSITIVE_INFINITY; // lines there were when it was let go

  constructor(stuck: boolean) {
    this.stuck = stuck;
  }

  get holds(): boolean {
    return this.stuck;
  }

  // A wheel, a finger or a key that may scroll.
  touched(now: number): void {
    this.heldUntil = now + kByHandMs;
  }

  // A finger or a mouse button is down, perhaps on the scroll bar.
  holding(on: boolean, now: number): void {
    this.held = on;
    if (!on) this.touched(now);
  }

  // True when a person has just let go of the end.
  scrolled(view: View, now: number, lines: number): boolean {
    const up = view.top < this.before - 1;
    this.before = view.top;
    if (atEnd(view)) {
      this.stuck = true;
      return false;
    }
    if (!this.stuck || !up || !(this.held || now < this.heldUntil)) return false;
    this.letGo(lines);
    return true;
  }

  letGo(lines: number): void {
    if (this.stuck) this.seen = lines;
    this.stuck = false;
  }

  back(): void {
    this.stuck = true;
  }

  // How many lines have come since one left the end.
  fresh(lines: number): number {
    return this.stuck ? 0 : Math.max(0, lines - this.seen);
  }
}
