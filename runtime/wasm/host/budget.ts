/** What one plugin may do in one exchange. */
export interface Budget {
  /** Takes a header edit of so many characters; false when the share is used up. */
  edit(size: number): boolean;
  /** Takes a line of log: `last` is the first that no longer fits. */
  log(size: number): "fits" | "last" | "over";
}

const MAX_EDITS = 100;
const MAX_EDIT_BYTES = 64 * 1024;
const MAX_LOG_LINES = 64;
const MAX_LOG_BYTES = 16 * 1024;

export function createBudget(): Budget {
  return new Counted();
}

/** A class, since one is made for every exchange that edits or logs: an object of numbers, no closures. */
class Counted implements Budget {
  #edits = 0;
  #editBytes = 0;
  #lines = 0;
  #logBytes = 0;
  #told = false;

  edit(size: number): boolean {
    if (this.#edits >= MAX_EDITS || this.#editBytes + size > MAX_EDIT_BYTES) return false;
    this.#edits++;
    this.#editBytes += size;
    return true;
  }

  log(size: number): "fits" | "last" | "over" {
    if (!this.#told && this.#lines < MAX_LOG_LINES && this.#logBytes + size <= MAX_LOG_BYTES) {
      this.#lines++;
      this.#logBytes += size;
      return "fits";
    }
    const first = !this.#told;
    this.#told = true;
    return first ? "last" : "over";
  }
}
