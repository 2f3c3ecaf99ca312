/** Reads what a filter wants to ask a backend for, with the same eyes as what a client asks for. */
export interface TargetReader {
  /** A request target in origin form; undefined refuses it. */
  path(target: string): { readonly path: string; readonly query: string | undefined } | undefined;
  /** A host with an optional port, in canonical form; undefined refuses it. */
  authority(text: string): string | undefined;
}
