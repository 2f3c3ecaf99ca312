import {
  Action,
  attributes,
  body,
  clock,
  connection,
  crypto,
  HashAlgorithm,
  hex,
  metrics,
  request,
  respond,
  response,
  routing,
  store,
  utf8,
} from "heddle/sdk";

function wish(): string {
  const value = request.header("x-do");
  return value === null ? "" : value;
}

export function onRequest(): Action {
  const what = wish();
  if (what === "whole" || what === "order") return Action.NeedBody;
  if (what === "facts") facts();
  if (what === "visits") visits();
  if (what === "attributes") kinds();
  if (what === "hash-key") routing.setHashKey("user 7");
  if (what === "edits") edits();
  if (what === "bytes") bytes();
  if (what === "listed") listed();
  if (what === "digest")
    request.setHeader("x-out", hex.encode(crypto.digest(HashAlgorithm.Sha512, utf8.encode("abc"))));
  if (what === "refuse") return respond(418).header("x-why", "tea").detail("teapot").text("no coffee");
  if (what === "cookies-answer") {
    return respond(303).header("set-cookie", "a=1").header("set-cookie", "b=2").header("location", "/in").empty();
  }
  if (what === "large-answer") return respond(200).header("x-blank", "").text("x".repeat(200_000));
  if (what === "two-answers") {
    respond(401).text("first");
    return respond(402).text("second");
  }
  if (what === "next-after-answer") {
    respond(401).text("not sent");
    return Action.Next;
  }
  if (what === "trap") assert(what.length === 0, "the test asks for it");
  return Action.Next;
}

export function onRequestBody(): Action {
  const what = wish();
  if (what === "order") {
    const order = body.json();
    if (order === null) return respond(400).detail("no_order").json('{"error":"expected JSON"}');
    request.setHeader("x-customer", order.string("customer"));
  }
  if (what === "whole") body.append("|" + body.size().toString());
  if (what === "pieces") body.replace("<" + text() + ">");
  if (what === "more") {
    if (!body.end()) return Action.NeedMore;
    body.append("|" + body.size().toString());
  }
  if (what === "drop") body.replace("");
  return Action.Next;
}

export function onResponse(): Action {
  const what = wish();
  if (what === "reply") return respond(503).detail("worse").text("replaced");
  if (what === "status") response.setStatus(202);
  if (what === "cookies") cookies();
  if (what === "whole" || what === "pieces") response.setHeader("x-asked", request.method() + " " + request.path());
  if (what === "seen") response.setHeader("x-seen", response.headerValues("x-part").join("+"));
  return what === "loud" ? Action.NeedBody : Action.Next;
}

export function onResponseBody(): Action {
  if (wish() !== "loud") return Action.Next;
  response.setHeader("x-size", body.size().toString());
  body.replace(text().toUpperCase());
  return Action.Next;
}

function text(): string {
  const decoded = body.text();
  return decoded === null ? "?" : decoded;
}

function facts(): void {
  const parts = [request.method(), request.scheme(), request.authority(), request.path(), connection.clientAddress()];
  const query = request.query();
  const secret = request.header("authorization");
  const cookie = request.header("cookie");
  parts.push(query === null ? "-" : query);
  parts.push(routing.route());
  parts.push(connection.protocol());
  parts.push(secret === null ? "hidden" : secret);
  parts.push(cookie === null ? "hidden" : cookie);
  parts.push(request.headerEquals("x-part", "a").toString());
  parts.push(request.headerValues("x-part").join("+"));
  parts.push(clock.now().toString());
  attributes.set<string>("out.facts", parts.join(" "));
}

function visits(): void {
  const entry = store.get("visits");
  const count = entry === null ? 0 : I32.parseInt(entry.text());
  const next = utf8.encode((count + 1).toString());
  const first = store.compareAndSet("visits", entry === null ? 0 : entry.version, next, 5000);
  const second = store.compareAndSet("visits", 12345, next, 5000);
  attributes.set<string>("out.visits", [count.toString(), first.toString(), second.toString()].join(" "));
  metrics.count("visits");
}

function kinds(): void {
  attributes.set<f64>("out.number", 0.1);
  attributes.set<string>("out.digits", "7");
  attributes.set<bool>("out.flag", false);
  attributes.set<string>("out.empty", "");
  attributes.set<f64>("out.gone", 1);
  attributes.remove("out.gone");
  attributes.set<f64>("out.changed", 1);
  attributes.set<string>("out.changed", "grüezi");
  attributes.set<bool>("plain", true);
  const given = attributes.number("in.number");
  const digits = attributes.number("out.digits", -1);
  attributes.set<string>("out.read", given.toString() + " " + digits.toString());
}

function edits(): void {
  const results = [
    request.setHeader("X-New", "1"),
    request.addHeader("x-part", "b"),
    request.removeHeader("x-old"),
    request.setHeader("x new", "1"),
    request.setHeader("x-new", "a\nb"),
    request.setHeader("content-length", "7"),
    request.setHeader(":path", "/"),
  ];
  attributes.set<string>("out.edits", results.join(" "));
}

/** Values that are empty, not ASCII or long. */
function bytes(): void {
  const results = [shown(request.header("x-empty")), shown(request.header("x-none")), shown(request.header("x-bytes"))];
  const long = request.header("x-long");
  results.push(long === null ? "none" : long.length.toString());
  attributes.set<string>("out.bytes", results.join(" "));
  request.setHeader("x-blank", "");
  request.setHeader("x-copy", "\u00ff" + results[2]);
}

function shown(value: string | null): string {
  return value === null ? "none" : "[" + value + "]";
}

/** Every field, HTTP's pseudo fields not among them. */
function listed(): void {
  const all = request.headers();
  let pseudo = 0;
  let parts = "";
  for (let i = 0; i < all.length; i++) {
    if (all[i].name.startsWith(":")) pseudo++;
    if (all[i].name.startsWith("x-part")) parts += all[i].name + "=" + all[i].value + ";";
  }
  const results = [pseudo.toString(), parts, shown(request.header(":path"))];
  attributes.set<string>("out.listed", results.join(" "));
  request.removeHeader("X-Part");
}

/** Each is a field of its own. */
function cookies(): void {
  response.setHeader("x-seen", response.headerValues("set-cookie").join("+"));
  response.addHeader("Set-Cookie", "c=3");
  response.removeHeader("x-part");
}
