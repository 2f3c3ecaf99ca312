import type { Attributes, AttributeValue } from "../http/attributes.ts";
import { inOnePiece } from "../http/h1/latin1.ts";
import { quote } from "../telemetry/access-log.ts";

/** A member of a JSON object as it was last written. */
interface Member {
  readonly name: string;
  /** `,"name":` */
  readonly opening: string;
  value: AttributeValue | undefined;
  text: string;
  /** Whether the text is in one piece: worth its while for one that comes again. */
  whole: boolean;
}

/** Filters say the same few names again and again; when there are more of them, all are forgotten. */
const MAX_NAMES = 1_024;
/** Characters of a value with which its member's text is kept. */
const SHORT = 128;
const members = new Map<string, Member>();
/** The first members of the last line in their order: filters mostly say the same names in the same one. */
const MAX_ORDER = 16;
const order: Member[] = [];

/** The members of a JSON object, each with a comma before it but the first. */
export function attributesText(attributes: Attributes): string {
  if (attributes.size === 0) return "";
  let text = memberText(memberAt(0, attributes.nameAt(0)), attributes.valueAt(0)).slice(1);
  for (let at = 1; at < attributes.size; at++)
    text += memberText(memberAt(at, attributes.nameAt(at)), attributes.valueAt(at));
  return text;
}

/** The same of a `Map`. */
export function mapText(attributes: ReadonlyMap<string, AttributeValue>): string {
  let text = "";
  for (const [name, value] of attributes) text += memberText(memberOf(name), value);
  return text.slice(1);
}

/** `,"name":value`; many a value is the one before. */
function memberText(member: Member, value: AttributeValue): string {
  if (member.value === value) return member.whole ? member.text : gather(member);
  const text = member.opening + valueText(value);
  if (typeof value === "string" && value.length > SHORT) return text;
  member.value = value;
  member.text = text;
  member.whole = false;
  return text;
}

function valueText(value: AttributeValue): string {
  if (typeof value === "string") return quote(value);
  return typeof value === "number" && !Number.isFinite(value) ? "null" : String(value);
}

function memberAt(at: number, name: string): Member {
  const known = order[at];
  if (known !== undefined && known.name === name) return known;
  const member = memberOf(name);
  if (at < MAX_ORDER) order[at] = member;
  return member;
}

function memberOf(name: string): Member {
  return members.get(name) ?? remember(name);
}

function gather(member: Member): string {
  member.text = inOnePiece(member.text);
  member.whole = true;
  return member.text;
}

function remember(name: string): Member {
  if (members.size >= MAX_NAMES) members.clear();
  const opening = inOnePiece(`,${quote(name)}:`);
  const member: Member = { name, opening, value: undefined, text: "", whole: false };
  members.set(name, member);
  return member;
}
