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
          "\nwithout a network. Fuel is what limits a filter, and the same on every machine." +
          "\nThe last line is JSON.\n\nExample:\n  heddle bench my-filter",
      )
      .action(async (folder: string, { filter, quick }: { filter?: string; quick?: boolean }) => {
        const { measureFilter } = await import("../../workbench/measure/measure-filter.ts");
        const costs = await measureFilter({ folder, name: filter, ...(quick && { rounds: 3, milliseconds: 10 }) });
        for (const line of table(rowsOf(costs), NUMBERS)) terminal.print(line);
        if (costs.left.length > 0)
          terminal.print(`\nnot measured, since they wait for calls: ${costs.left.join("; ")}`);
        if (costs.cases.some(({ mixed }) => mixed))
          terminal.print("\n* the same request again and again: the filter decides otherwise after a while");
        terminal.print("");
        terminal.json(resultOf(costs));
      });
  },
};

const HEADING = ["case", "verdict", "part", "ns", "of empty", "fuel", "memory"];
const NUMBERS = [3, 4, 5, 6];

function rowsOf({ cases, empty }: FilterCosts): string[][] {
  return [HEADING, ...[...cases, { ...empty, name: "(empty filter)" }].flatMap((one) => caseRows(one, empty))];
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
  ]);
}

function nanosecondsOf({ parts }: CaseCost, { part }: PartCost): number {
  return parts.find((one) => one.part === part)?.nanoseconds ?? Number.NaN;
}

function resultOf({ name, version, size, cases, empty }: FilterCosts): object {
  return { bench: name, version, size, cases: cases.map(shape), empty: shape(empty) };
}

function shape({ name, verdict, mixed, parts, memory }: CaseCost): object {
  const costs = parts.map(({ part, nanoseconds, fuel }) => [part, { ns: Math.round(nanoseconds), fuel }]);
  return { name, verdict, ...(mixed && { mixed }), ...Object.fromEntries(costs), memory };
}
