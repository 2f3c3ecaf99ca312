/**
 * Units of fuel that a millisecond of a plugin's limits is worth: what was told, or else what this process measures. Who
 * measures loads the judge and the meter; a thread that is told has no other use for them.
 */
export async function fuelWorth(told: number | undefined): Promise<number> {
  return told ?? (await import("./meter/fuel-rate.ts")).fuelPerMilli();
}
