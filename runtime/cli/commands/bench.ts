import type { CaseCost, PartCost } from "../../workbench/measure/measure-case.ts";
import type { FilterCosts } from "../../workbench/measure/measure-filter.ts";
import type { CommandModule } from "../command.ts";
import { table } from "../terminal.ts";

export const command: CommandModule = {
  register(program, terminal) {
    program
      .command("bench")
      .argument("[folder]", "the filter's folder", ".")
      .option("-f, --filter <name>", "only cases whose name contains this")
      .option("--quick", "a few seconds, and less exact")
      .description("measure what a filter costs: time, fuel and memory of its cases, beside an empty filter")
      .addHelpText(
        "after",
        "\nMeasured is every exchange of *.cases.yaml, after those before it in its case, or" +
          "\na plain request where there are none, in one thread: CPU time of the hooks alone," +
          "\nwithout a network. Calls are answered at once by what the case says: a filter" +
          "\nthat waits costs its sleeping and waking, and no backend. Fuel is what limits a" +
          "\nfilter, and the same on every machine. The last line is JSON.\n\nExample:\n  heddle bench my-filter",
      )
      .action(async (folder: string, { filter, quick }: { filter?: string; quick?: boolean }) => {
        const { measureFilter } = await import("../../workbench/measure/measure-filter.ts");
        const costs = await measureFilter({ folder, name: filter, ...(quick && { rounds: 3, milliseconds: 10 }) });
        for (const line of table(rowsOf(costs), [3, 4, 5, 6, 7])) terminal.print(line);
        if (costs.cases.some(({ mixed }) => mixed))
          terminal.print("\n* the same request again and again: the filter decides otherwise after a while");
        if (calls(costs)) {
          terminal.print("\ncalls are answered at once, by the case: ns has the filter's own time with its");
          terminal.print("sleeping and waking, neither a backend nor the way there");
        }
        terminal.print("");
        terminal.json(resultOf(costs));
      });
  },
};

const HEADING = ["case", "verdict", "part", "ns", "of empty", "fuel", "memory", "calls"];

/** Calls have a column only where there are any. */
function rowsOf(costs: FilterCosts): string[][] {
  const { cases, empty } = costs;
  const rows = [HEADING, ...[...cases, { ...empty, name: "(empty filter)" }].flatMap((one) => caseRows(one, empty))];
  return calls(costs) ? rows : rows.map((row) => row.slice(0, -1));
}

function calls({ cases }: FilterCosts): boolean {
  return cases.some(({ parts }) => parts.some((part) => part.calls > 0));
}

function caseRows({ name, verdict, mixed, parts, memory }: CaseCost, empty: CaseCost): string[][] {
  return parts.map((part, at) => [
    at === 0 ? name : "",
    at === 0 ? `${verdict}${mixed ? " *" : ""}` : "",
    part.part,
    Math.round(part.nanoseconds).toLocaleString("en"),
    `${(part.nanoseconds / nanosecondsOf(empty, part)).toFixed(1)}x`,
    part.fuel.toLocaleString("en"),
    at === 0 ? `${memory / 1024} KiB` : "",
    part.calls === 0 ? "" : String(part.calls),
  ]);
}

function nanosecondsOf({ parts }: CaseCost, { part }: PartCost): number {
  return parts.find((one) => one.part === part)?.nanoseconds ?? Number.NaN;
}

function resultOf({ name, version, size, cases, empty }: FilterCosts): object {
  return { bench: name, version, size, cases: cases.map(shape), empty: shape(empty) };
}

function shape({ name, verdict, mixed, parts, memory }: CaseCost): object {
  const costs = parts.map(({ part, nanoseconds, fuel, calls }) => {
    return [part, { ns: Math.round(nanoseconds), fuel, ...(calls > 0 && { calls }) }] as const;
  });
  return { name, verdict, ...(mixed && { mixed }), ...Object.fromEntries(costs), memory };
}
