import { gzipSync } from "node:zlib";

export interface ArchiveEntry {
  readonly name: string;
  readonly bytes?: Uint8Array;
  /** @default a plain file */
  readonly type?: string;
  readonly prefix?: string;
  /** What the header says, where that is not so. */
  readonly size?: string;
  readonly checksum?: string;
}

const BLOCK = 512;

/** An archive as tar writes it (POSIX.1-1988), gzipped. */
export function gzippedArchive(entries: readonly ArchiveEntry[], end = 2 * BLOCK): Uint8Array {
  return gzipSync(Buffer.concat([...entries.flatMap(entryBytes), Buffer.alloc(end)]));
}

function entryBytes(entry: ArchiveEntry): Buffer[] {
  const { bytes = Buffer.alloc(0), type = "0", prefix = "" } = entry;
  const header = Buffer.alloc(BLOCK);
  header.write(entry.name, 0);
  header.write("0000644\0", 100);
  header.write(entry.size ?? `${bytes.length.toString(8).padStart(11, "0")}\0`, 124);
  header.write("        ", 148);
  header.write(type, 156);
  header.write("ustar\0", 257);
  header.write("00", 263);
  header.write(prefix, 345);
  const sum = header.reduce((total, byte) => total + byte, 0);
  header.write(entry.checksum ?? `${sum.toString(8).padStart(6, "0")}\0 `, 148);
  return [header, Buffer.from(bytes), Buffer.alloc((BLOCK - (bytes.length % BLOCK)) % BLOCK)];
}
