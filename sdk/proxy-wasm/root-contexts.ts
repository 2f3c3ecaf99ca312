/** Root contexts that are counted; a host with more of them for one configuration has the instance keep it. */
const PLACES: usize = 64;

/** Their numbers, 0 for an empty place. Static, so that it outlives what an arena throws away. */
const places: usize = memory.data(256, 4);

/** How many live. */
let count: u32 = 0;

export function rootCount(): u32 {
  return count;
}

export function addRoot(context: u32): void {
  count++;
  const empty = placeOf(0);
  if (empty !== 0) store<u32>(empty, context);
}

/** Any context may be named: those that are no roots change nothing. */
export function removeRoot(context: u32): void {
  const place = placeOf(context);
  if (place === 0) return;
  store<u32>(place, 0);
  count--;
}

/** The address of the place that holds a number; 0 when none does. */
function placeOf(context: u32): usize {
  for (let at = places; at < places + 4 * PLACES; at += 4) if (load<u32>(at) === context) return at;
  return 0;
}
