import { HeddleError, isHeddleError } from "../../errors.ts";
import type { Reader } from "../binary/reader.ts";
import { CAPS } from "./caps.ts";
import { COSTS, LEAF_COST } from "./instruction-costs.ts";
import { BULK, FORM, FORMS, featureOf, VECTOR_FORM, VECTOR_FORMS } from "./instructions.ts";
import type { ModuleFacts } from "./module-facts.ts";
import { functionIndex, indexOf, letEscape } from "./pieces.ts";
import { referenceType, valueType } from "./value-type.ts";

/** Judges function bodies, one after the other, where a reader stands. */
export class BodyJudge {
  readonly #reader: Reader;
  readonly #facts: ModuleFacts;
  /** Forms of the open blocks, the body itself first. */
  readonly #open = new Uint8Array(CAPS.nesting + 1);
  #depth = 0;
  #locals = 0;
  #blocks = 0;
  #cost = 0;
  #isLeaf = true;
  #bodyEnd = 0;

  constructor(reader: Reader, facts: ModuleFacts) {
    this.#reader = reader;
    this.#facts = facts;
  }

  /** @param index of the function */
  body(index: number): void {
    try {
      this.#body(index);
    } catch (error) {
      if (!isHeddleError(error)) throw error;
      throw new HeddleError(error.code, `function ${index}: ${error.message}`);
    }
  }

  #body(index: number): void {
    const reader = this.#reader;
    const size = reader.u32();
    if (size > CAPS.bodyBytes) reader.refuse(`expected a body of at most ${CAPS.bodyBytes} bytes, got ${size}`);
    if (size > reader.end - reader.at) reader.fail(`expected a body of ${size} bytes, got ${reader.end - reader.at}`);
    this.#bodyEnd = reader.at + size;
    this.#open[0] = FORM.block;
    this.#depth = 1;
    this.#blocks = 1;
    this.#cost = 0;
    this.#isLeaf = true;
    this.#readLocals(index);
    while (this.#depth > 0) this.#instruction();
    if (reader.at !== this.#bodyEnd) reader.fail(`expected a body of ${size} bytes, got another length`);
    this.#account(index);
  }

  #readLocals(index: number): void {
    const reader = this.#reader;
    this.#locals = this.#facts.functions[index]?.params ?? 0;
    const groups = reader.u32();
    for (let group = 0; group < groups; group++) {
      this.#locals += reader.u32();
      if (this.#locals > CAPS.locals) {
        reader.refuse(`expected at most ${CAPS.locals} parameters and locals, got ${this.#locals}`);
      }
      valueType(reader);
    }
  }

