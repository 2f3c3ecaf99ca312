import { BroadcastChannel } from "node:worker_threads";
import type { QueueBell } from "../../wasm/services/shared/shared-queues.ts";

const CHANNEL = "heddle queues";

type Ring = readonly [thread: number, scope: string, name: string];

/** Rings in all threads of the process; one that is not meant pays no attention. */
export function createQueueBell(): QueueBell {
  const channel = new BroadcastChannel(CHANNEL);
  channel.unref();
  return {
    ring: (...ring: Ring) => channel.postMessage(ring),
    onRing(heard) {
      channel.onmessage = ({ data }) => heard(...(data as Ring));
    },
  };
}
