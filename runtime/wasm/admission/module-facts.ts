export interface FunctionType {
  readonly params: number;
  readonly results: number;
  /** `(i32,i32)->(i32)` */
  readonly text: string;
}

export interface CoreImport {
  readonly module: string;
  readonly name: string;
  /** `(i32,i32)->(i32)` of a function; the kind of anything else. */
  readonly type: string;
}

export interface CoreExport {
  readonly name: string;
  /** As of {@link CoreImport}. */
  readonly type: string;
}

/** The outside of a core module. */
export interface CoreOutline {
  readonly imports: readonly CoreImport[];
  readonly exports: readonly CoreExport[];
}

/** Where a section stands in its file. */
export interface SectionSpan {
  readonly id: number;
  /** Of the id. */
  readonly start: number;
  /** Behind id and length. */
  readonly content: number;
  readonly end: number;
}

/** What was found in a core module, in index spaces that begin with what is imported. */
export class ModuleFacts implements CoreOutline {
  readonly bytes: Uint8Array;
  readonly sections: SectionSpan[] = [];
  readonly types: FunctionType[] = [];
  /** Types of functions, by index. */
  readonly functions: FunctionType[] = [];
  importedFunctions = 0;
  globals = 0;
  tables = 0;
  memories = 0;
  /** Elements that its own tables declare at least. */
  tableElements = 0;
  readonly imports: CoreImport[] = [];
  readonly exports: CoreExport[] = [];
  /** Indices of the functions among the exports, by name. */
  readonly exportedFunctions = new Map<string, number>();
  start: number | undefined = undefined;
  elementSegments = 0;
  elements = 0;
  dataSegments = 0;
  /** Of the section that announces them. */
  dataCount: number | undefined = undefined;
  /** Functions that can be reached without an instruction `call`: exported, in a table, referenced. By index. */
  escaping = new Uint8Array(0);
  /** What one run of a function costs that calls nothing and has no loop; 0 of any other. By index without imports. */
  leafCosts = new Uint32Array(0);
  branchTargets = 0;
  localsTimesBlocks = 0;
  /** The function that costs an engine most, by index. */
  worst: { readonly index: number; readonly locals: number; readonly blocks: number } = {
    index: 0,
    locals: 0,
    blocks: 0,
  };
  /** Bytes of custom sections. */
  customBytes = 0;
  /** Pages that the memory declares at least. */
  memoryPages = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
}
