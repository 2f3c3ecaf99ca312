import assert from "node:assert/strict";
import type { Difference, Scene, Trace } from "./scene.ts";

/** Compares line by line what both hosts have shown; a difference that nobody knows of fails, and one that is none any more. */
export function compare({ differences = [], unordered = false }: Scene, heddle: Trace, envoy: Trace): void {
  const unused = new Set(differences);
  const leveled = (lines: readonly string[]) => (unordered ? [...new Set(lines)].sort() : lines);
  const level = (here: readonly string[], there: readonly string[]) => {
    const [own, others] = align(leveled(here), leveled(there), differences, unused);
    assert.deepEqual(own, others);
  };
  level(heddle.answers, envoy.answers);
  for (const [at, lines] of heddle.lines.entries()) level(lines, envoy.lines[at] ?? []);
  assert.deepEqual([...unused], [], "these differences were not met");
}

/** Both without what is known to differ. */
function align(
  here: readonly string[],
  there: readonly string[],
  differences: readonly Difference[],
  unused: Set<Difference>,
): readonly [string[], string[]] {
  const [own, others]: [string[], string[]] = [[], []];
  for (let i = 0, j = 0; i < here.length || j < there.length; ) {
    const known = here[i] === there[j] ? undefined : differences.find((one) => fits(one, here[i], there[j]));
    if (known !== undefined) unused.delete(known);
    const [takesThere, takesHere] =
      known === undefined ? [true, true] : [known[0] !== undefined, known[1] !== undefined];
    if (known === undefined && i < here.length) own.push(here[i] as string);
    if (known === undefined && j < there.length) others.push(there[j] as string);
    if (takesHere) i += 1;
    if (takesThere) j += 1;
  }
  return [own, others];
}

function fits([envoy, heddle]: Difference, here: string | undefined, there: string | undefined): boolean {
  return (envoy === undefined || envoy === there) && (heddle === undefined || heddle === here);
}
