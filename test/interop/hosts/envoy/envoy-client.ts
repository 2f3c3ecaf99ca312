import { MessageChannel, receiveMessageOnPort, Worker } from "node:worker_threads";
import { findEnvoy } from "../../../find-envoy.ts";
import type { Answer, Start, Wish } from "./messages.ts";

/** Asks the thread that talks to Envoy, and waits for its answer, as the synchronous tables of plugins want it. */
export type Ask = (wish: Wish) => Answer;

const PATIENCE = 60_000;

let asking: Ask | undefined;

/** Starts Envoy with the first question. */
export function ask(wish: Wish): Answer {
  asking ??= start();
  return asking(wish);
}

function start(): Ask {
  const command = findEnvoy();
  if (command === undefined) throw new Error("no envoy: set ENVOY=path");
  const signal = new Int32Array(new SharedArrayBuffer(8));
  const { port1, port2 } = new MessageChannel();
  const workerData: Start = { command, port: port2, signal };
  const worker = new Worker(new URL("./stage-in-thread.ts", import.meta.url), { workerData, transferList: [port2] });
  worker.unref();
  process.once("exit", () => kill(Atomics.load(signal, 1)));
  port1.unref();
  return (wish) => {
    Atomics.store(signal, 0, 0);
    port1.postMessage(wish);
    if (Atomics.wait(signal, 0, 0, PATIENCE) === "timed-out") throw new Error(`Envoy did not answer: ${wish.what}`);
    const answer = receiveMessageOnPort(port1)?.message as Answer;
    if (answer.kind === "failed") throw new Error(answer.message);
    return answer;
  };
}

function kill(pid: number): void {
  if (pid > 0) process.kill(pid, "SIGKILL");
}
