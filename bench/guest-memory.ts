import { join } from "node:path";
import { buildPlugin } from "../runtime/build/build-plugin.ts";
import { createGeneration } from "../runtime/wasm/generation.ts";
import { compilePlugin } from "../runtime/wasm/plugin.ts";
import { benchServices, requestExchange } from "./filter-cases.ts";
import { printTable } from "./table.ts";

const REQUESTS = 1_000_000;
const MODES = { arena: "test/guests/soak-arena", gc: "test/guests/soak-gc" } as const;

export const help = "Guest memory over one million requests (50,000 with --quick), in both memory modes.";

/** Requests through a filter that allocates in each, one million of them: guest memory must not grow after the first thousand. */
export async function soakGuests(quick: boolean): Promise<{ flat: boolean; bytes: Readonly<Record<string, number>> }> {
  const results = [];
  for (const [mode, folder] of Object.entries(MODES)) results.push(await soak(mode, folder, quick ? 50_000 : REQUESTS));
  printTable([
    ["guest memory mode", "requests", "KiB after 1,000", "KiB at the end"],
    ...results.map(({ mode, requests, early, late }) => [mode, requests, early / 1024, late / 1024].map(String)),
  ]);
  const bytes = Object.fromEntries(results.map(({ mode, late }) => [mode, late]));
  return { flat: results.every(({ early, late }) => early === late), bytes };
}

interface Soak {
  readonly mode: string;
  readonly requests: number;
  /** Bytes of linear memory after the first thousand requests and after the last. */
  readonly early: number;
  readonly late: number;
}

async function soak(mode: string, folder: string, requests: number): Promise<Soak> {
  const { component } = await buildPlugin({ folder: join(import.meta.dirname, "..", folder) });
  const plugin = await compilePlugin(component, { binding: "direct" });
  const grants = plugin.capabilities;
  const generation = await createGeneration({
    plugin,
    name: mode,
    version: "1.0.0",
    config: "{}",
    grants,
    services: benchServices(),
  });
  let early = 0;
  for (let count = 1; count <= requests; count++) {
    const verdict = generation.onRequest(requestExchange(["x-count", String(count)]));
    if (verdict.kind !== "next") throw new Error(`${mode}: request ${count} failed: ${JSON.stringify(verdict)}`);
    if (count === 1000) early = generation.memorySize;
  }
  return { mode, requests, early, late: generation.memorySize };
}
