/** A thread that takes from one bucket as fast as it can, and says how often it was allowed. */
import { parentPort, workerData } from "node:worker_threads";
import { createSharedQuota } from "../../../../runtime/wasm/services/shared/shared-quota.ts";

const { memory, owner, takes, request } = workerData;
const quota = createSharedQuota({ clock: { monotonic: () => 1_000 }, owner, memoryOf: () => memory });
let allowed = 0;
for (let i = 0; i < takes; i++) if (quota.take(request).allowed) allowed += 1;
parentPort?.postMessage(allowed);
