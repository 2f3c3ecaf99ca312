import { GuestFault } from "../guest-fault.ts";
import type { Tanks } from "./tanks.ts";

/** Of `http-client`'s failures, by their order in wit/policy.wit. */
const NOT_HERE = 2;

/** Whether a guest may sleep: in the hooks that decide, but neither while it is configured nor in `on-log`, where nobody waits for it. */
export class Awake {
  #sleeps = false;
  readonly maySleep = (): number => (this.#sleeps ? 1 : 0);

  async allowing<Result>(run: () => Promise<Result>): Promise<Result> {
    this.#sleeps = true;
    try {
      return await run();
    } finally {
      this.#sleeps = false;
    }
  }

  /** What `send` is where the guest may not sleep: the failure `not-here`, at the address that is its last parameter. */
  instead(tanks: Tanks): (...args: number[]) => void {
    return (...args) => {
      const { onlyMemory } = tanks;
      const at = (args.at(-1) ?? 0) >>> 0;
      if (onlyMemory === undefined || at + AREA > onlyMemory.buffer.byteLength) {
        throw new GuestFault("GUEST_PROTOCOL", "the guest called a backend where it may not wait");
      }
      const view = new DataView(onlyMemory.buffer);
      view.setUint8(at, 1);
      view.setUint8(at + 4, NOT_HERE);
    };
  }
}

/** Bytes of `send`'s result. */
const AREA = 24;
