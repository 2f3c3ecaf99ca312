/** Sizes in bytes as Kubernetes writes quantities: `16Mi`, `512Ki`, `1M` or a plain number. */
export const SIZE = "^[0-9]{1,12}(Ki|Mi|Gi|k|M|G)?$";

const UNITS = { "": 1, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 } as const;

/** Bytes; undefined for anything that is not written so. */
export function parseSize(text: string): number | undefined {
  const [, digits, unit = ""] = /^([0-9]{1,12})(Ki|Mi|Gi|k|M|G)?$/.exec(text) ?? [];
  return digits === undefined ? undefined : Number(digits) * UNITS[unit as keyof typeof UNITS];
}
