/** Values by host name pattern, found from the most specific pattern to the least. */
export interface HostIndex<T> {
  /** Every value whose pattern stands for the host: exact, then longer wildcards before shorter, then the catch-all. */
  lookup(host: string): Generator<T, undefined>;
}

/** Of several entries with one pattern the first counts. `undefined` is the pattern of every host. */
export function createHostIndex<T>(
  entries: readonly (readonly [pattern: string | undefined, value: T])[],
): HostIndex<T> {
  const exact = new Map<string, T>();
  const suffixes = new Map<string, T>();
  let rest: { readonly value: T } | undefined;
  for (const [pattern, value] of entries) {
    if (pattern === undefined) rest ??= { value };
    else if (pattern.startsWith("*.")) setFirst(suffixes, pattern.slice(1), value);
    else setFirst(exact, pattern, value);
  }
  return {
    *lookup(host) {
      if (exact.has(host)) yield exact.get(host) as T;
      for (let dot = suffixes.size === 0 ? -1 : host.indexOf(".", 1); dot > 0; dot = host.indexOf(".", dot + 1)) {
        const suffix = host.slice(dot);
        if (suffixes.has(suffix)) yield suffixes.get(suffix) as T;
      }
      if (rest !== undefined) yield rest.value;
      return undefined;
    },
  };
}

function setFirst<T>(map: Map<string, T>, key: string, value: T): void {
  if (!map.has(key)) map.set(key, value);
}
