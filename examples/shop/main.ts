/**
 * `npm start`: the shop, a small mesh to try Heddle on. `npm start -- --tour` shows itself and ends.
 */
import { parseArgs } from "node:util";
import { processTerminal } from "../../runtime/cli/terminal.ts";
import { messageOf } from "../../runtime/errors.ts";
import { screen } from "./screen.ts";
import { type Shop, startShop } from "./shop.ts";
import { runTour } from "./tour/tour.ts";

const HELP = `Usage: npm start [-- --tour]

Starts a registry, three services and two proxies on this machine, and prints what to try.

  --tour   try it all by itself, swap a filter under load, and end with exit code 0 or 1
  --help   this text`;

const terminal = processTerminal();

function interrupted(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => resolve());
  });
}

async function serve(shop: Shop): Promise<number> {
  for (const line of screen(shop, terminal)) terminal.print(line);
  await interrupted();
  terminal.say("\ndraining and stopping ...");
  return 0;
}

async function run(tour: boolean): Promise<number> {
  const shop = await startShop({ terminal });
  try {
    return await (tour ? runTour(shop, terminal) : serve(shop));
  } finally {
    await shop.stop();
  }
}

try {
  const { values } = parseArgs({ options: { tour: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
  if (values.help) terminal.print(HELP);
  else process.exitCode = await run(values.tour === true);
} catch (error) {
  terminal.say(`${terminal.paint("red", "error")} ${messageOf(error)}`);
  process.exitCode = 1;
}
