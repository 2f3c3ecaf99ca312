import { JsonKind } from "../json-kind";
import { JsonValue } from "../json-value";
import { hostField, removeField, setHostField } from "./fields";
import { callForeign } from "./foreign";
import { narrow } from "./latin1";
import { isRequestOpen } from "./moment";
import { getProperty, setProperty } from "./property";
import { receivedText } from "./received";
import { FieldMap } from "./wire";

// The host chooses the backend by its routes. A choice is left for them twice: in the request's field `x-heddle-backend`, which a
// route's `cluster_header` or header match reads, and in the stream's property `heddle.routing.backend`.

const CHOICE_FIELD = "x-heddle-backend";
const CHOICE = "heddle.routing.backend";
const HASH_FIELD = "x-heddle-hash-key";
const HASH = "heddle.routing.hash-key";
const MAX_HASH_KEY: i32 = 1024;

/** Names of backends, and the host's clusters that they are. */
let names: string[] = [];
let clusters: string[] = [];

/** Takes over the member `backends`: a list of names, or an object of clusters by name. Why it cannot be used, or null. */
export function loadBackends(given: JsonValue | null): string | null {
  names = [];
  clusters = [];
  if (given === null || given.length === 0) return "backends: name the backends that the filter may choose";
  const mapped = given.kind === JsonKind.Object;
  for (let i = 0; i < given.length; i++) {
    const cluster = given.items[i].text;
    if (cluster.length === 0) return "backends: expected names of clusters";
    names.push(mapped ? given.names[i] : cluster);
    clusters.push(cluster);
  }
  return null;
}

/** A hook for a request begins: what the client says about backends is not what a filter has chosen. */
export function removeForged(): void {
  forget(CHOICE_FIELD, CHOICE);
  forget(HASH_FIELD, HASH);
}

export function routingRoute(): string {
  return getProperty("xds\0route_name") || getProperty("route_name") ? receivedText() : "";
}

export function routingBackends(): string[] {
  return names.slice(0);
}

export function routingChooseBackend(name: string): bool {
  const at = names.indexOf(name);
  if (at < 0 || !isRequestOpen()) return false;
  if (!setProperty(CHOICE, String.UTF8.encode(name))) return false;
  setHostField(FieldMap.Request, CHOICE_FIELD, clusters[at]);
  callForeign("clear_route_cache", new ArrayBuffer(0));
  return true;
}

/** For a route whose hash policy reads the field. */
export function routingSetHashKey(key: string): void {
  if (!isRequestOpen()) return;
  const kept = printable(key.substring(0, MAX_HASH_KEY));
  setProperty(HASH, narrow(kept));
  setHostField(FieldMap.Request, HASH_FIELD, kept);
}

function forget(field: string, property: string): void {
  if (hostField(FieldMap.Request, field) !== null && !getProperty(property)) removeField(FieldMap.Request, field);
}

/** The text with what no field can hold as escapes, so that different keys stay different. */
function printable(key: string): string {
  let text = "";
  for (let i = 0; i < key.length; i++) {
    const code = key.charCodeAt(i);
    text += code > 0x20 && code < 0x7f && code !== 0x25 ? key.charAt(i) : "%" + code.toString(16) + ";";
  }
  return text;
}
