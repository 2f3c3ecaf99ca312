/** Told, never within the call that enqueues, that a queue holds something. */
export type QueueListener = (queue: number) => void;

/** Queues that plugins share, by scope and name. Their numbers are this thread's. */
export interface Queues {
  /** Makes the queue unless it is there; whoever came last is told. Undefined without room for another queue. */
  register(scope: string, name: string): number | undefined;
  /** Undefined when nobody registered it. */
  resolve(scope: string, name: string): number | undefined;
  listen(queue: number, owner: object, listener: QueueListener): void;
  /** The owner hears nothing any more. */
  leave(owner: object): void;
  enqueue(queue: number, bytes: Uint8Array): "done" | "unknown" | "full";
  /** Undefined for an unknown queue. */
  dequeue(queue: number): Uint8Array | "empty" | undefined;
}

interface Queue {
  readonly items: Uint8Array[];
  bytes: number;
  listener: { readonly owner: object; readonly tell: QueueListener } | undefined;
}

const MOST_QUEUES = 256;
const MOST_ITEMS = 4096;
const MOST_BYTES = 1 << 20;

/** Queues of this thread alone. */
export function createQueues(): Queues {
  const names = new Map<string, number>();
  const queues: Queue[] = [];
  const at = (queue: number): Queue | undefined => queues[queue - 1];
  const tell = (id: number): void => {
    const queue = at(id);
    if (queue !== undefined && queue.items.length > 0) queue.listener?.tell(id);
  };
  return {
    register(scope, name) {
      const key = JSON.stringify([scope, name]);
      const known = names.get(key);
      if (known !== undefined || queues.length >= MOST_QUEUES) return known;
      const id = queues.push({ items: [], bytes: 0, listener: undefined });
      names.set(key, id);
      return id;
    },
    resolve: (scope, name) => names.get(JSON.stringify([scope, name])),
    listen(id, owner, listener) {
      const queue = at(id);
      if (queue !== undefined) queue.listener = { owner, tell: listener };
    },
    leave(owner) {
      for (const queue of queues) if (queue.listener?.owner === owner) queue.listener = undefined;
    },
    enqueue(id, bytes) {
      const queue = at(id);
      if (queue === undefined) return "unknown";
      if (queue.items.length >= MOST_ITEMS || queue.bytes + bytes.length > MOST_BYTES) return "full";
      queue.items.push(bytes);
      queue.bytes += bytes.length;
      setImmediate(tell, id);
      return "done";
    },
    dequeue(id) {
      const queue = at(id);
      const bytes = queue?.items.shift();
      if (queue === undefined || bytes === undefined) return queue && "empty";
      queue.bytes -= bytes.length;
      return bytes;
    },
  };
}
