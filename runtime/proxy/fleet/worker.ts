import { randomBytes } from "node:crypto";
import { performance } from "node:perf_hooks";
import { type MessagePort, parentPort, workerData } from "node:worker_threads";
import { listenHttp } from "../../http/listen.ts";
import { createAccessLog } from "../../telemetry/access-log.ts";
import { every, systemClock } from "../../telemetry/clock.ts";
import { createMetrics } from "../../telemetry/metrics.ts";
import { createPluginMetrics } from "../../telemetry/plugin-metrics.ts";
import { createLocalHost } from "../../wasm/plugin-host.ts";
import { createSharedQueues } from "../../wasm/services/shared/shared-queues.ts";
import { createSharedQuota } from "../../wasm/services/shared/shared-quota.ts";
import { createSharedStore } from "../../wasm/services/shared/shared-store.ts";
import { guestTargets } from "../guest-targets.ts";
import { createProxy } from "../proxy.ts";
import { createRecorder, type Recorder } from "../recording/recorder.ts";
import { settleWhenIdle } from "../settle-memory.ts";
import { EMPTY_SNAPSHOT } from "./empty-snapshot.ts";
import { createEventSink } from "./event-sink.ts";
import { LineRingWriter, RING_BACKLOG } from "./line-ring.ts";
import type { Notice, WorkerSetup } from "./messages.ts";
import { KnownMemories } from "./plugin-memory.ts";
import { PulseWriter } from "./pulse.ts";
import { createQueueBell } from "./queue-bell.ts";
import { createRecordPost, type RecordSetup } from "./recording.ts";
import { currentThread } from "./thread-time.ts";
import { WorkerTasks } from "./worker-tasks.ts";

/** Between two signs of life, and between two readings of gauges, in milliseconds. */
const BEAT = 40;
const GAUGES = 250;
/** How long a line of the access log may wait for others, in milliseconds, and how many characters are enough. */
const LINGER = 50;
const BATCH = 16_384;

/** A thread of the data plane: serves what the main thread tells it to. */
async function work(
  port: MessagePort,
  { id: owner, node, pulse: memory, lines, reusePort, record }: WorkerSetup,
): Promise<void> {
  const clock = systemClock;
  const say = (notice: Notice): void => port.postMessage(notice);
  const pulse = new PulseWriter(memory, (plugin, mark) => say({ kind: "mark", plugin, mark }));
  const logger = createEventSink(say);
  const metrics = createMetrics({ announce: (notice) => say({ kind: "metric", notice }) });
  const memories = new KnownMemories();
  const host = createLocalHost({
    ...{ clock, node },
    log: ({ plugin, level, message }) => logger.log(level, message, { plugin }),
    metrics: createPluginMetrics(metrics),
    quota: createSharedQuota({ clock, owner, memoryOf: (plugin) => memories.quotaOf(plugin) }),
    store: createSharedStore({ clock, owner, memoryOf: (plugin) => memories.storeOf(plugin) }),
    queues: createSharedQueues({ owner, memoryOf: (scope) => memories.queuesOf(scope), bell: createQueueBell() }),
    random: (bytes) => randomBytes(bytes),
    marker: pulse,
    load: { exchanges: () => proxy.ended, idle: () => performance.eventLoopUtilization().idle },
    targets: guestTargets,
    every,
    // Plugins start when there is a proxy.
    calls: { knows: (backend) => proxy.calls.knows(backend), send: (call, done) => proxy.calls.send(call, done) },
  });
  const proxy = await createProxy({
    ...{ snapshot: EMPTY_SNAPSHOT, slots: host.slot, logger, metrics, admin: false },
    accessLog: createAccessLog({
      sink: new LineRingWriter(lines),
      batch: BATCH,
      backlog: RING_BACKLOG,
      linger: LINGER,
    }),
    listen: (asked) => listenHttp({ ...asked, reusePort }),
    ...(record && { recorder: recorderOf(record, say) }),
  });
  setInterval(() => pulse.beat(proxy.active), BEAT).unref();
  setInterval(() => metrics.refresh(), GAUGES).unref();
  settleWhenIdle();
  const tasks = new WorkerTasks({ host, memories, proxy, clock, say });
  port.on("message", (message) => void tasks.take(message));
  say({ kind: "hello", thread: currentThread() });
}

function recorderOf({ content, open }: RecordSetup, say: (notice: Notice) => void): Recorder {
  const flag = new Int32Array(open);
  const write = createRecordPost((lines, lost) => say({ kind: "recorded", lines, lost }));
  return createRecorder({ ...content, isOpen: () => Atomics.load(flag, 0) === 1, now: systemClock.now, write });
}

if (parentPort !== null) await work(parentPort, workerData as WorkerSetup);
