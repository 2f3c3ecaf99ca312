import type { Attributes, AttributeValue } from "../http/attributes.ts";
import { quote } from "../telemetry/access-log.ts";

/** A member of a JSON object as it was last written. */
interface Member {
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

/** The members of a JSON object, each with a comma before it but the first. */
export function attributesText(attributes: Attributes): string {
  if (attributes.size === 0) return "";
  let text = memberText(attributes.nameAt(0), attributes.valueAt(0)).slice(1);
  for (let at = 1; at < attributes.size; at++) text += memberText(attributes.nameAt(at), attributes.valueAt(at));
  return text;
}

/** The same of a `Map`. */
export function mapText(attributes: ReadonlyMap<string, AttributeValue>): string {
  let text = "";
  for (const [name, value] of attributes) text += memberText(name, value);
  return text.slice(1);
}

/** `,"name":value`; many a value is the one before. */
function memberText(name: string, value: AttributeValue): string {
  const member = members.get(name) ?? remember(name);
  if (typeof value === "number") return member.opening + (Number.isFinite(value) ? value : "null");
  if (member.value === value) return member.whole ? member.text : gather(member);
  const text = member.opening + (typeof value === "string" ? quote(value) : value);
  if (typeof value === "string" && value.length > SHORT) return text;
  member.value = value;
  member.text = text;
  member.whole = false;
  return text;
}

function gather(member: Member): string {
  member.text = inOnePiece(member.text);
  member.whole = true;
  return member.text;
}

function remember(name: string): Member {
  if (members.size >= MAX_NAMES) members.clear();
  const member: Member = { opening: inOnePiece(`,${quote(name)}:`), value: undefined, text: "", whole: false };
  members.set(name, member);
  return member;
}

function inOnePiece(text: string): string {
  return Buffer.from(text).toString();
}
