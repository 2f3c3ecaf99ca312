import { attributes, connection, request, routing } from "heddle/sdk";
import { network } from "./network";

/** Where a part of the key comes from. */
export enum Source {
  ClientAddress,
  Route,
  Attribute,
  Header,
}

/** What becomes of a request that lacks a part of the key. */
export enum Missing {
  ClientAddress,
  Shared,
  Skip,
}

export class KeyPart {
  constructor(
    readonly source: Source,
    /** Of the attribute or header. */
    readonly name: string,
  ) {}
}

/** Longer values count by their beginning, so that nobody escapes a limit by padding. */
const MAX_VALUE_LENGTH = 128;

/** The bucket of this request, or null when it is not to be counted. Different keys never make the same name. */
export function bucketOf(policy: string, parts: KeyPart[], missing: Missing): string | null {
  let bucket = policy;
  for (let i = 0; i < parts.length; i++) {
    const value = valueFor(parts[i]);
    if (value !== null) bucket = withValue(bucket, value);
    else if (missing === Missing.Skip) return null;
    else if (missing === Missing.Shared) bucket += opening("-", 0);
    else bucket = withAddress(bucket, network(connection.clientAddress()));
  }
  return bucket;
}

/** How a part that the request has begins, by the length of its value. */
const openings: StaticArray<string> = new StaticArray<string>(MAX_VALUE_LENGTH + 1);
for (let length = 0; length <= MAX_VALUE_LENGTH; length++) openings[length] = opening("=", length);

/** A part has its length before it, so that no value can pass for two. */
function opening(kind: string, length: i32): string {
  return " " + length.toString() + kind;
}

function withValue(bucket: string, value: string): string {
  const kept = shortened(value);
  return bucket + openings[kept.length] + kept;
}

function withAddress(bucket: string, address: string): string {
  const kept = shortened(address);
  return bucket + opening("@", kept.length) + kept;
}

function shortened(value: string): string {
  return value.length > MAX_VALUE_LENGTH ? value.substring(0, MAX_VALUE_LENGTH) : value;
}

function valueFor(part: KeyPart): string | null {
  if (part.source === Source.ClientAddress) return network(connection.clientAddress());
  if (part.source === Source.Route) return routing.route();
  if (part.source === Source.Attribute) return attributes.text(part.name);
  const values = request.headerValues(part.name);
  return values.length === 0 ? null : values.join(",");
}
