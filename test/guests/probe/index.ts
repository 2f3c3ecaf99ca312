import { Action, log, request } from "heddle/sdk";

let served = 0;

/** Does what the field `op` asks for. */
export function onRequest(): Action {
  served++;
  const op = request.header("op");
  if (op === null) return Action.Next;
  if (op === "assert") assert(served < 0, "the probe was asked to fail");
  if (op === "overflow") request.setHeader("depth", deep(0).toString());
  if (op === "served") request.setHeader("served", served.toString());
  if (op === "edits") edits();
  if (op === "log") for (let i = 0; i < 100; i++) log.info(`line ${i.toString()}`);
  if (op === "respond") return Action.Respond;
  return Action.Next;
}

function edits(): void {
  for (let i = 0; i < 120; i++) request.setHeader("last", request.setHeader(`x-${i.toString()}`, "1").toString());
}

function deep(level: i32): i32 {
  return served + deep(level + 1);
}
