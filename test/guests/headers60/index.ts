import { Action, request, respond } from "heddle/sdk";

const NAMES: string[] = new Array<string>(20);
const VALUES: string[] = new Array<string>(20);
for (let i = 0; i < 20; i++) {
  NAMES[i] = `x-bench-header-${i}`;
  VALUES[i] = `value-of-header-${i}`;
}

export function onRequest(): Action {
  for (let i = 0; i < 20; i++) request.addHeader(NAMES[i], VALUES[i]);
  for (let i = 0; i < 20; i++) if (request.header(NAMES[i]) !== VALUES[i]) return respond(500).text("lost a header");
  for (let i = 0; i < 20; i++) request.removeHeader(NAMES[i]);
  return Action.Next;
}
