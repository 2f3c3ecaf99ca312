/** One scheme of a WWW-Authenticate field (RFC 9110 11.6.1). Scheme and parameter names are in lower case. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const SCHEME = /^(?:\s*,)?\s*([A-Za-z][A-Za-z0-9-]*)(?=\s|$)(?!\s*=)/;
const PARAMETER = /^(?:\s*,)?\s*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;

/** Reads the challenges of a WWW-Authenticate field; what does not parse ends the list. */
export function parseChallenges(field: string): Challenge[] {
  const challenges: Challenge[] = [];
  let rest = field;
  for (;;) {
    const scheme = SCHEME.exec(rest);
    if (scheme === null) return challenges;
    rest = rest.slice(scheme[0].length);
    const parameters = new Map<string, string>();
    for (let pair = PARAMETER.exec(rest); pair !== null; pair = PARAMETER.exec(rest)) {
      parameters.set((pair[1] ?? "").toLowerCase(), pair[2]?.replace(/\\(.)/g, "$1") ?? pair[3] ?? "");
      rest = rest.slice(pair[0].length);
    }
    challenges.push({ scheme: (scheme[1] ?? "").toLowerCase(), parameters });
  }
}