  /** What the engine will have to spend on the function. */
  #account(index: number): void {
    const facts = this.#facts;
    const product = this.#locals * this.#blocks;
    if (product > CAPS.localsTimesBlocks) {
      const got = `${this.#locals} locals times ${this.#blocks} blocks`;
      this.#reader.refuse(`expected locals times blocks of at most ${CAPS.localsTimesBlocks}, got ${got}`);
    }
    facts.localsTimesBlocks += product;
    if (facts.localsTimesBlocks > CAPS.moduleLocalsTimesBlocks) {
      this.#reader.refuse(`expected locals times blocks of at most ${CAPS.moduleLocalsTimesBlocks} in all, got more`);
    }
    if (product > facts.worst.locals * facts.worst.blocks) {
      facts.worst = { index, locals: this.#locals, blocks: this.#blocks };
    }
    if (this.#isLeaf && this.#cost <= LEAF_COST) facts.leafCosts[index] = Math.max(1, this.#cost);
  }

  /** One switch over the forms of instructions: a table of functions would cost a call for each of them. */
  #instruction(): void {
    const reader = this.#reader;
    if (reader.at >= this.#bodyEnd) reader.fail("expected the end of the body's blocks, got the end of its bytes");
    const opcode = reader.byte();
    this.#cost += COSTS[opcode] as number;
    switch (FORMS[opcode]) {
      case FORM.plain:
        return;
      case FORM.local:
        return void indexOf(reader, "locals", this.#locals);
      case FORM.i32:
        return void reader.signed(32);
      case FORM.memory:
        this.#memoryArgument();
        return;
      case FORM.block:
      case FORM.loop:
      case FORM.if:
        this.#openBlock(FORMS[opcode] as number);
        return;
      case FORM.else:
        this.#otherwise();
        return;
      case FORM.end:
        this.#depth--;
        return;
      case FORM.branch:
        this.#label();
        return;
      case FORM.branchTable:
        this.#branchTable();
        return;
      case FORM.call:
        this.#isLeaf = false;
        return void functionIndex(reader, this.#facts);
      case FORM.callIndirect:
        this.#isLeaf = false;
        indexOf(reader, "types", this.#facts.types.length);
        return void indexOf(reader, "tables", this.#facts.tables);
      case FORM.global:
        return void indexOf(reader, "globals", this.#facts.globals);
      case FORM.table:
        return void indexOf(reader, "tables", this.#facts.tables);
      case FORM.memoryIndex:
        if (opcode === 0x40) this.#isLeaf = false;
        this.#oneMemory();
        return;
      case FORM.i64:
        reader.skipSigned64();
        return;
      case FORM.f32:
        reader.skip(4);
        return;
      case FORM.f64:
        reader.skip(8);
        return;
      case FORM.refNull:
        return void referenceType(reader);
      case FORM.refFunc:
        letEscape(this.#facts, functionIndex(reader, this.#facts));
        return;
      case FORM.selectTyped:
        if (reader.u32() !== 1) reader.fail("expected one type of a select");
        return void valueType(reader);
      case FORM.bulk:
        this.#bulk();
        return;
      case FORM.vector:
        this.#vector();
        return;
      case FORM.refused:
        reader.refuse(`expected WebAssembly 2.0, got ${featureOf(opcode)} (opcode 0x${opcode.toString(16)})`);
        return;
      default:
        reader.fail(`expected an opcode, got 0x${opcode.toString(16)}`);
    }
  }

  #openBlock(form: number): void {
    const reader = this.#reader;
    this.#blockType();
    this.#blocks++;
    if (form === FORM.loop) this.#isLeaf = false;
    if (this.#depth > CAPS.nesting)
      reader.refuse(`expected blocks nested at most ${CAPS.nesting} deep, got deeper ones`);
    this.#open[this.#depth++] = form;
  }

  /** Nothing, a type, or the index of a function type. */
  #blockType(): void {
    const reader = this.#reader;
    const byte = reader.bytes[reader.at] as number;
    if (byte === 0x40) reader.at++;
    else if ((byte & 0xc0) === 0x40) valueType(reader);
    else {
      const index = reader.signed(33);
      if (index < 0 || index >= this.#facts.types.length) reader.fail(`expected the type of a block, got ${index}`);
    }
  }

  #otherwise(): void {
    if (this.#open[this.#depth - 1] !== FORM.if) this.#reader.fail("expected an if in front of else");
    this.#open[this.#depth - 1] = FORM.else;
    this.#blocks++;
  }

  #label(): void {
    indexOf(this.#reader, "open blocks", this.#depth);
  }

  #branchTable(): void {
    const targets = this.#reader.u32() + 1;
    this.#facts.branchTargets += targets;
    if (this.#facts.branchTargets > CAPS.branchTargets) {
      this.#reader.refuse(`expected at most ${CAPS.branchTargets} targets of branch tables, got more`);
    }
    for (let target = 0; target < targets; target++) this.#label();
  }

  #memoryArgument(): void {
    const align = this.#reader.u32();
    if (align > 16) this.#reader.refuse(`expected the one memory, got the alignment ${align}`);
    this.#reader.u32();
  }

  #oneMemory(): void {
    if (this.#reader.byte() !== 0) this.#reader.refuse("expected the one memory, got another one");
  }

  #bulk(): void {
    const [reader, facts] = [this.#reader, this.#facts];
    const opcode = reader.u32();
    if (opcode <= BULK.lastSaturating) return;
    this.#isLeaf = false;
    if (opcode === BULK.memoryInit || opcode === BULK.dataDrop) reader.u32();
    if (opcode === BULK.memoryCopy) this.#oneMemory();
    if (opcode <= BULK.memoryFill && opcode !== BULK.dataDrop) {
      this.#oneMemory();
      return;
    }
    if (opcode === BULK.dataDrop) return;
    if (opcode > BULK.tableFill) reader.refuse(`expected bulk memory operations, got the opcode 0xfc ${opcode}`);
    if (opcode === BULK.tableInit || opcode === BULK.elemDrop) indexOf(reader, "segments", facts.elementSegments);
    if (opcode === BULK.tableCopy) indexOf(reader, "tables", facts.tables);
    if (opcode !== BULK.elemDrop) indexOf(reader, "tables", facts.tables);
  }

  #vector(): void {
    const reader = this.#reader;
    const opcode = reader.u32();
    if (opcode > 0xff) reader.refuse(`expected fixed-width SIMD, got the relaxed opcode 0xfd ${opcode}`);
    const form = VECTOR_FORMS[opcode];
    if (form === VECTOR_FORM.memory || form === VECTOR_FORM.memoryLane) this.#memoryArgument();
    if (form === VECTOR_FORM.bytes16) reader.skip(16);
    if (form === VECTOR_FORM.lane || form === VECTOR_FORM.memoryLane) reader.byte();
  }
}
