import { setImmediate, setTimeout } from "node:timers/promises";

/**
 * Lets what was written be read, everywhere: client, proxy and backend are in this process, so some turns of its loop do. The
 * wheel has turned by then as well: the system's timers fire in the order in which they are due, however late.
 */
export async function settle(): Promise<void> {
  await setTimeout(30);
  for (let turns = 0; turns < 10; turns += 1) await setImmediate();
}
