/** What follows an opcode: its immediates, or why it is refused (WebAssembly 2.0, 5.4; without threads, tail calls, exceptions, GC). */
export const FORM = {
  unknown: 0,
  refused: 1,
  plain: 2,
  block: 3,
  loop: 4,
  if: 5,
  else: 6,
  end: 7,
  branch: 8,
  branchTable: 9,
  call: 10,
  callIndirect: 11,
  local: 12,
  global: 13,
  table: 14,
  memory: 15,
  memoryIndex: 16,
  i32: 17,
  i64: 18,
  f32: 19,
  f64: 20,
  refNull: 21,
  refFunc: 22,
  selectTyped: 23,
  bulk: 24,
  vector: 25,
} as const;

/** Form by opcode. */
export const FORMS = new Uint8Array(256);
const forms: readonly [first: number, last: number, form: number][] = [
  [0x00, 0x01, FORM.plain],
  [0x02, 0x02, FORM.block],
  [0x03, 0x03, FORM.loop],
  [0x04, 0x04, FORM.if],
  [0x05, 0x05, FORM.else],
  [0x06, 0x0a, FORM.refused],
  [0x0b, 0x0b, FORM.end],
  [0x0c, 0x0d, FORM.branch],
  [0x0e, 0x0e, FORM.branchTable],
  [0x0f, 0x0f, FORM.plain],
  [0x10, 0x10, FORM.call],
  [0x11, 0x11, FORM.callIndirect],
  [0x12, 0x15, FORM.refused],
  [0x18, 0x19, FORM.refused],
  [0x1a, 0x1b, FORM.plain],
  [0x1c, 0x1c, FORM.selectTyped],
  [0x1f, 0x1f, FORM.refused],
  [0x20, 0x22, FORM.local],
  [0x23, 0x24, FORM.global],
  [0x25, 0x26, FORM.table],
  [0x28, 0x3e, FORM.memory],
  [0x3f, 0x40, FORM.memoryIndex],
  [0x41, 0x41, FORM.i32],
  [0x42, 0x42, FORM.i64],
  [0x43, 0x43, FORM.f32],
  [0x44, 0x44, FORM.f64],
  [0x45, 0xc4, FORM.plain],
  [0xd0, 0xd0, FORM.refNull],
  [0xd1, 0xd1, FORM.plain],
  [0xd2, 0xd2, FORM.refFunc],
  [0xd3, 0xd6, FORM.refused],
  [0xfb, 0xfb, FORM.refused],
  [0xfc, 0xfc, FORM.bulk],
  [0xfd, 0xfd, FORM.vector],
  [0xfe, 0xfe, FORM.refused],
];
for (const [first, last, form] of forms) FORMS.fill(form, first, last + 1);

/** The proposal that a refused opcode belongs to. */
export function featureOf(opcode: number): string {
  if (opcode === 0x12 || opcode === 0x13) return "tail calls";
  if (opcode === 0x14 || opcode === 0x15 || (opcode >= 0xd4 && opcode <= 0xd6)) return "typed function references";
  if (opcode === 0xd3) return "garbage collection";
  if (opcode === 0xfb) return "garbage collection or string references";
  if (opcode === 0xfe) return "threads and atomics";
  return "exceptions";
}

/** Opcodes behind 0xfc. */
export const BULK = {
  lastSaturating: 7,
  memoryInit: 8,
  dataDrop: 9,
  memoryCopy: 10,
  memoryFill: 11,
  tableInit: 12,
  elemDrop: 13,
  tableCopy: 14,
  tableGrow: 15,
  tableSize: 16,
  tableFill: 17,
} as const;

/** What follows an opcode behind 0xfd. */
export const VECTOR_FORM = { plain: 0, memory: 1, bytes16: 2, lane: 3, memoryLane: 4 } as const;

/** Form by opcode behind 0xfd; above 0xff are relaxed instructions, which are refused: their results differ by machine. */
export const VECTOR_FORMS = new Uint8Array(256);
VECTOR_FORMS.fill(VECTOR_FORM.memory, 0, 12);
VECTOR_FORMS.fill(VECTOR_FORM.bytes16, 12, 14);
VECTOR_FORMS.fill(VECTOR_FORM.lane, 21, 35);
VECTOR_FORMS.fill(VECTOR_FORM.memoryLane, 84, 92);
VECTOR_FORMS.fill(VECTOR_FORM.memory, 92, 94);
