import { Action, request } from "heddle/sdk";

let zero = 0;
const list = [1, 2, 3];

class Node {
  constructor(public next: Node | null) {}
}

/** Stops where the field `op` asks for. The last comment of a line names the `op` that stops there. */
export function onRequest(): Action {
  const op = request.header("op");
  if (op === null) return Action.Next;
  if (op === "unreachable") {
    zero += 2;
    unreachable(); // unreachable
  }
  if (op === "divide") zero = 7 / zero; // divide
  if (op === "load") zero = load<i32>(0xffff_fff0); // load
  if (op === "call") zero = outer(3);
  if (op === "index") zero = list[zero + 7]; // index
  if (op === "null") zero = (new Node(null).next as Node).next === null ? 1 : 2; // null
  if (op === "throw") throw new Error("thrown"); // throw
  if (op === "body") respondLater();
  if (op === "loop") loop();
  return Action.Next;
}

function outer(times: i32): i32 {
  let sum = 0;
  for (let i = 0; i < times; i++) {
    sum += inner(i, times - 1);
  }
  return sum;
}

function inner(i: i32, last: i32): i32 {
  const half = i >> 1;
  if (i === last) return half / (zero * half); // call
  return half;
}

function respondLater(): void {
  const bytes = new Uint8Array(8);
  bytes[zero - 1] = 3; // body
}

function loop(): void {
  while (true) zero = zero * 3 + 1; // loop
}
