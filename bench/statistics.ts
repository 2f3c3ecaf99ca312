/** The middle and the ends of some readings. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Undefined without a reading. */
export function spreadOf(readings: readonly number[]): Spread | undefined {
  const sorted = readings.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  if (min === undefined || max === undefined) return undefined;
  const half = sorted.length >> 1;
  const upper = sorted[half] as number;
  const median = sorted.length % 2 === 1 ? upper : ((sorted[half - 1] as number) + upper) / 2;
  return { median, min, max };
}

/** The reading below which a share of the sorted readings lies; NaN without readings. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? Number.NaN;
}

/** `1.23 (1.20..1.31)`. */
export function formatSpread(spread: Spread | undefined, digits = 2): string {
  if (spread === undefined) return "-";
  const [median, min, max] = [spread.median, spread.min, spread.max].map((value) => value.toFixed(digits));
  return `${median} (${min}..${max})`;
}

/** At most `digits` decimals, for JSON; null without a reading. */
export function rounded(spread: Spread | undefined, digits = 2): number | null {
  return spread === undefined ? null : Number(spread.median.toFixed(digits));
}
