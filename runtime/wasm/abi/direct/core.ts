/** What WebAssembly can pass and return. */
export type CoreFunction = (...args: number[]) => number | undefined;

/** The functions of one imported module, by name; without a prototype. */
export type CoreImports = Readonly<Record<string, CoreFunction>>;
