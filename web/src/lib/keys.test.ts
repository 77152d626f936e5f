import { describe, expect, it } from "vitest";
import { PlaceKeys } from "./keys";

describe("PlaceKeys", () => {
  it("takes the one key after g, whoever asks and however often", () => {
    const keys = new PlaceKeys();
    const g = { timeStamp: 100 };
    const t = { timeStamp: 300 };

    expect(keys.takes(g)).toBe(false);
    keys.arm(g);

    expect([keys.takes(g), keys.takes(t), keys.takes(t)]).toEqual([true, true, true]);
    expect(keys.takes({ timeStamp: 400 })).toBe(false);
  });

  it("lets go after a moment", () => {
    const keys = new PlaceKeys();
    keys.arm({ timeStamp: 100 });
    expect(keys.takes({ timeStamp: 1_200 })).toBe(false);
  });
});
