/** The one file that an image of Istio's `compat` layout is about, from a gzipped tar archive (POSIX.1-1988 ustar and later). */

import { gunzipSync } from "node:zlib";
import { HeddleError } from "../errors.ts";
import { MODULE_LIMIT } from "./layout.ts";

const PLUGIN = "plugin.wasm";
const BLOCK = 512;
/** Of the archive, beside the module. */
const REST_LIMIT = 1 << 20;
const MOST_ENTRIES = 1024;

/** Where the fields of a header stand, and how long they are. */
const FIELD = {
  name: [0, 100],
  size: [124, 12],
  checksum: [148, 8],
  type: [156, 1],
  magic: [257, 5],
  prefix: [345, 155],
};

const TYPE_AT = 156;

interface Entry {
  readonly path: string;
  readonly size: number;
  /** `0`, or NUL in old archives, is a plain file. */
  readonly type: string;
}

/**
 * The contents of `plugin.wasm`, in whatever folder of the archive it is. Nothing is written anywhere, and links are not followed.
 *
 * @throws MANIFEST_INVALID for no such file, several, or an archive that is none; ARTIFACT_TOO_LARGE
 */
export function pluginInArchive(gzipped: Uint8Array, where?: string): Uint8Array {
  const archive = unzipped(gzipped, where);
  let found: Uint8Array | undefined;
  let at = 0;
  for (let entries = 0; at + BLOCK <= archive.length; entries++) {
    const header = archive.subarray(at, at + BLOCK);
    if (header.every((byte) => byte === 0)) break;
    if (entries === MOST_ENTRIES) throw invalid(`it has more than ${MOST_ENTRIES} entries`, where);
    const { path, size, type } = readHeader(header, where);
    const end = at + BLOCK + size;
    if (end > archive.length) throw invalid("it ends before its last file", where);
    if (path.slice(path.lastIndexOf("/") + 1) === PLUGIN) {
      if (type !== "0" && type !== "\0") throw invalid(`its ${PLUGIN} is no plain file`, where);
      if (found !== undefined) throw invalid(`it has more than one ${PLUGIN}`, where);
      found = archive.subarray(at + BLOCK, end);
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK;
  }
  if (found === undefined) throw invalid(`it has no ${PLUGIN}`, where);
  return Uint8Array.from(found);
}

function unzipped(gzipped: Uint8Array, where: string | undefined): Buffer {
  try {
    return gunzipSync(gzipped, { maxOutputLength: MODULE_LIMIT + REST_LIMIT });
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ERR_BUFFER_TOO_LARGE") throw invalid("it is not gzip", where);
    const message = `expected an archive of at most ${MODULE_LIMIT + REST_LIMIT} bytes, got more`;
    throw new HeddleError("ARTIFACT_TOO_LARGE", message, { where, cause });
  }
}

function readHeader(header: Buffer, where: string | undefined): Entry {
  const text = ([at, length]: readonly number[]): string => {
    const bytes = header.subarray(at, (at as number) + (length as number));
    const end = bytes.indexOf(0);
    return bytes.latin1Slice(0, end < 0 ? bytes.length : end);
  };
  if (octal(text(FIELD.checksum)) !== checksumOf(header)) throw invalid("a header's checksum does not fit", where);
  const size = octal(text(FIELD.size));
  if (Number.isNaN(size)) throw invalid("a header's size is no number", where);
  const prefix = text(FIELD.magic) === "ustar" ? text(FIELD.prefix) : "";
  const type = header.latin1Slice(TYPE_AT, TYPE_AT + 1);
  return { path: prefix === "" ? text(FIELD.name) : `${prefix}/${text(FIELD.name)}`, size, type };
}

/** NaN for anything else. */
function octal(text: string): number {
  const digits = text.trim();
  return /^[0-7]{1,11}$/.test(digits) ? Number.parseInt(digits, 8) : Number.NaN;
}

/** The sum of the header's bytes, its own field counted as spaces. */
function checksumOf(header: Buffer): number {
  const [from, length] = FIELD.checksum as [number, number];
  let sum = length * 32;
  for (const [index, byte] of header.entries()) if (index < from || index >= from + length) sum += byte;
  return sum;
}

function invalid(why: string, where: string | undefined): HeddleError {
  return new HeddleError("MANIFEST_INVALID", `expected a layer with a ${PLUGIN}, but ${why}`, { where });
}
