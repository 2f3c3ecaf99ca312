import { BULK, FORM, FORMS, VECTOR_FORM, VECTOR_FORMS } from "../admission/instructions.ts";
import type { Reader } from "../binary/reader.ts";

/** Goes behind the immediates of an instruction in code that was judged before. */
export function skipImmediates(reader: Reader, opcode: number): void {
  switch (FORMS[opcode]) {
    case FORM.branch:
    case FORM.call:
    case FORM.local:
    case FORM.global:
    case FORM.table:
    case FORM.memoryIndex:
    case FORM.i32:
    case FORM.i64:
    case FORM.refNull:
    case FORM.refFunc:
    case FORM.block:
    case FORM.loop:
    case FORM.if:
      skipNumber(reader);
      return;
    case FORM.callIndirect:
    case FORM.memory:
    case FORM.selectTyped:
      skipNumber(reader);
      skipNumber(reader);
      return;
    case FORM.branchTable:
      for (let targets = reader.u32() + 1; targets > 0; targets--) skipNumber(reader);
      return;
    case FORM.f32:
      reader.skip(4);
      return;
    case FORM.f64:
      reader.skip(8);
      return;
    case FORM.bulk:
      skipBulk(reader, reader.u32());
      return;
    case FORM.vector:
      skipVector(reader, reader.u32());
  }
}

function skipNumber(reader: Reader): void {
  while (reader.byte() >= 0x80);
}

function skipBulk(reader: Reader, opcode: number): void {
  if (opcode <= BULK.lastSaturating) return;
  skipNumber(reader);
  if (
    opcode === BULK.memoryInit ||
    opcode === BULK.memoryCopy ||
    opcode === BULK.tableInit ||
    opcode === BULK.tableCopy
  )
    skipNumber(reader);
}

function skipVector(reader: Reader, opcode: number): void {
  const form = VECTOR_FORMS[opcode];
  if (form === VECTOR_FORM.memory || form === VECTOR_FORM.memoryLane) {
    skipNumber(reader);
    skipNumber(reader);
  }
  if (form === VECTOR_FORM.bytes16) reader.skip(16);
  if (form === VECTOR_FORM.lane || form === VECTOR_FORM.memoryLane) reader.skip(1);
}
