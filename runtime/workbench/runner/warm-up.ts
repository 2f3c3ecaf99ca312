import { parseCases } from "../cases/parse-cases.ts";
import { runCase } from "../cases/run-case.ts";

const CASE = `cases:
  - name: warm-up
    request: { path: /warm?up, headers: { accept: text/plain }, body: text }
    response: { status: 200, body: text }
    expect: { verdict: next, headers: { x-none: null }, json: {}, logs: [], response: { status: 200 } }
`;

/** Runs the filter once, whatever it makes of it: what is compiled for that is compiled for the tests. */
export async function warmUp(folder: string): Promise<void> {
  for (const one of parseCases(CASE, "warm-up")) await runCase(one, folder, () => undefined).catch(() => undefined);
}
