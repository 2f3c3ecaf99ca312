import { createRequire } from "node:module";

/**
 * Regular expressions of routes: RE2 syntax (no back-references, no look-around), matched in time linear in the input,
 * always against the whole value. A route's author cannot stall the proxy, whatever a client sends.
 */
export interface Pattern {
  matches(text: string): boolean;
}

const MAX_SOURCE = 1024;
/** Compiled instructions; RE2 expands counted repetitions, so a short source can stand for a large program. */
const MAX_PROGRAM = 2000;

/** Failures are values: why the expression is refused. */
export type CompiledPattern =
  | { readonly ok: true; readonly pattern: Pattern }
  | { readonly ok: false; readonly reason: string };

export function compilePattern(source: string): CompiledPattern {
  if (source.length > MAX_SOURCE) return { ok: false, reason: `longer than ${MAX_SOURCE} characters` };
  try {
    const compiled = engine().compile(source);
    const size = compiled.programSize();
    if (size > MAX_PROGRAM) return { ok: false, reason: `too costly: ${size} instructions, at most ${MAX_PROGRAM}` };
    return { ok: true, pattern: { matches: (text) => compiled.matches(text) } };
  } catch (error) {
    return { ok: false, reason: error instanceof Error ? error.message : String(error) };
  }
}

type Engine = typeof import("re2js")["RE2JS"];

let loaded: Engine | undefined;

/** Loaded for the first expression, in every thread: few configurations have one. */
function engine(): Engine {
  loaded ??= (createRequire(import.meta.url)("re2js") as typeof import("re2js")).RE2JS;
  return loaded;
}
