import type { WitFunction, WitType } from "./contract.ts";

/** A core WebAssembly type. */
export type Flat = "i32" | "f64";

/** Bytes that a value takes in linear memory, and its alignment (component model, Canonical ABI, "Despecialization"). */
export interface Layout {
  readonly size: number;
  readonly align: number;
}

/** A place inside a stored aggregate. */
export interface Slot {
  readonly name: string;
  readonly type: WitType;
  readonly offset: number;
}

/** More flat parameters than this would be passed through memory; the contract stays below. */
const MAX_FLAT_PARAMS = 16;

const WORD: Layout = { size: 4, align: 4 };
const BYTE: Layout = { size: 1, align: 1 };

export function layout(type: WitType): Layout {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "enum":
      return BYTE;
    case "u32":
      return WORD;
    case "f64":
      return { size: 8, align: 8 };
    case "string":
    case "list":
      return { size: 8, align: 4 };
    case "option":
      return layoutOf([{ kind: "u8" }, type.item]);
    case "tuple":
      return layoutOf(type.items);
    case "record":
      return layoutOf(type.fields.map((field) => field.type));
    case "result":
      return resultLayout(type.ok, type.error);
  }
}

/** Where the payload of an option or result lies behind its one-byte discriminant. */
export function payloadOffset(types: readonly (WitType | undefined)[]): number {
  return Math.max(1, ...types.map((type) => (type === undefined ? 1 : layout(type).align)));
}

/** The offsets of consecutive values. */
export function slots(fields: readonly { readonly name: string; readonly type: WitType }[]): Slot[] {
  let end = 0;
  return fields.map(({ name, type }) => {
    const { size, align } = layout(type);
    const offset = roundUp(end, align);
    end = offset + size;
    return { name, type, offset };
  });
}

export function flatten(type: WitType): Flat[] {
  switch (type.kind) {
    case "bool":
    case "u8":
    case "u32":
    case "enum":
      return ["i32"];
    case "f64":
      return ["f64"];
    case "string":
    case "list":
      return ["i32", "i32"];
    case "option":
      return ["i32", ...flatten(type.item)];
    case "tuple":
      return type.items.flatMap(flatten);
    case "record":
      return type.fields.flatMap((field) => flatten(field.type));
    case "result":
      return flattenResult(type.ok, type.error);
  }
}

/** The core signature of a function. `indirect`: the result lies in memory (a caller's area for an import). */
export interface Signature {
  readonly params: readonly Flat[];
  readonly results: readonly Flat[];
  readonly indirect: boolean;
}

export function importSignature(fn: WitFunction): Signature {
  const { params, results, indirect } = signature(fn);
  return indirect ? { params: [...params, "i32"], results: [], indirect } : { params, results, indirect };
}

export function exportSignature(fn: WitFunction): Signature {
  const { params, results, indirect } = signature(fn);
  return { params, results: indirect ? ["i32"] : results, indirect };
}

function signature(fn: WitFunction): Signature {
  const params = fn.params.flatMap((param) => flatten(param.type));
  if (params.length > MAX_FLAT_PARAMS)
    throw new RangeError(`${fn.name} has more than ${MAX_FLAT_PARAMS} flat parameters`);
  const results = fn.result === undefined ? [] : flatten(fn.result);
  return { params, results, indirect: results.length > 1 };
}

function layoutOf(types: readonly WitType[]): Layout {
  const placed = slots(types.map((type) => ({ name: "", type })));
  const last = placed.at(-1);
  const align = Math.max(1, ...types.map((type) => layout(type).align));
  return { size: last === undefined ? 0 : roundUp(last.offset + layout(last.type).size, align), align };
}

function resultLayout(ok: WitType | undefined, error: WitType | undefined): Layout {
  const cases = [ok, error].filter((type): type is WitType => type !== undefined).map(layout);
  const align = Math.max(1, ...cases.map((one) => one.align));
  return { size: roundUp(payloadOffset([ok, error]) + Math.max(0, ...cases.map((one) => one.size)), align), align };
}

/** Cases share their slots. The contract has no result whose cases differ in the flat types of one slot. */
function flattenResult(ok: WitType | undefined, error: WitType | undefined): Flat[] {
  const cases = [ok, error].map((type) => (type === undefined ? [] : flatten(type)));
  const [first = [], second = []] = cases;
  const longer = first.length > second.length ? first : second;
  return ["i32", ...longer];
}

function roundUp(value: number, align: number): number {
  return Math.ceil(value / align) * align;
}
