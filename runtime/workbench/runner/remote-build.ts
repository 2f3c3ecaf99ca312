import type { BuildResult } from "../../build/build-store.ts";
import type { Build } from "../build-cache.ts";
import type { ToTests } from "./messages.ts";
import { fromWire } from "./wire-error.ts";

/** Builds that another process does, whose compiler is warm. */
export interface RemoteBuild {
  readonly build: Build;
  /** An answer of the other process. */
  take(message: Exclude<ToTests, { kind: "run" | "warm" }>): void;
  /** Whether an answer is still to come. */
  readonly waits: boolean;
}

export function createRemoteBuild(ask: (id: number, folder: string) => void): RemoteBuild {
  const waiting = new Map<number, PromiseWithResolvers<BuildResult>>();
  let last = 0;
  return {
    get waits() {
      return waiting.size > 0;
    },
    build(folder) {
      last += 1;
      const answer = Promise.withResolvers<BuildResult>();
      waiting.set(last, answer);
      ask(last, folder);
      return answer.promise;
    },
    take(message) {
      const answer = waiting.get(message.id);
      waiting.delete(message.id);
      if (message.kind === "built") answer?.resolve(message.built);
      else answer?.reject(fromWire(message.error));
    },
  };
}
