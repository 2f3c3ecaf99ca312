import { isUtf8 } from "node:buffer";
import type { Attribute, GuestExchange } from "../../../exchange.ts";
import { isAttributeName, MAX_ATTRIBUTE_TEXT, MAX_ATTRIBUTES } from "../../../host/attributes.ts";
import { setState, stateOf } from "../stream-state.ts";

// What filters of this ABI leave with the stream means what components mean by it: a property `auth.subject` is the attribute
// of that name. Under `heddle.` our SDK (`sdk/proxy-wasm`) says what the ABI has no function for.

const OWN = "heddle.";
const BACKEND = "heddle.routing.backend";
const HASH_KEY = "heddle.routing.hash-key";
/** In front of an attribute's name: its type, as a letter, and the 8 bytes of a number. */
const TYPE = "heddle.type.";
/** Where Envoy keeps what filters leave, and what it puts in front of a path that one of this ABI has set. */
const FILTER_STATE = "filter_state\0";
const OF_FILTERS = "wasm.";
/** What might be taken for a number, a flag or nothing; any other text is a text, whatever type was left before. */
const TYPED = /^(?:[-\d]|true$|false$|NaN$|Infinity$|$)/;

/** What lies with the exchange under a path: an attribute as text, its type, or what a filter of this ABI has left. */
export function exchangeProperty(exchange: GuestExchange, path: string): Uint8Array | undefined {
  const { attributes } = exchange;
  if (path.startsWith(FILTER_STATE)) return stateOf(exchange, stateName(path.slice(FILTER_STATE.length)));
  const typed = path.startsWith(TYPE) ? attributes.get(path.slice(TYPE.length)) : undefined;
  if (typed !== undefined) return typeMark(typed);
  const name = attributeAt(path);
  const attribute = name === undefined ? undefined : attributes.get(name);
  return attribute === undefined ? stateOf(exchange, path) : Buffer.from(String(attribute));
}

/** False when it is refused: there is no room, or no such backend. */
export function setExchangeProperty(exchange: GuestExchange, path: string, value: Uint8Array): boolean {
  const name = attributeAt(path);
  if (name !== undefined && isUtf8(value)) return setAttribute(exchange, name, Buffer.from(value).toString());
  if (path === BACKEND) return choose(exchange, Buffer.from(value).toString()) && setState(exchange, path, value);
  if (path === HASH_KEY) exchange.routing.hashKey = Buffer.from(value).toString();
  return setState(exchange, path, value);
}

function stateName(name: string): string {
  return name.startsWith(OF_FILTERS) ? name.slice(OF_FILTERS.length) : name;
}

/** The attribute that a path names. Those without a dot stand behind `heddle.`: other such paths are the host's. */
function attributeAt(path: string): string | undefined {
  const name = path.startsWith(OWN) ? path.slice(OWN.length) : path;
  return isAttributeName(name) && name.includes(".") !== path.startsWith(OWN) ? name : undefined;
}

function setAttribute(exchange: GuestExchange, name: string, text: string): boolean {
  const { attributes } = exchange;
  const value = TYPED.test(text) ? attributeOf(text, stateOf(exchange, TYPE + name)) : text;
  if (value === undefined) return attributes.delete(name) || true;
  if (text.length > MAX_ATTRIBUTE_TEXT) return false;
  if (attributes.size >= MAX_ATTRIBUTES && !attributes.has(name)) return false;
  attributes.set(name, value);
  return true;
}

/** The value that a text and the type beside it stand for; undefined for one that was removed. */
function attributeOf(text: string, mark: Uint8Array = new Uint8Array()): Attribute | undefined {
  const letter = Buffer.from(mark.subarray(0, 1)).toString();
  if (letter === "n" && mark.length === 9) return Buffer.from(mark).readDoubleLE(1);
  if (letter === "t" || letter === "f") return letter === "t";
  return letter === "-" ? undefined : text;
}

function typeMark(attribute: Attribute): Uint8Array {
  if (typeof attribute === "boolean") return Buffer.from(attribute ? "t" : "f");
  if (typeof attribute === "string") return Buffer.from("s");
  const mark = Buffer.alloc(9, "n");
  mark.writeDoubleLE(attribute, 1);
  return mark;
}

function choose({ routing }: GuestExchange, backend: string): boolean {
  if (!routing.backends.includes(backend)) return false;
  routing.chosen = backend;
  return true;
}
