import type { ModuleFacts } from "../admission/module-facts.ts";
import { EXCHANGE_HOOKS } from "../shape.ts";
import type { ByteSink } from "./byte-sink.ts";
import { ANSWER_BITS, MOST_ANSWER } from "./fuel-answer.ts";

/** A hook of a module for which the meter writes a function that is given fuel ({@link METER_EXPORTS}`.run`). */
export interface FuelledHook {
  /** As the module exports it. */
  readonly name: string;
  readonly index: number;
  readonly params: number;
  readonly hasResult: boolean;
}

/** Those with the signature of the contract whose code is the module's own. */
export function fuelledHooks({ exportedFunctions, functions, importedFunctions }: ModuleFacts): FuelledHook[] {
  const found: FuelledHook[] = [];
  for (const [name, index] of exportedFunctions) {
    const type = functions[index];
    if (type === undefined || index < importedFunctions || EXCHANGE_HOOKS.get(name) !== type.text) continue;
    found.push({ name, index, params: type.params, hasResult: type.results === 1 });
  }
  return found;
}

const [I32, FUNCTION, END, SELECT] = [0x7f, 0x60, 0x0b, 0x1b];
const [CALL, LOCAL_GET, LOCAL_SET, GLOBAL_GET, GLOBAL_SET] = [0x10, 0x20, 0x21, 0x23, 0x24];
const [I32_CONST, I32_LT_U, I32_OR, I32_SHL] = [0x41, 0x49, 0x72, 0x74];

/** `(units: i32, ...) -> i32` */
export function writeFuelledType(out: ByteSink, { params }: FuelledHook): void {
  out.byte(FUNCTION);
  out.u32(params + 1);
  for (let param = 0; param <= params; param++) out.byte(I32);
  out.byte(1);
  out.byte(I32);
}

/**
 *     fuel = units; answer = hook(...); result = fuel << ANSWER_BITS | min(answer, MOST_ANSWER); fuel = 0
 *
 * @param fuel the number of the global
 */
export function writeFuelledBody(out: ByteSink, { index, params, hasResult }: FuelledHook, fuel: number): void {
  const answer = params + 1;
  const opened = out.open();
  writeLocals(out, hasResult);
  writeOne(out, LOCAL_GET, 0);
  writeOne(out, GLOBAL_SET, fuel);
  for (let param = 1; param <= params; param++) writeOne(out, LOCAL_GET, param);
  writeOne(out, CALL, index);
  if (hasResult) writeOne(out, LOCAL_SET, answer);
  writeOne(out, GLOBAL_GET, fuel);
  out.byte(I32_CONST);
  out.byte(ANSWER_BITS);
  out.byte(I32_SHL);
  if (hasResult) writeAnswer(out, answer);
  out.byte(I32_CONST);
  out.byte(0);
  writeOne(out, GLOBAL_SET, fuel);
  out.byte(END);
  out.close(opened);
}

/** One group of one local, or none. */
function writeLocals(out: ByteSink, hasResult: boolean): void {
  out.u32(hasResult ? 1 : 0);
  if (!hasResult) return;
  out.u32(1);
  out.byte(I32);
}

/** Adds the answer, or the largest one that fits, to what is on the stack. */
function writeAnswer(out: ByteSink, answer: number): void {
  const most = (): void => {
    out.byte(I32_CONST);
    out.positive(MOST_ANSWER);
  };
  writeOne(out, LOCAL_GET, answer);
  most();
  writeOne(out, LOCAL_GET, answer);
  most();
  out.byte(I32_LT_U);
  out.byte(SELECT);
  out.byte(I32_OR);
}

function writeOne(out: ByteSink, opcode: number, index: number): void {
  out.byte(opcode);
  out.u32(index);
}
