// Memory across the component boundary. Two modes, chosen by `memory` in plugin.json: "arena" (the stub runtime) throws
// away at the end of a hook whatever the hook allocated; "gc" (the minimal runtime) collects then, once enough has gathered.

/** Below this much of managed memory, in bytes, nothing is collected. */
const COLLECT_FROM: usize = 64 * 1024;

let collectAt: usize = COLLECT_FROM;

/** Payload address of the first block that belongs to the current hook; 0 until the first hook has begun. */
let mark: usize = 0;

/**
 * `cabi_realloc` of the canonical ABI. What the host lowers becomes a managed object of exactly its size: alignment 2 a
 * String (a lowered string needs no copy), anything else an ArrayBuffer.
 */
export function cabi_realloc(old: usize, oldSize: usize, align: usize, size: usize): usize {
  if (size === 0) return align;
  if (oldSize !== 0) return __renew(old, size);
  return __new(size, align === 2 ? idof<string>() : idof<ArrayBuffer>());
}

/** Everything allocated so far stays: the filter's globals and its configuration. */
export function keep(): void {
  if (ASC_RUNTIME === 0) {
    mark = __alloc(0);
    __free(mark);
  }
}

/** Begins a hook. */
export function open(): void {
  if (ASC_RUNTIME === 0) {
    if (mark === 0) keep();
  }
}

/** Ends a hook: gives back what it allocated. */
export function close(): void {
  if (ASC_RUNTIME === 0) {
    reset();
  } else if (managedBytes() > collectAt) {
    __collect();
    collectAt = max(COLLECT_FROM, managedBytes() * 2);
  }
}

/**
 * Frees everything since the mark. The stub runtime only frees its last block, so the first block is made to reach up to
 * the end of the last one; the word before a block's payload is its size.
 */
function reset(): void {
  const last = __alloc(0);
  const size = load<usize>(last - sizeof<usize>());
  store<usize>(mark - sizeof<usize>(), last + size - mark);
  __free(mark);
}

/** Bytes of managed objects, garbage included. The build replaces the body: the collector's counter is private to it. */
export function managedBytes(): usize {
  return 0;
}
