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
  let edits = 0;
  let editBytes = 0;
  let lines = 0;
  let logBytes = 0;
  let told = false;
  return {
    edit(size) {
      if (edits >= MAX_EDITS || editBytes + size > MAX_EDIT_BYTES) return false;
      edits++;
      editBytes += size;
      return true;
    },
    log(size) {
      if (!told && lines < MAX_LOG_LINES && logBytes + size <= MAX_LOG_BYTES) {
        lines++;
        logBytes += size;
        return "fits";
      }
      const first = !told;
      told = true;
      return first ? "last" : "over";
    },
  };
}
