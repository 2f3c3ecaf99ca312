/** GEP-2257 durations: one to four numbers, each with its unit, such as `10s`, `1h30m` or `500ms`. */
export const DURATION = "^([0-9]{1,5}(h|m|s|ms)){1,4}$";

const UNITS = { h: 3_600_000, m: 60_000, s: 1000, ms: 1 } as const;

/** Milliseconds; undefined for anything that GEP-2257 does not allow. `0s` is 0, which switches a timeout off. */
export function parseDuration(text: string): number | undefined {
  if (!new RegExp(DURATION).test(text)) return undefined;
  let total = 0;
  for (const [, digits, unit] of text.matchAll(/([0-9]+)(ms|h|m|s)/g)) {
    total += Number(digits) * UNITS[unit as keyof typeof UNITS];
  }
  return total;
}
