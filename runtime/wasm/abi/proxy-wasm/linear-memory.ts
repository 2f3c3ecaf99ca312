import type { WasmMemory } from "../../engine.ts";
import type { Tank } from "../tank.ts";

/** A guest's allocator: an address, or 0 when it has no room. */
export type Allocate = (size: number) => number;

/** As a power of two: what copying costs. */
const BYTES_PER_UNIT = 3;
const NOTHING = Buffer.alloc(0);
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A guest's linear memory as host calls read and write it. Numbers come from the guest as signed 32-bit integers; a range
 * counts only when `address + length`, both unsigned, lies within the memory as it is now: whatever runs guest code can
 * have grown it.
 */
export class LinearMemory {
  #memory: WasmMemory | undefined = undefined;
  #allocate: Allocate = () => 0;
  #octets: Buffer = NOTHING;
  #view = new DataView(new ArrayBuffer(0));
  /** Pays for what is copied. */
  readonly #tank: Tank;

  constructor(tank: Tank) {
    this.#tank = tank;
  }

  attach(memory: WasmMemory | undefined, allocate: Allocate): void {
    this.#memory = memory;
    this.#allocate = allocate;
  }

  /** Bytes. */
  get size(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  /** Whether a range lies within the memory. */
  holds(address: number, length: number): boolean {
    // Growing detaches the buffer: its views are empty from then on.
    if (this.#octets.length === 0) this.#refresh();
    return (address >>> 0) + (length >>> 0) <= this.#octets.length;
  }

  /** A copy of a range. */
  bytes(address: number, length: number): Uint8Array | undefined {
    if (!this.#reads(address, length)) return undefined;
    return new Uint8Array(this.#octets.subarray(address >>> 0, (address >>> 0) + (length >>> 0)));
  }

  /** Text, one character a byte, as the fields of messages are. */
  latin1(address: number, length: number): string | undefined {
    if (!this.#reads(address, length)) return undefined;
    return this.#octets.latin1Slice(address >>> 0, (address >>> 0) + (length >>> 0));
  }

  /** UTF-8; what is none becomes U+FFFD. */
  text(address: number, length: number): string | undefined {
    if (!this.#reads(address, length)) return undefined;
    return decoder.decode(this.#octets.subarray(address >>> 0, (address >>> 0) + (length >>> 0)));
  }

  word(address: number): number | undefined {
    return this.holds(address, 4) ? this.#view.getUint32(address >>> 0, true) : undefined;
  }

  /** False, and nothing written, outside of the memory. */
  setWord(address: number, value: number): boolean {
    if (!this.holds(address, 4)) return false;
    this.#view.setUint32(address >>> 0, value, true);
    return true;
  }

  setLong(address: number, value: bigint): boolean {
    if (!this.holds(address, 8)) return false;
    this.#view.setBigUint64(address >>> 0, BigInt.asUintN(64, value), true);
    return true;
  }

  fill(address: number, length: number, value: number): boolean {
    if (!this.holds(address, length)) return false;
    this.#octets.fill(value, address >>> 0, (address >>> 0) + (length >>> 0));
    return true;
  }

  write(address: number, bytes: Uint8Array): boolean {
    if (!this.holds(address, bytes.length)) return false;
    this.#octets.set(bytes, address >>> 0);
    return true;
  }

  /**
   * Gives the guest bytes in memory that it allocates and owns, and their address and length where it asked for them.
   * False when a place lies outside of the memory; both are looked at before the guest's allocator runs.
   */
  give(addressAt: number, lengthAt: number, bytes: Uint8Array): boolean {
    return this.#lend(addressAt, lengthAt, bytes.length, (at) => this.#octets.set(bytes, at));
  }

  /** `give` of text, one byte a character. */
  giveLatin1(addressAt: number, lengthAt: number, text: string): boolean {
    return this.#lend(addressAt, lengthAt, text.length, (at) => this.#octets.write(text, at, "latin1"));
  }

  #lend(addressAt: number, lengthAt: number, size: number, write: (at: number) => void): boolean {
    if (!this.holds(addressAt, 4) || !this.holds(lengthAt, 4)) return false;
    this.#tank.owe(size >>> BYTES_PER_UNIT);
    let at = 0;
    if (size > 0) {
      at = this.#allocate(size) >>> 0;
      if (at === 0 || !this.holds(at, size)) return false;
      write(at);
    }
    this.#view.setUint32(addressAt >>> 0, at, true);
    this.#view.setUint32(lengthAt >>> 0, size, true);
    return true;
  }

  #reads(address: number, length: number): boolean {
    const held = this.holds(address, length);
    if (held) this.#tank.owe(length >>> BYTES_PER_UNIT);
    return held;
  }

  #refresh(): void {
    if (this.#memory === undefined) return;
    const { buffer } = this.#memory;
    this.#octets = Buffer.from(buffer);
    this.#view = new DataView(buffer);
  }
}
