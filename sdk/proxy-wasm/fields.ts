import { Header } from "../contract";
import { isFieldName, isFieldValue, isForbidden, MAX_NAME } from "./field-grammar";
import {
  proxy_add_header_map_value,
  proxy_get_header_map_pairs,
  proxy_get_header_map_value,
  proxy_remove_header_map_value,
  proxy_replace_header_map_value,
} from "./hostcalls";
import { narrow, narrowLowerCaseTo, widen } from "./latin1";
import { isRequestOpen, isResponseOpen, takeEdit } from "./moment";
import { PairReader } from "./pairs";
import { getProperty, setProperty } from "./property";
import { outAddress, outSize, receivedText } from "./received";
import { FieldMap, Status } from "./wire";

/** The cases of `edit` in the contract's interfaces request and response. */
export enum FieldEdit {
  Done,
  BadName,
  BadValue,
  Forbidden,
  TooMany,
}

/** Under which the ABI has HTTP/1's `host`. */
const AUTHORITY = ":authority";
const REMEMBERED = "heddle.request.head";
/** The bytes of `host`. */
const HOST: u32 = 0x74736f68;

/** A name in lower case, as the last `place` left it. */
const named: usize = memory.data(256);
let namedSize: usize = 0;

/** Fields in the ABI's layout as they were last asked for in this hook, and whose they are; address 0: nobody's. */
let known: usize = 0;
let knownSize: usize = 0;
let knownMap: FieldMap = FieldMap.Request;

/** Fields that this filter does not see, in lower case. */
let hidden: string[] = [];

/** Set once, by the entry, before anything else happens. */
export function hideFields(names: string[]): void {
  hidden = names;
}

/** Leaves the request's fields with the stream, for hooks that run when its head has gone on. */
export function rememberRequest(): void {
  if (proxy_get_header_map_pairs(FieldMap.Request, outAddress, outSize) !== Status.Ok) return;
  setProperty(REMEMBERED, changetype<ArrayBuffer>(load<usize>(outAddress)));
}

/** Forgets what it knew: a hook begins, or a field has changed. */
export function forgetFields(): void {
  known = 0;
}

/** The first value of a field. */
export function fieldValue(map: FieldMap, name: string): string | null {
  if (!place(name) || isHidden(named, namedSize)) return null;
  const status = proxy_get_header_map_value(map, named, namedSize, outAddress, outSize);
  if (status === Status.Ok) return receivedText();
  return remembered(map);
}

/** Every value of a field, in order. */
export function fieldValues(map: FieldMap, name: string): string[] {
  const values: string[] = [];
  if (!place(name) || isHidden(named, namedSize)) return values;
  const fields = read(map);
  while (fields.move()) {
    if (fields.isNamed(named, namedSize)) values.push(widen(fields.value, fields.valueSize));
  }
  return values;
}

/** Every field in order, without HTTP's pseudo fields: of these, `:authority` reads `host`. */
export function allFields(map: FieldMap): Header[] {
  const all: Header[] = [];
  const fields = read(map);
  while (fields.move()) {
    if (isHidden(fields.name, fields.nameSize)) continue;
    const pseudo = fields.nameSize === 0 || load<u8>(fields.name) === 0x3a;
    const name = pseudo ? "host" : widen(fields.name, fields.nameSize);
    if (!pseudo || isAuthority(fields)) all.push(new Header(name, widen(fields.value, fields.valueSize)));
  }
  return all;
}

/** Whether the field occurs exactly once with exactly this value. */
export function fieldEquals(map: FieldMap, name: string, value: string): bool {
  const first = fieldValue(map, name);
  return first !== null && first === value && fieldValues(map, name).length === 1;
}

/** Replaces every occurrence of a field. */
export function setField(map: FieldMap, name: string, value: string): FieldEdit {
  const refusal = refuse(map, name, value);
  if (refusal !== FieldEdit.Done) return refusal;
  const bytes = narrow(value);
  proxy_replace_header_map_value(map, named, namedSize, changetype<usize>(bytes), value.length);
  forgetFields();
  return FieldEdit.Done;
}

