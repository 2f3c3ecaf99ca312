/**
 * What an instruction costs in fuel, by opcode: about what it takes of the time of an addition. Structure costs nothing by
 * itself, since engines make nothing of it; a jump costs 1. What depends on a length is charged for that when it runs.
 */
export const COSTS = new Uint8Array(256).fill(1);
const FREE = [0x01, 0x02, 0x05, 0x0b, 0x1a];
for (const opcode of FREE) COSTS[opcode] = 0;
/** Divisions and remainders. */
for (const opcode of [0x6d, 0x6e, 0x6f, 0x70]) COSTS[opcode] = 10;
for (const opcode of [0x7f, 0x80, 0x81, 0x82]) COSTS[opcode] = 20;
/** Square roots and divisions of floating-point numbers. */
for (const opcode of [0x91, 0x95, 0x9f, 0xa3]) COSTS[opcode] = 16;
/** Loads may miss every cache. */
COSTS.fill(3, 0x28, 0x36);
COSTS[0x0e] = 3;
COSTS[0x10] = 8;
COSTS[0x11] = 16;
COSTS[0x25] = 5;
COSTS[0x26] = 10;
COSTS[0x40] = 200;
COSTS[0xfc] = 4;
COSTS[0xfd] = 2;

/** A function that calls nothing, has no loop and costs no more may be paid for by its callers. */
export const LEAF_COST = 48;
