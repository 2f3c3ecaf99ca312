import { fork } from "node:child_process";
import { once } from "node:events";
import type { ArenaAnswer, ArenaAsks, ArenaKind } from "./messages.ts";

/** The proxy's process, from outside. */
export interface Arena {
  readonly port: number;
  /** Whether the process is there. */
  readonly alive: boolean;
  /** Undefined when there is no answer in time. */
  ask<Kind extends ArenaKind>(
    kind: Kind,
    ask: ArenaAsks[Kind]["ask"],
    patience?: number,
  ): Promise<ArenaAsks[Kind]["answer"] | undefined>;
  close(): Promise<void>;
}

/** Milliseconds. */
const PATIENCE = 10_000;

export async function openArena(): Promise<Arena> {
  const child = fork(new URL("./arena-process.ts", import.meta.url), { serialization: "advanced" });
  const waiting = new Map<number, (answer: ArenaAnswer | undefined) => void>();
  let alive = true;
  let asked = 0;
  const hello = Promise.withResolvers<number>();
  child.on("message", (answer: ArenaAnswer) => {
    if (answer.id === 0) hello.resolve(answer.value as number);
    else waiting.get(answer.id)?.(answer);
  });
  child.on("exit", (code, signal) => {
    alive = false;
    hello.reject(new Error(`expected the proxy to start, but it ended with ${signal ?? code}`));
    for (const settle of [...waiting.values()]) settle(undefined);
  });
  return {
    port: await hello.promise,
    get alive() {
      return alive;
    },
    async ask(kind, ask, patience = PATIENCE) {
      if (!alive) return undefined;
      asked += 1;
      const id = asked;
      const { promise, resolve } = Promise.withResolvers<ArenaAnswer | undefined>();
      waiting.set(id, resolve);
      const timer = setTimeout(resolve, patience, undefined);
      child.send({ id, kind, ...ask });
      const answer = await promise;
      clearTimeout(timer);
      waiting.delete(id);
      if (answer?.error !== undefined) throw new Error(answer.error);
      return answer?.value as never;
    },
    async close() {
      if (!alive) return;
      child.disconnect();
      const late = setTimeout(() => child.kill("SIGKILL"), PATIENCE);
      await once(child, "exit");
      clearTimeout(late);
    },
  };
}
