import { resolve } from "node:path";
import { HeddleError } from "../../errors.ts";
import type { FilterCase } from "../cases/filter-case.ts";
import { folderCases } from "../cases/folder-cases.ts";
import { parseCases } from "../cases/parse-cases.ts";
import { createBuild } from "../runner/run-tests.ts";
import { buildEmptyFilter } from "./empty-filter.ts";
import { type CaseCost, type MeasureOptions, measureCase } from "./measure-case.ts";

export interface MeasureFilterOptions extends Partial<MeasureOptions> {
  /** Of the filter. */
  readonly folder: string;
  /** Only cases whose name contains this, without regard to case. */
  readonly name?: string | undefined;
}

export interface FilterCosts {
  readonly name: string;
  readonly version: string;
  /** Bytes of the component. */
  readonly size: number;
  readonly cases: readonly CaseCost[];
  /** The filter that does nothing, for a request without anything special. */
  readonly empty: CaseCost;
}

/** Where a filter has no cases. */
const DEFAULT = "cases: [{ name: a request, request: { path: /, headers: { accept: text/html } }, expect: {} }]";

/**
 * Measures what the exchanges of a filter's cases cost, compiled as it is published, beside the filter that does nothing.
 *
 * @throws what the build throws; CASES_INVALID; USAGE when no case is left to measure
 */
export async function measureFilter(options: MeasureFilterOptions): Promise<FilterCosts> {
  const { name = "", rounds = 9, milliseconds = 30 } = options;
  const folder = resolve(options.folder);
  const build = createBuild("release");
  const built = await build(folder);
  const [default_] = parseCases(DEFAULT, "default") as [FilterCase];
  const found = folderCases(folder);
  const cases = found.length === 0 ? [default_] : found.filter((one) => isWanted(one, name));
  const costs: CaseCost[] = [];
  for (const one of cases) costs.push(...(await measureCase(built, one, { rounds, milliseconds })));
  if (costs.length === 0) {
    throw new HeddleError("USAGE", `expected a case to measure, got none of ${found.length}`, {
      where: options.folder,
    });
  }
  const [empty] = await measureCase(await buildEmptyFilter(build), default_, { rounds, milliseconds });
  const { manifest, component } = built;
  return {
    ...{ name: manifest.name, version: manifest.version, size: component.length },
    ...{ cases: costs, empty: empty as CaseCost },
  };
}

function isWanted(one: FilterCase, name: string): boolean {
  return one.refused === undefined && one.name.toLowerCase().includes(name.toLowerCase());
}
