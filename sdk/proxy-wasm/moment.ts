// What is known about the hook that runs; all of it is forgotten when it ends.

export enum Hook {
  None,
  Configure,
  Request,
  RequestBody,
  Response,
  ResponseBody,
  Log,
  Tick,
}

const MAX_EDITS: u32 = 100;
const MAX_EDIT_CHARACTERS: u32 = 64 * 1024;
const MAX_LINES: u32 = 64;
const MAX_LINE_CHARACTERS: u32 = 16 * 1024;

let running: Hook = Hook.None;
/** Whether the head of the message that the hook is about has not gone on yet. */
let headWaits: bool = false;
let edits: u32 = 0;
let editCharacters: u32 = 0;
let lines: u32 = 0;
let lineCharacters: u32 = 0;

/** Begins a hook with its share of everything. */
export function turnTo(hook: Hook, head: bool): void {
  running = hook;
  headWaits = head;
  edits = 0;
  editCharacters = 0;
  lines = 0;
  lineCharacters = 0;
}

export function isRunning(hook: Hook): bool {
  return running === hook;
}

/** Whether the request's head can be edited, and the choice of its backend is open. */
export function isRequestOpen(): bool {
  return headWaits && (running === Hook.Request || running === Hook.RequestBody);
}

export function isResponseOpen(): bool {
  return headWaits && (running === Hook.Response || running === Hook.ResponseBody);
}

/** Whether the client can still be answered in place of the backend. */
export function mayAnswer(): bool {
  return running === Hook.Request || running === Hook.RequestBody || isResponseOpen();
}

/** Takes an edit of a field from the hook's share; false when that is used up. */
export function takeEdit(characters: u32): bool {
  if (edits >= MAX_EDITS || editCharacters + characters > MAX_EDIT_CHARACTERS) return false;
  edits++;
  editCharacters += characters;
  return true;
}

/** Takes a line of log from the hook's share: 1 it fits, 0 it is the first that does not, -1 a later one. */
export function takeLine(characters: u32): i32 {
  if (lines > MAX_LINES) return -1;
  if (lines < MAX_LINES && lineCharacters + characters <= MAX_LINE_CHARACTERS) {
    lines++;
    lineCharacters += characters;
    return 1;
  }
  lines = MAX_LINES + 1;
  return 0;
}
