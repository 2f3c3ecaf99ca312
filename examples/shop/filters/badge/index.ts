import { Action, config, response } from "heddle/sdk";

let text = "woven";

export function configure(): string | null {
  text = config.string("text", text);
  return null;
}

export function onResponse(): Action {
  response.setHeader("x-badge", `${text}/1.0`);
  return Action.Next;
}
