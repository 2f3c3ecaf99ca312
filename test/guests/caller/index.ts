import {
  Action,
  attributes,
  body,
  clock,
  config,
  exchange,
  http,
  log,
  request,
  respond,
  response,
  store,
  tick,
  utf8,
} from "heddle/sdk";

let asked = "";

function op(): string {
  const value = request.header("op");
  return value === null ? "" : value;
}

export function configure(): string | null {
  const answer = http.get("shop/users:80", "/");
  assert(answer.failed, "configure cannot wait");
  asked = answer.error.toString();
  tick.every(config.int("every", 0));
  return null;
}

export function onRequest(): Action {
  const what = op();
  if (what === "none") return Action.Next;
  if (what === "body") return Action.NeedBody;
  if (what === "many") return many();
  const id = exchange.id();
  const before = clock.monotonic();
  const answer = http.get("shop/users:80", `/users?op=${what}`);
  assert(exchange.id() === id, "an instance that sleeps serves nobody else");
  if (what === "trap") throw new Error("after the call");
  attributes.set("waited", clock.monotonic() - before);
  const text = answer.text();
  request.setHeader("x-status", answer.status.toString());
  request.setHeader("x-text", text === null ? "none" : text);
  request.setHeader("x-error", answer.failed ? answer.error.toString() : "none");
  const kind = answer.header("X-Kind");
  if (kind !== null) request.setHeader("x-kind", kind);
  if (what === "store") store.setText("asleep", "went on");
  return what === "respond" ? respond(403).text("no") : Action.Next;
}

function many(): Action {
  let good = 0;
  for (let i = 0; i < 20; i++) {
    const answer = http.post("shop/users:80", `/${i.toString()}`, `body ${i.toString()}`, "text/plain");
    if (!answer.failed) good++;
    else log.info(`error ${answer.error.toString()}`);
  }
  request.setHeader("x-good", good.toString());
  return Action.Next;
}

export function onRequestBody(): Action {
  if (op() === "answer") {
    const answer = respond(403).text("no");
    http.get("shop/users:80", "/slow");
    return answer;
  }
  const answer = http
    .request("shop/users:80", "PUT", "/check")
    .header("host", "users.test")
    .header("x-size", body.size().toString())
    .timeout(50)
    .send(body.bytes());
  request.setHeader("x-checked", answer.status.toString());
  body.append(" checked");
  return Action.Next;
}

export function onResponse(): Action {
  if (op() === "answer") return respond(410).text("gone");
  const answer = http.get("shop/users:80", "/response");
  response.setHeader("x-status", answer.status.toString());
  return Action.Next;
}

export function onLog(): void {
  const answer = http.get("shop/users:80", "/log");
  log.info(`log: ${answer.error.toString()}, configure: ${asked}`);
}

export function onTick(): void {
  const answer = http.post("shop/users:80", "/tick", utf8.encode("tick"), "text/plain");
  log.info(`tick: ${answer.status.toString()}`);
}
