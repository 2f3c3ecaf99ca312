/** Bits of `response.flags`: the order of Envoy's `CoreResponseFlag`, by the short names of its access log. */
const ORDER = [
  ...["LH", "UH", "UT", "LR", "UR", "UF", "UC", "UO", "NR", "DI", "FI", "RL", "UAEX", "RLSE", "DC", "URX", "SI", "IH"],
  ...["DPE", "UMSDR", "RFCF", "NFCF", "DT", "UPE", "NC", "OM", "DF", "DO"],
];
const BITS: ReadonlyMap<string, number> = new Map(ORDER.map((flag, bit) => [flag, 2 ** bit]));

/** @param flags joined by commas; those that Envoy does not have are left out */
export function flagBits(flags: string): number {
  let bits = 0;
  for (const flag of flags.split(",")) bits += BITS.get(flag) ?? 0;
  return bits;
}
