import { Action, attributes, base64url, config, JsonKind, JsonValue, json, request, response, utf8 } from "heddle/sdk";

/** Before the filter under test it leaves attributes and reports to the client, behind it it reports to the backend. */
let behind = false;
let names: string[] = [];

export function configure(): string | null {
  behind = config.bool("behind");
  names = config.strings("names");
  return null;
}

export function onRequest(): Action {
  if (behind) {
    request.setHeader("x-test-seen", report());
    return Action.Next;
  }
  const given = wanted();
  for (let i = 0; i < given.length; i++) {
    const value = given.items[i];
    if (value.kind === JsonKind.Text) attributes.set<string>(given.names[i], value.text);
    else if (value.kind === JsonKind.Bool) attributes.set<bool>(given.names[i], value.flag);
    else attributes.set<f64>(given.names[i], value.number);
  }
  return Action.Next;
}

export function onResponse(): void {
  if (!behind) response.setHeader("x-test-seen", report());
}

/** The attributes that the test gave, as JSON in base64url. */
function wanted(): JsonValue {
  const header = request.header("x-test-attributes");
  const bytes: Uint8Array | null = header === null ? null : base64url.decode(header);
  const text: string | null = bytes === null ? null : utf8.decode(bytes);
  const value: JsonValue | null = text === null ? null : json.parse(text);
  return value === null ? new JsonValue(JsonKind.Object) : value;
}

function report(): string {
  const members: string[] = [];
  const all = names.concat(wanted().names);
  for (let i = 0; i < all.length; i++) {
    const text = value(all[i]);
    if (text !== null && all.indexOf(all[i]) === i) members.push(json.quote(all[i]) + ":" + text);
  }
  return base64url.encode(utf8.encode("{" + members.join(",") + "}"));
}

function value(name: string): string | null {
  const text = attributes.text(name);
  if (text !== null) return json.quote(text);
  const number = attributes.number(name, Infinity);
  if (number !== Infinity) return number.toString();
  if (attributes.flag(name, false)) return "true";
  return attributes.flag(name, true) ? null : "false";
}
