import { type Terminal, table } from "../../../runtime/cli/terminal.ts";
import type { Shop } from "../shop.ts";
import { refusalSteps } from "./refusals.ts";
import { requestSteps } from "./requests.ts";
import { type Outcome, type Step, take } from "./step.ts";
import { swapStep } from "./swap.ts";

/** Does what a person would try, asserts every step and prints a table. Resolves to the exit code: 0, or 1. */
export async function runTour(shop: Shop, terminal: Terminal): Promise<number> {
  const steps: readonly Step[] = [...requestSteps, swapStep(terminal), ...refusalSteps];
  const outcomes: Outcome[] = [];
  terminal.say(terminal.paint("bold", "\nThe tour"));
  for (const step of steps) {
    const outcome = await take(step, shop);
    outcomes.push(outcome);
    const mark = outcome.passed ? terminal.paint("green", "ok  ") : terminal.paint("red", "FAIL");
    terminal.say(`  ${mark} ${step.name}`);
  }
  const rows = outcomes.map(({ name, passed, seen }) => [passed ? "ok" : "FAIL", name, seen]);
  terminal.print("");
  for (const line of table([["", "STEP", "SEEN"], ...rows])) terminal.print(line);
  const failed = outcomes.filter(({ passed }) => !passed).length;
  terminal.print(`\n${outcomes.length - failed} of ${outcomes.length} steps as expected`);
  return failed === 0 ? 0 : 1;
}
