/**
 * `npm start`: the shop, a small mesh to try Heddle on. `npm start -- --tour` shows itself and ends.
 */
import { once } from "node:events";
import { existsSync, readdirSync } from "node:fs";
import { parseArgs } from "node:util";
import { processTerminal } from "../../runtime/cli/terminal.ts";
import { HeddleError, messageOf } from "../../runtime/errors.ts";
import { screen } from "./screen.ts";
import { type Shop, startShop } from "./shop.ts";
import { runTour } from "./tour/tour.ts";

const HELP = `Usage: npm start [-- --tour]

Starts a registry, three services and two proxies on this machine, and prints what to try.

  --tour            try it all by itself, swap a filter under load, and end with exit code 0 or 1
  --folder FOLDER   keep everything in this new or empty folder (default: .heddle/shop, made anew each time)
  --help            this text`;

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

/** What is in a folder that somebody names is theirs: the shop empties only its own. */
function emptyFolder(folder: string): string {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return folder;
  throw new HeddleError("USAGE", `expected --folder to be new or empty, got ${folder}`);
}

async function run(tour: boolean, folder: string | undefined): Promise<number> {
  const signal = stopSignal();
  const shop = await startShop({ terminal, signal, ...(folder !== undefined && { folder: emptyFolder(folder) }) });
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
  const { values } = parseArgs({
    options: { tour: { type: "boolean" }, folder: { type: "string" }, help: { type: "boolean", short: "h" } },
  });
  if (values.help) terminal.print(HELP);
  else process.exitCode = await run(values.tour === true, values.folder);
} catch (error) {
  const stopped = error instanceof Error && error.name === "AbortError";
  if (!stopped) terminal.say(`${terminal.paint("red", "error")} ${messageOf(error)}`);
  process.exitCode = stopped ? 130 : 1;
}
