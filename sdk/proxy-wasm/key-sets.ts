import { json } from "../json";
import { JsonKind } from "../json-kind";
import { JsonValue } from "../json-value";
import { Key, readKey } from "./jwk";

const MAX_KEYS: i32 = 100;

class KeySet {
  readonly keys: Key[] = [];

  constructor(readonly name: string) {}
}

let sets: KeySet[] = [];

/** Takes over the member `keySets`: a JWK Set (RFC 7517) for each name. Why it cannot be used, or null. */
export function loadKeySets(given: JsonValue): string | null {
  const read: KeySet[] = [];
  for (let i = 0; i < given.length; i++) {
    const set = new KeySet(given.names[i]);
    const wrong = readKeys(set, given.items[i]);
    if (wrong !== null) return "keySets." + set.name + ": " + wrong;
    read.push(set);
  }
  sets = read;
  return null;
}

/** The keys of a set; null when there is none of this name. */
export function keysOf(name: string): Key[] | null {
  for (let i = 0; i < sets.length; i++) if (sets[i].name === name) return sets[i].keys;
  return null;
}

function readKeys(set: KeySet, given: JsonValue): string | null {
  const keys = given.get("keys");
  if (keys === null || keys.kind !== JsonKind.List) return "expected a JWK Set: an object with a list `keys`";
  if (keys.length > MAX_KEYS) return "expected at most 100 keys";
  for (let i = 0; i < keys.length; i++) {
    const key = readKey(keys.items[i]);
    const id = key.id;
    const name = id === null ? "number " + i.toString() : json.quote(id);
    const problem = key.problem;
    if (problem !== null) return "the key " + name + " cannot be used: " + problem;
    if (key.algorithm.length === 0) continue;
    if (id !== null && has(set.keys, id, key.algorithm)) return "the key " + name + " occurs twice";
    set.keys.push(key);
  }
  return null;
}

function has(keys: Key[], id: string, algorithm: string): bool {
  for (let i = 0; i < keys.length; i++) {
    const other = keys[i].id;
    if (other !== null && other === id && keys[i].algorithm === algorithm) return true;
  }
  return false;
}
