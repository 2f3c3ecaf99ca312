import type { WasmMemory } from "../engine.ts";
import type { FoundValue } from "../exchange.ts";
import { GuestFault } from "./guest-fault.ts";
import type { Tank } from "./tank.ts";
import { type MemoryViews, TextCache } from "./text-cache.ts";

/** `cabi_realloc` of a guest: old pointer, old size, alignment, new size. */
export type Realloc = (old: number, oldSize: number, align: number, size: number) => number;

/** The most items that a guest may pass in one list of anything but bytes. */
const MAX_LIST = 4096;

/**
 * A guest's linear memory, as one call of the Canonical ABI (string encoding UTF-16) reads and writes it. Nothing that
 * comes from the guest is believed: every pointer, length and discriminant is checked, and whatever can run guest code
 * (`realloc`) can also have grown the memory, so views are looked at again afterwards.
 *
 * One flag guards the boundary. It is set while a host call runs and stays set when one fails, so that a guest can
 * neither call the host from inside its allocator nor catch a host's refusal and go on.
 */
export class GuestMemory implements MemoryViews {
  #memory: WasmMemory | undefined;
  #realloc: Realloc = () => this.fail("the module allocated before it was started");
  octets: Buffer = Buffer.alloc(0);
  units = new Uint16Array(0);
  words = new Int32Array(0);
  /** Bytes that the views show. */
  #length = 0;
  #view = new DataView(new ArrayBuffer(0));
  #busy = true;
  /** Bytes that the host call has passed so far. */
  #lifted = 0;
  #fault: GuestFault | undefined;
  readonly #texts = new TextCache();
  /** Pays for what the host does. */
  readonly tank: Tank;

  constructor(tank: Tank) {
    this.tank = tank;
  }

  /** Opens the boundary: the instance exists. */
  attach(memory: WasmMemory | undefined, realloc: Realloc | undefined): void {
    this.#memory = memory;
    if (realloc !== undefined) this.#realloc = realloc;
    else this.#realloc = () => this.fail("the module exports no cabi_realloc");
    this.#busy = false;
  }

