import type { Server } from "./peer/server.ts";

/** A stall of the machine may cost a few lines. */
const LOSABLE = 0.001;

/** Of each server, when it was asked last. */
const lost = new WeakMap<Server, number>();

/** @throws Error when a proxy has lost more than one in a thousand lines of its access log since it was asked last */
export async function refuseLostLines(server: Server, requests: number): Promise<void> {
  const all = (await server.lostLines?.()) ?? 0;
  const more = all - (lost.get(server) ?? 0);
  lost.set(server, all);
  if (more <= requests * LOSABLE) return;
  throw new Error(
    `${server.name}: expected the lines of all ${requests} requests in the access log, but ${more} were lost`,
  );
}
