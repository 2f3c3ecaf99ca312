/** The part of the WebAssembly JavaScript API that is used here; TypeScript declares it only together with the DOM. */
export interface WasmModule {
  readonly __module?: never;
}

export interface WasmMemory {
  readonly buffer: ArrayBuffer;
}

export interface WasmInstance {
  readonly exports: Readonly<Record<string, unknown>>;
}

export interface ImportDescriptor {
  readonly module: string;
  readonly name: string;
  readonly kind: string;
}

interface Engine {
  readonly Module: {
    new (bytes: Uint8Array): WasmModule;
    imports(module: WasmModule): ImportDescriptor[];
    exports(module: WasmModule): { readonly name: string; readonly kind: string }[];
  };
  readonly Instance: new (module: WasmModule, imports: object) => WasmInstance;
  readonly Memory: new (options: { initial: number }) => WasmMemory;
  /** JavaScript Promise Integration: a function whose promise the calling guest sleeps for. */
  readonly Suspending: new (
    fn: () => Promise<void> | undefined,
  ) => object;
  /** A guest's function that runs on a stack of its own, on which it can sleep. */
  promising(fn: unknown): (...args: number[]) => Promise<unknown>;
  compile(bytes: Uint8Array): Promise<WasmModule>;
}

export const engine: Engine = (globalThis as unknown as { WebAssembly: Engine }).WebAssembly;
