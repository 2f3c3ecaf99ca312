import { Action, attributes, request } from "heddle/sdk";

/** Strings, lists and a map in every hook, none of which outlives it. */
export function onRequest(): Action {
  const seen = new Map<string, string>();
  const headers = request.headers();
  for (let i = 0; i < headers.length; i++) seen.set(headers[i].name, headers[i].value.toUpperCase());
  attributes.set("seen.count", seen.size);
  attributes.set("seen.path", `${request.path()}?${seen.keys().join(",")}`);
  return Action.Next;
}
