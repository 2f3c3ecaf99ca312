import type { BodyCapability, BodyEdit } from "../abi/capabilities.ts";
import type { BodyPiece } from "../exchange.ts";
import type { HookContext } from "./context.ts";

const NO_BYTES = new Uint8Array(0);

/** What the hook for a body is given for a message without one. */
export const NO_BODY: BodyPiece = Object.freeze({ bytes: NO_BYTES, end: true });

/** The piece that the hook is about, readable and editable in place. */
export function bodyCapability(context: HookContext): BodyCapability {
  const bytes = (): Uint8Array => context.piece?.bytes ?? NO_BYTES;
  const appended = new GrowingBytes();
  const refusal = (size: number): BodyEdit | undefined => {
    const { piece } = context;
    if (piece === undefined || piece === NO_BODY) return "forbidden";
    return size > piece.bytes.length && size > context.scope.limits.bodyBytes ? "too-large" : undefined;
  };
  const put = (next: Uint8Array): "done" => {
    (context.piece as BodyPiece).bytes = next;
    return "done";
  };
  return {
    size: () => bytes().length,
    end: () => context.piece?.end ?? false,
    read(start, length) {
      const all = bytes();
      return all.subarray(start, Math.min(start + length, all.length));
    },
    replace: (next) => refusal(next.length) ?? put(next),
    append: (more) => refusal(bytes().length + more.length) ?? put(appended.join(bytes(), more)),
  };
}

/** Appends to the same bytes again and again without copying what is there each time. */
class GrowingBytes {
  #buffer = NO_BYTES;
  #size = 0;

  join(before: Uint8Array, more: Uint8Array): Uint8Array {
    const isOwn = before.buffer === this.#buffer.buffer && before.length === this.#size;
    const size = before.length + more.length;
    if (!isOwn || size > this.#buffer.length) {
      this.#buffer = new Uint8Array(isOwn ? size * 2 : size);
      this.#buffer.set(before);
    }
    this.#buffer.set(more, before.length);
    this.#size = size;
    return this.#buffer.subarray(0, size);
  }
}
