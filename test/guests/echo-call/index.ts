import { Action, attributes } from "heddle/sdk";
import * as host from "heddle/sdk/host";

export function onRequest(): Action {
  const sent = host.httpClientSend("shop/users:80", "GET", "/", [], new Uint8Array(0), 0);
  attributes.set("seen", spell(sent));
  return Action.Next;
}

function spell(sent: host.Result<host.HttpClientResponse>): string {
  const ok = sent.ok;
  if (ok === null) return FAILURES[sent.error];
  let fields = "";
  for (let i = 0; i < ok.headers.length; i++) {
    if (i > 0) fields += "\n";
    fields += `${ok.headers[i].name}=${ok.headers[i].value}`;
  }
  return `${ok.status}|${fields}|${ok.body.join(",")}`;
}

const FAILURES = [
  "unknown-backend",
  "bad-request",
  "not-here",
  "too-many",
  "cancelled",
  "unreachable",
  "timeout",
  "too-large",
  "broken",
  "overflow",
];