/** Adds one more occurrence of a field. */
export function addField(map: FieldMap, name: string, value: string): FieldEdit {
  const refusal = refuse(map, name, value);
  if (refusal !== FieldEdit.Done) return refusal;
  const bytes = narrow(value);
  proxy_add_header_map_value(map, named, namedSize, changetype<usize>(bytes), value.length);
  forgetFields();
  return FieldEdit.Done;
}

/** Removes every occurrence of a field. */
export function removeField(map: FieldMap, name: string): FieldEdit {
  const refusal = refuse(map, name, "");
  if (refusal !== FieldEdit.Done) return refusal;
  proxy_remove_header_map_value(map, named, name.length);
  forgetFields();
  return FieldEdit.Done;
}

/** A pseudo field such as `:path`, or one that belongs to the host. */
export function hostField(map: FieldMap, name: string): string | null {
  write(name);
  const status = proxy_get_header_map_value(map, named, namedSize, outAddress, outSize);
  return status === Status.Ok ? receivedText() : remembered(map);
}

/** As `setField`, for fields of the host's. */
export function setHostField(map: FieldMap, name: string, value: string): void {
  write(name);
  const bytes = narrow(value);
  proxy_replace_header_map_value(map, named, namedSize, changetype<usize>(bytes), value.length);
  forgetFields();
}

/** Whether a message's fields say that a body follows (RFC 9112 6.3). */
export function announcesBody(map: FieldMap): bool {
  const length = fieldValue(map, "content-length");
  return (length !== null && length !== "0") || fieldValue(map, "transfer-encoding") !== null;
}

/** As `removeField`, for fields of the host's. */
export function removeHostField(map: FieldMap, name: string): void {
  write(name);
  proxy_remove_header_map_value(map, named, namedSize);
  forgetFields();
}

/** Why an edit is refused. Fields are open in one hook. When it is not, the name's lower case is in its place. */
function refuse(map: FieldMap, name: string, value: string): FieldEdit {
  if (!(map === FieldMap.Request ? isRequestOpen() : isResponseOpen())) return FieldEdit.Forbidden;
  if (isForbidden(name.toLowerCase())) return FieldEdit.Forbidden;
  if (!isFieldName(name)) return FieldEdit.BadName;
  if (!isFieldValue(value)) return FieldEdit.BadValue;
  if (!takeEdit(name.length + value.length)) return FieldEdit.TooMany;
  return place(name) ? FieldEdit.Done : FieldEdit.BadName;
}

/** Puts a name into its place in lower case; false for one that no field has. */
function place(name: string): bool {
  if (name.length === 0 || name.length > MAX_NAME || name.charCodeAt(0) === 0x3a) return false;
  write(name);
  if (namedSize === 4 && load<u32>(named) === HOST) write(AUTHORITY);
  return true;
}

function write(name: string): void {
  narrowLowerCaseTo(named, name);
  namedSize = name.length;
}

/** Whether the field of a name, in lower case at an address, is not there for this filter. */
function isHidden(name: usize, size: usize): bool {
  for (let i = 0; i < hidden.length; i++) if (<usize>hidden[i].length === size && isText(hidden[i], name)) return true;
  return false;
}

/** Whether the bytes at an address are those of a text. */
function isText(text: string, at: usize): bool {
  for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== <i32>load<u8>(at + i)) return false;
  return true;
}

function isAuthority(fields: PairReader): bool {
  write(AUTHORITY);
  return fields.isNamed(named, namedSize);
}

/** Whether a head has gone on. Envoy does not show it any more then. */
function isGone(map: FieldMap): bool {
  return map === FieldMap.Request && !isRequestOpen();
}

/** The first value of the field in its place, in the request as it was remembered. */
function remembered(map: FieldMap): string | null {
  if (!isGone(map)) return null;
  const fields = read(map);
  while (fields.move()) if (fields.isNamed(named, namedSize)) return widen(fields.value, fields.valueSize);
  return null;
}

function read(map: FieldMap): PairReader {
  if (known === 0 || knownMap !== map) {
    const there = proxy_get_header_map_pairs(map, outAddress, outSize) === Status.Ok && load<usize>(outSize) > 0;
    const found = there || (isGone(map) && getProperty(REMEMBERED));
    known = load<usize>(outAddress);
    knownSize = found ? load<usize>(outSize) : 0;
    knownMap = map;
  }
  return new PairReader(known, knownSize);
}
