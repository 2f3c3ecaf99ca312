/** A backend of a rule, or what stands for one. */
interface Weighted {
  readonly weight: number;
}

/**
 * Picks in proportion to the weights. An invalid backend keeps its share (the caller answers it with 500, Gateway API v1
 * `backendRefs`); a weight of 0 gets nothing. Undefined when no backend has a weight: also a 500.
 *
 * @param random uniform in [0, 1)
 */
export function chooseBackend<T extends Weighted>(choices: readonly T[], random: () => number): T | undefined {
  const only = choices[0];
  if (choices.length === 1 && only !== undefined) return only.weight > 0 ? only : undefined;
  let total = 0;
  for (const { weight } of choices) total += weight;
  let point = random() * total;
  for (const choice of choices) {
    point -= choice.weight;
    if (point < 0) return choice;
  }
  return undefined;
}
