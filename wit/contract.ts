/** The parts of a WIT package that Heddle's contract uses, resolved: a type that has a name is where it is used. */
export interface Contract {
  /** `heddle:policy`. */
  readonly name: string;
  readonly version: string;
  readonly interfaces: readonly Interface[];
  /** Names of the interfaces that the world imports and exports. */
  readonly imports: readonly string[];
  readonly exports: readonly string[];
}

export interface Interface {
  readonly name: string;
  readonly docs: string;
  /** Enums and records that the interface declares. */
  readonly types: readonly (EnumType | RecordType)[];
  readonly functions: readonly WitFunction[];
}

export interface WitFunction {
  readonly name: string;
  readonly docs: string;
  readonly params: readonly Field[];
  readonly result: WitType | undefined;
}

export interface Field {
  readonly name: string;
  readonly type: WitType;
}

export type Primitive = "bool" | "u8" | "u32" | "f64" | "string";

export interface EnumType {
  readonly kind: "enum";
  readonly name: string;
  readonly docs: string;
  readonly cases: readonly string[];
}

export interface RecordType {
  readonly kind: "record";
  readonly name: string;
  readonly docs: string;
  readonly fields: readonly Field[];
}

export interface ResultType {
  readonly kind: "result";
  readonly ok: WitType | undefined;
  readonly error: WitType | undefined;
}

export type WitType =
  | { readonly kind: Primitive }
  | { readonly kind: "list" | "option"; readonly item: WitType }
  | { readonly kind: "tuple"; readonly items: readonly WitType[] }
  | ResultType
  | EnumType
  | RecordType;
