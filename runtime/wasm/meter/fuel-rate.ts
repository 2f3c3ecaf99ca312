import { admitModule } from "../admit-module.ts";
import { engine } from "../engine.ts";
import { PLUGIN_LIMITS } from "../limits.ts";
import { METER_EXPORTS } from "./meter-exports.ts";

let measured: number | undefined;

/**
 * Units of fuel that a millisecond of a plugin's limits is worth in this process. Measured once, by a lean loop, and divided:
 * the slowest code there is (loads that miss every cache) takes up to eight times as long for a unit. So no code runs
 * much longer than twice its limit, and lean code may reach it in a quarter.
 */
export function fuelPerMilli(): number {
  measured ??= measure();
  return measured;
}

const DIVISOR = 4;
const LEAST = 100_000;
const MOST = 5_000_000;
const ROUNDS = 5;
const STEPS = 60_000;
const PLENTY = 0x7fff_ffff;

type Exports = Readonly<Record<string, (argument: number) => number>>;

/** The fastest of a few rounds: whatever else the machine does only ever makes one slower. */
function measure(): number {
  const { bytes } = admitModule(LOOP, PLUGIN_LIMITS);
  const exports = new engine.Instance(new engine.Module(bytes), Object.create(null)).exports as Exports;
  const [fuel, run] = [exports[METER_EXPORTS.fuel], exports.run] as const;
  if (fuel === undefined || run === undefined) throw new Error("the loop that fuel is measured by has no exports");
  let best = LEAST * DIVISOR;
  for (let round = 0; round < ROUNDS; round++) {
    fuel(PLENTY);
    const began = performance.now();
    run(STEPS);
    best = Math.max(best, (PLENTY - fuel(0)) / (performance.now() - began));
  }
  return Math.min(Math.round(best / DIVISOR), MOST);
}

/**
 * A hash over a page, as filters have many:
 *
 *     (memory 1)
 *     (func (export "run") (param $left i32) (result i32) (local $hash i32)
 *       (loop $next
 *         (local.set $hash (i32.mul
 *           (i32.xor (local.get $hash) (i32.load8_u (i32.and (local.get $left) (i32.const 0xfff))))
 *           (i32.const 31)))
 *         (br_if $next (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
 *       (local.get $hash))
 */
const LOOP = Uint8Array.from([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x06, 0x01, 0x60, 0x01, 0x7f, 0x01, 0x7f],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x05, 0x03, 0x01, 0x00, 0x01],
  ...[0x07, 0x07, 0x01, 0x03, 0x72, 0x75, 0x6e, 0x00, 0x00],
  ...[0x0a, 0x25, 0x01, 0x23, 0x01, 0x01, 0x7f, 0x03, 0x40],
  ...[0x20, 0x01, 0x20, 0x00, 0x41, 0xff, 0x1f, 0x71, 0x2d, 0x00, 0x00, 0x73, 0x41, 0x1f, 0x6c, 0x21, 0x01],
  ...[0x20, 0x00, 0x41, 0x01, 0x6b, 0x22, 0x00, 0x0d, 0x00, 0x0b, 0x20, 0x01, 0x0b],
]);
