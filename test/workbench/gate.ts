/** A filter that asks for a header, counts, logs, stores and answers: something for every kind of expectation. */
export const GATE = `import { Action, attributes, config, log, metrics, quota, request, respond, response, store } from "heddle/sdk";

let header = "x-key";

export function configure(): string | null {
  header = config.string("header", header);
  return header == "refused" ? "header: not this one" : null;
}

export function onRequest(): Action {
  const key = request.header(header);
  if (key === null) {
    metrics.count("missing");
    return respond(401).header("www-authenticate", "Key").detail("key_missing").json('{"error":"key"}');
  }
  if (key == "trap") trap();
  if (!quota.take(key, 2, 60000, 2).allowed) return respond(429).text("slow down");
  store.setText("last", key);
  log.info("let in " + key);
  attributes.set("subject", key);
  request.setHeader("x-user", key);
  request.removeHeader("x-debug");
  return Action.Next;
}

export function onResponse(): Action {
  response.setHeader("x-gate", "open");
  return Action.Next;
}

function trap(): void {
  const none: i32[] = [];
  log.info(none[7].toString());
}
`;
