import { GROWING_CASES } from "./growing-cases.ts";
import type { HostileCase } from "./hostile-case.ts";
import { LYING_CASES } from "./lying-cases.ts";
import { MALFORMED_CASES } from "./malformed-cases.ts";
import { NEWER_CASES } from "./newer-cases.ts";
import { OVERSIZED_CASES } from "./oversized-cases.ts";
import { REACH_CASES } from "./reach-cases.ts";
import { SPINNING_CASES } from "./spinning-cases.ts";
import { TRAPPING_CASES } from "./trapping-cases.ts";

/** Every hostile module; for the tests, and for `npm run hostile`. */
export const HOSTILE_CASES: readonly HostileCase[] = [
  ...MALFORMED_CASES,
  ...OVERSIZED_CASES,
  ...NEWER_CASES,
  ...REACH_CASES,
  ...SPINNING_CASES,
  ...TRAPPING_CASES,
  ...LYING_CASES,
  ...GROWING_CASES,
];
