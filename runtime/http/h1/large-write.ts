import type { Socket } from "node:net";
import { READ_BYTES } from "./read-bytes.ts";

/** A read's worth of bytes with a head or a chunk's framing around it. */
const BLOCK = READ_BYTES + 8_192;
/** Blocks that one thread keeps for reuse. */
const KEPT = 16;

/** Bytes on their way into a socket. */
class Block {
  readonly bytes: Buffer = Buffer.allocUnsafeSlow(BLOCK);
  /** The socket is done with it, or dead: a handle that is closed sends nothing more. */
  readonly release = (): void => {
    if (free.length < KEPT) free.push(this);
  };
}

const free: Block[] = [];

/**
 * Writes a copy of bytes that are the caller's again when this returns, with text in front of and behind them (a
 * character per byte). Copies go through recycled blocks: a gigabyte that passes by leaves no garbage behind.
 */
export function writeLarge(socket: Socket, before: string, bytes: Uint8Array, behind: string): boolean {
  const length = before.length + bytes.length + behind.length;
  if (length > BLOCK) return socket.write(joined(Buffer.allocUnsafe(length), before, bytes, behind));
  const block = free.pop() ?? new Block();
  return socket.write(joined(block.bytes, before, bytes, behind), block.release);
}

function joined(into: Buffer, before: string, bytes: Uint8Array, behind: string): Buffer {
  if (before !== "") into.write(before, 0, "latin1");
  into.set(bytes, before.length);
  const end = before.length + bytes.length;
  if (behind !== "") into.write(behind, end, "latin1");
  return into.subarray(0, end + behind.length);
}
