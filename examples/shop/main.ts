/**
 * `npm start`: the shop, a small mesh to try Heddle on. `npm start -- --tour` shows itself and ends.
 */
import { once } from "node:events";
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

/** Aborts with the first signal; later ones change nothing, so that what was started is always stopped. */
function stopSignal(): AbortSignal {
  const controller = new AbortController();
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.on(signal, () => {
      if (!controller.signal.aborted) terminal.say("\ndraining and stopping ...");
      controller.abort();
    });
  }
  return controller.signal;
}

async function serve(shop: Shop, signal: AbortSignal): Promise<number> {
  for (const line of screen(shop, terminal)) terminal.print(line);
  if (!signal.aborted) await once(signal, "abort");
  return 0;
}

async function run(tour: boolean): Promise<number> {
  const signal = stopSignal();
  const shop = await startShop({ terminal, signal });
  // What would be waiting for the signal alone must not end the process early.
  const awake = setInterval(() => {}, 60_000);
  try {
    return await (tour ? runTour(shop, terminal) : serve(shop, signal));
  } finally {
    clearInterval(awake);
    await shop.stop();
  }
}

try {
  const { values } = parseArgs({ options: { tour: { type: "boolean" }, help: { type: "boolean", short: "h" } } });
  if (values.help) terminal.print(HELP);
  else process.exitCode = await run(values.tour === true);
} catch (error) {
  const stopped = error instanceof Error && error.name === "AbortError";
  if (!stopped) terminal.say(`${terminal.paint("red", "error")} ${messageOf(error)}`);
  process.exitCode = stopped ? 130 : 1;
}
