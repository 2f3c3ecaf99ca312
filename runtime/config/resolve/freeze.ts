/** Freezes a value and everything in it, in place. Maps lose the methods that would change them. */
export function deepFreeze<T>(value: T): T {
  if (typeof value !== "object" || value === null || Object.isFrozen(value)) return value;
  if (value instanceof Map) {
    for (const item of value.values()) deepFreeze(item);
    for (const method of ["set", "delete", "clear"]) Object.defineProperty(value, method, { value: refuse });
  } else {
    for (const item of Object.values(value)) deepFreeze(item);
  }
  return Object.freeze(value);
}

function refuse(): never {
  throw new TypeError("a snapshot never changes");
}
