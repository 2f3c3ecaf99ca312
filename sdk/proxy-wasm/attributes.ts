import { AttributesStored } from "../contract";
import { isAttributeName, MAX_ATTRIBUTE_TEXT, numberText } from "./attribute-values";
import { getProperty, setProperty } from "./property";
import { outAddress, outSize, receivedUtf8 } from "./received";

// An attribute is a property of the stream under its own name, as text that a log can show. What might be taken for a number,
// a flag or nothing carries its type in a property beside it: a letter, and the 8 bytes of a number.

const TYPE = "heddle.type.";

enum Type {
  Text = 0x73,
  Number = 0x6e,
  True = 0x74,
  False = 0x66,
  Removed = 0x2d,
}

export function attributesText(name: string): string | null {
  const value = read(name);
  return value === null || typeOf(name, value) !== Type.Text ? null : value;
}

/** NaN when there is none, or it is no number. */
export function attributesNumber(name: string): f64 {
  const value = read(name);
  if (value === null || typeOf(name, value) !== Type.Number) return NaN;
  return load<u32>(outSize) < 9 ? NaN : load<f64>(load<usize>(outAddress), 1);
}

/** -1 when there is none, or it is no flag. */
export function attributesFlag(name: string): i32 {
  const value = read(name);
  const type: i32 = value === null ? Type.Removed : typeOf(name, value);
  return type === Type.True ? 1 : type === Type.False ? 0 : -1;
}

export function attributesSetText(name: string, value: string): AttributesStored {
  if (!isAttributeName(name)) return AttributesStored.BadName;
  if (value.length > MAX_ATTRIBUTE_TEXT) return AttributesStored.TooLarge;
  if (needsType(value)) setType(name, Type.Text);
  setProperty(keyOf(name), String.UTF8.encode(value));
  return AttributesStored.Done;
}

export function attributesSetNumber(name: string, value: f64): AttributesStored {
  if (!isAttributeName(name)) return AttributesStored.BadName;
  const type = new ArrayBuffer(9);
  store<u8>(changetype<usize>(type), Type.Number);
  store<f64>(changetype<usize>(type), value, 1);
  setProperty(TYPE + name, type);
  setProperty(keyOf(name), String.UTF8.encode(numberText(value)));
  return AttributesStored.Done;
}

export function attributesSetFlag(name: string, value: bool): AttributesStored {
  if (!isAttributeName(name)) return AttributesStored.BadName;
  setType(name, value ? Type.True : Type.False);
  setProperty(keyOf(name), String.UTF8.encode(value ? "true" : "false"));
  return AttributesStored.Done;
}

/** The host removes nothing: an empty value that says so takes the place. */
export function attributesRemove(name: string): void {
  if (read(name) === null) return;
  setType(name, Type.Removed);
  setProperty(keyOf(name), new ArrayBuffer(0));
}

function read(name: string): string | null {
  if (!isAttributeName(name) || !getProperty(keyOf(name))) return null;
  return receivedUtf8();
}

/** The type of a value that was read. That of a number leaves its bytes behind as received. */
function typeOf(name: string, value: string): Type {
  if (!needsType(value) || !getProperty(TYPE + name) || load<usize>(outSize) === 0) return Type.Text;
  return <i32>load<u8>(load<usize>(outAddress));
}

function setType(name: string, type: Type): void {
  const letter = new ArrayBuffer(1);
  store<u8>(changetype<usize>(letter), type);
  setProperty(TYPE + name, letter);
}

/** Whether a text could as well be what a number, a flag or nothing looks like. */
function needsType(value: string): bool {
  if (value.length === 0) return true;
  const code = value.charCodeAt(0);
  if (code === 0x2d || (code >= 0x30 && code <= 0x39)) return true;
  return value === "true" || value === "false" || value === "NaN" || value === "Infinity";
}

/** Names without a dot belong to the host (`request`, `node` ...): ours get one. */
function keyOf(name: string): string {
  return name.includes(".") ? name : "heddle." + name;
}