  /** Why nothing may cross the boundary any more. */
  get fault(): GuestFault | undefined {
    return this.#busy
      ? (this.#fault ?? new GuestFault("GUEST_PROTOCOL", "a host call was left unfinished"))
      : undefined;
  }

  /** Bytes of linear memory. */
  get size(): number {
    return this.#memory?.buffer.byteLength ?? 0;
  }

  get buffer(): ArrayBuffer | undefined {
    return this.#memory?.buffer;
  }

  /** Begins a host call. */
  enter(): void {
    if (this.#busy) this.fail("the guest called the host from its start function, its allocator or after a fault");
    this.#busy = true;
    this.#lifted = 0;
    if (this.octets.length === 0) this.#refresh();
  }

  /**
   * Ends a host call and takes its price. The boundary stays shut when the guest misbehaved in its allocator and caught
   * what that threw.
   */
  leave(): void {
    this.tank.owe(CALL + this.#lifted);
    if (this.#fault === undefined) this.#busy = false;
    else throw this.#fault;
  }

  fail(message: string): never {
    this.#busy = true;
    this.#fault ??= new GuestFault("GUEST_PROTOCOL", message);
    throw this.#fault;
  }

  /** Lifts a string. Lone surrogates become U+FFFD: what the host holds is well formed. */
  text(pointer: number, length: number): string {
    if (length === 0) return "";
    const start = this.#range(pointer, length >>> 0, 2, 2);
    return this.#texts.read(this, start, length >>> 0);
  }

  /** Lifts a list of bytes; the copy is the host's. */
  bytes(pointer: number, length: number): Uint8Array {
    if (length === 0) return new Uint8Array(0);
    const start = this.#range(pointer, length >>> 0, 1, 1);
    return new Uint8Array(this.octets.subarray(start, start + (length >>> 0)));
  }

  /** Lifts a list of aggregates of `size` bytes, whose alignment is 4. */
  list<Item>(pointer: number, length: number, size: number, item: (at: number) => Item): Item[] {
    const count = length >>> 0;
    if (count > MAX_LIST) this.fail(`expected a list of at most ${MAX_LIST} items, got ${count}`);
    const start = count === 0 ? 0 : this.#range(pointer, count, size, 4);
    return Array.from({ length: count }, (_, index) => item(start + index * size));
  }

  /** Lifts the string whose pointer and length are stored at a checked address. */
  textAt(at: number): string {
    return this.text(this.#view.getUint32(at, true), this.#view.getUint32(at + 4, true));
  }

  /** The byte at a checked address. */
  byteAt(at: number): number {
    return this.#view.getUint8(at);
  }

  /** The discriminant of an option. */
  some(tag: number): boolean {
    if (tag !== 0 && tag !== 1) this.fail(`expected the discriminant of an option, got ${tag >>> 0}`);
    return tag === 1;
  }

  /** The case of an enum. */
  oneOf<Case>(cases: readonly Case[], index: number): Case {
    return cases[index] ?? this.fail(`expected one of ${cases.length} cases of an enum, got ${index >>> 0}`);
  }

  /** Checks the place that the guest has set aside for a result. */
  area(pointer: number, size: number, align: number): number {
    return this.#range(pointer, 1, size, align);
  }

  setByte(at: number, value: number): void {
    this.#view.setUint8(at, value);
  }

  setWord(at: number, value: number): void {
    this.#view.setUint32(at, value, true);
  }

  setDouble(at: number, value: number): void {
    this.#view.setFloat64(at, value, true);
  }

  /** Lowers a string into memory that the guest allocates and stores pointer and length. */
  setText(at: number, value: string): void {
    const pointer = this.lowerText(value);
    this.#view.setUint32(at, pointer, true);
    this.#view.setUint32(at + 4, value.length, true);
  }

  setBytes(at: number, value: Uint8Array): void {
    const pointer = this.#allocate(value.length, 1);
    this.octets.set(value, pointer);
    this.#view.setUint32(at, pointer, true);
    this.#view.setUint32(at + 4, value.length, true);
  }

  /** Lowers a list of aggregates of `size` bytes. */
  setList<Item>(
    at: number,
    items: readonly Item[],
    size: number,
    align: number,
    store: (to: number, item: Item) => void,
  ): void {
    const pointer = this.#allocate(items.length * size, align);
    for (let index = 0; index < items.length; index++) store(pointer + index * size, items[index] as Item);
    this.#view.setUint32(at, pointer, true);
    this.#view.setUint32(at + 4, items.length, true);
  }

  setTexts(at: number, texts: readonly string[]): void {
    const pointer = this.#allocate(texts.length * 8, 4);
    for (let index = 0; index < texts.length; index++) this.setText(pointer + index * 8, texts[index] as string);
    this.#view.setUint32(at, pointer, true);
    this.#view.setUint32(at + 4, texts.length, true);
  }

  /** Lowers a part of a text without cutting it out. */
  setFound(at: number, { text, start, end }: FoundValue): void {
    const length = end - start;
    const pointer = this.#allocate(length * 2, 2);
    this.#write(pointer, text, start, end);
    this.#view.setUint32(at, pointer, true);
    this.#view.setUint32(at + 4, length, true);
  }

  /** Lowers a string and returns its address. */
  lowerText(value: string): number {
    const pointer = this.#allocate(value.length * 2, 2);
    this.#write(pointer, value, 0, value.length);
    return pointer;
  }

  #write(pointer: number, text: string, start: number, end: number): void {
    if (end - start > SHORT) {
      this.octets.ucs2Write(start === 0 && end === text.length ? text : text.slice(start, end), pointer);
      return;
    }
    const { units } = this;
    for (let from = start, unit = pointer >>> 1; from < end; from++, unit++) units[unit] = text.charCodeAt(from);
  }

  /** Memory of the guest; what its allocator answers is checked like any other pointer. Empty needs none. */
  #allocate(size: number, align: number): number {
    if (size === 0) return align;
    this.tank.owe(size);
    const pointer = this.#realloc(0, 0, align, size) >>> 0;
    if (this.octets.length === 0) this.#refresh();
    if (pointer === 0) this.fail(`the guest could not allocate ${size} bytes`);
    return this.#check(pointer, size, align);
  }

  /** Checks `count` items of `size` bytes, and that one call does not lift the same memory again and again. */
  #range(pointer: number, count: number, size: number, align: number): number {
    this.#lifted += count * size;
    if (this.#lifted > this.#length) this.fail("the guest passed more bytes in one call than its memory holds");
    return this.#check(pointer >>> 0, count * size, align);
  }

  #check(start: number, size: number, align: number): number {
    if (start + size > this.#length || start % align !== 0) {
      this.fail(
        `expected ${size} bytes at an address aligned to ${align} within ${this.#length}, got address ${start}`,
      );
    }
    return start;
  }

  #refresh(): void {
    const buffer = this.#memory?.buffer ?? new ArrayBuffer(0);
    this.octets = Buffer.from(buffer);
    this.units = new Uint16Array(buffer);
    this.words = new Int32Array(buffer);
    this.#length = buffer.byteLength;
    this.#view = new DataView(buffer);
  }
}

/** What a host call costs in fuel; each byte that passes costs a unit more. */
const CALL = 500;

/** Below this many characters a loop writes faster than a native call. */
const SHORT = 24;

declare global {
  interface Buffer {
    /** Node's fast path without argument checks; the caller has checked the range. */
    ucs2Write(text: string, offset: number): number;
  }
}
