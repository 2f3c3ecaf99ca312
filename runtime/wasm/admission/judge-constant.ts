import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { functionIndex, indexOf, letEscape } from "./pieces.ts";
import { referenceType } from "./value-type.ts";

const END = 0x0b;

/** An initial value or offset, to its `end`. */
export function judgeConstant(section: Reader, facts: ModuleFacts): void {
  for (let count = 0; count < CAPS.constantInstructions; count++) {
    const opcode = section.byte();
    if (opcode === END) return;
    judgeInstruction(opcode, section, facts);
  }
  section.refuse(`expected a constant of at most ${CAPS.constantInstructions} instructions, got a longer one`);
}

function judgeInstruction(opcode: number, section: Reader, facts: ModuleFacts): void {
  switch (opcode) {
    case 0x41:
      return void section.signed(32);
    case 0x42:
      section.skipSigned64();
      return;
    case 0x43:
      section.skip(4);
      return;
    case 0x44:
      section.skip(8);
      return;
    case 0x23:
      return void indexOf(section, "globals", facts.globals);
    case 0xd0:
      return void referenceType(section);
    case 0xd2:
      letEscape(facts, functionIndex(section, facts));
      return;
    case 0xfd:
      judgeVector(section);
      return;
    // Additions, subtractions and multiplications (proposal "extended constant expressions", part of WebAssembly 3.0).
    case 0x6a:
    case 0x6b:
    case 0x6c:
    case 0x7c:
    case 0x7d:
    case 0x7e:
      return;
    default:
      section.refuse(`expected a constant, got the opcode 0x${opcode.toString(16)}`);
  }
}

function judgeVector(section: Reader): void {
  const opcode = section.u32();
  if (opcode !== 12) section.fail(`expected v128.const, got the vector opcode ${opcode}`);
  section.skip(16);
}
