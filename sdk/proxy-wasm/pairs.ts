import { Header } from "../contract";
import { narrowTo } from "./latin1";

// How the ABI lays out fields: their number, the sizes of each name and value, then the texts, each with a NUL behind it.

/** Fields in the ABI's layout, names and values of characters below 256. */
export function writePairs(fields: Header[]): ArrayBuffer {
  let size = 4;
  for (let i = 0; i < fields.length; i++) size += 10 + fields[i].name.length + fields[i].value.length;
  const bytes = new ArrayBuffer(size);
  let sizes = changetype<usize>(bytes);
  let texts = sizes + 4 + ((<usize>fields.length) << 3);
  store<u32>(sizes, fields.length);
  for (let i = 0; i < fields.length; i++) {
    const field = fields[i];
    store<u32>(sizes, field.name.length, 4);
    store<u32>(sizes, field.value.length, 8);
    sizes += 8;
    narrowTo(texts, field.name);
    texts += <usize>field.name.length + 1;
    narrowTo(texts, field.value);
    texts += <usize>field.value.length + 1;
  }
  return bytes;
}

/** Goes over fields in the ABI's layout, as the host has written them. */
export class PairReader {
  name: usize = 0;
  nameSize: usize = 0;
  value: usize = 0;
  valueSize: usize = 0;
  private left: u32;
  private sizes: usize;
  private next: usize;

  constructor(address: usize, size: usize) {
    this.left = size < 4 ? 0 : load<u32>(address);
    this.sizes = address + 4;
    this.next = this.sizes + ((<usize>this.left) << 3);
  }

  /** Moves on to the next field; false when there is none. */
  move(): bool {
    if (this.left === 0) return false;
    this.left--;
    this.name = this.next;
    this.nameSize = load<usize>(this.sizes);
    this.value = this.name + this.nameSize + 1;
    this.valueSize = load<usize>(this.sizes, 4);
    this.sizes += 8;
    this.next = this.value + this.valueSize + 1;
    return true;
  }

  /** Whether the name is the one at an address, in lower case. */
  isNamed(name: usize, size: usize): bool {
    return this.nameSize === size && memory.compare(this.name, name, size) === 0;
  }
}
