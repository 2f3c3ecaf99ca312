/** A proxy alone in its process, in front of the backend on the port that it is given; says what memory it uses when asked. */

import { setImmediate as turn } from "node:timers/promises";
import { createProxy } from "../../runtime/proxy/proxy.ts";
import { createAccessLog } from "../../runtime/telemetry/access-log.ts";
import { LISTENER, snapshot } from "./fixture.ts";

/** Bytes in use, without what nobody holds any more, and those of the whole process. */
export interface Memory {
  readonly live: number;
  readonly resident: number;
}

const [backend = 0] = process.argv.slice(2).map(Number);
const proxy = await createProxy({
  ...{ snapshot: snapshot({ clusters: { "test/app:80": [backend] } }), slots: () => undefined },
  accessLog: createAccessLog({ sink: { write() {} } }),
});

process.on("message", async () => {
  // Buffers go a turn after what held them.
  for (let round = 0; round < 3; round += 1) {
    globalThis.gc?.();
    await turn();
  }
  const { heapUsed, external, rss } = process.memoryUsage();
  process.send?.({ live: heapUsed + external, resident: rss } satisfies Memory);
});
process.on("disconnect", () => process.exit(0));
process.send?.(proxy.address(LISTENER).port);
