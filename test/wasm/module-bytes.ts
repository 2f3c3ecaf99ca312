/** Core modules byte by byte, for what no tool would write. */

export type Bytes = readonly number[];

export const PREAMBLE: Bytes = [0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00];

/** An unsigned LEB128 number. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  let rest = value;
  for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) bytes.push((rest % 0x80) | 0x80);
  return [...bytes, rest];
}

/** A section with its id and length. */
export function section(id: number, content: Bytes): number[] {
  return [id, ...leb(content.length), ...content];
}

/** A counted vector. */
export function vector(items: readonly Bytes[]): number[] {
  return [...leb(items.length), ...items.flat()];
}

export function name(text: string): number[] {
  const utf8 = [...new TextEncoder().encode(text)];
  return [...leb(utf8.length), ...utf8];
}

export function moduleOf(...sections: readonly Bytes[]): Uint8Array {
  return Uint8Array.from([...PREAMBLE, ...sections.flat()]);
}

const I32 = 0x7f;

export interface SmallModule {
  /** Of the only function, behind its locals and without the last `end`. */
  readonly code?: Bytes;
  /** Groups of locals. */
  readonly locals?: readonly (readonly [count: number, type: number])[];
  /** Sections in the place of their own ids, or in addition. */
  readonly sections?: Readonly<Record<number, Bytes>>;
}

/** A module with a memory, a table, a global and one function `(i32) -> (i32)`, whose code comes as bytes. */
export function smallModule({ code = [0x20, 0x00], locals = [], sections = {} }: SmallModule): Uint8Array {
  const body = [...vector(locals.map(([count, type]) => [...leb(count), type])), ...code, 0x0b];
  const all: Record<number, Bytes> = {
    1: vector([[0x60, 1, I32, 1, I32]]),
    3: vector([[0]]),
    4: vector([[0x70, 0x00, 1]]),
    5: vector([[0x00, 1]]),
    6: vector([[I32, 1, 0x41, 0, 0x0b]]),
    7: vector([[...name("run"), 0, 0]]),
    10: vector([[...leb(body.length), ...body]]),
    ...sections,
  };
  const order = [1, 2, 3, 4, 5, 13, 6, 7, 8, 9, 12, 10, 11];
  return moduleOf(...order.flatMap((id) => (all[id] === undefined ? [] : [section(id, all[id])])));
}

export const fill = <Item>(count: number, item: Item): Item[] => Array.from({ length: count }, () => item);

/** A function body behind its size. */
export function body(bytes: Bytes): number[] {
  return [...leb(bytes.length), ...bytes];
}

/** The sections of many functions with one body. */
export function bodies(count: number, one: Bytes): Readonly<Record<number, Bytes>> {
  return {
    3: [...leb(count), ...new Array<number>(count).fill(0)],
    10: [...leb(count), ...fill(count, one).flat()],
  };
}
