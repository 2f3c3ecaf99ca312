import { Action, attributes, body, request, respond, response, routing, utf8 } from "heddle/sdk";

function op(): string {
  const value = request.header("op");
  return value === null ? "" : value;
}

export function onRequest(): Action {
  if (op() === "head" || op() === "answer") return Action.NeedBody;
  if (op() === "outside") {
    attributes.set("outside.size", body.size());
    attributes.set("outside.edit", <i32>body.append("x"));
  }
  return Action.Next;
}

export function onRequestBody(): Action {
  const what = op();
  if (what === "replace") body.replace("replaced");
  if (what === "append") body.append(", and more");
  if (what === "drop") body.replace(new Uint8Array(0));
  if (what === "many") for (let i = 0; i < 500; i++) body.append("ab");
  if (what === "upper") {
    const text = body.text();
    if (text !== null) body.replace(text.toUpperCase());
  }
  if (what.startsWith("slice ")) slice(what.split(" "));
  if (what === "hold") return Action.NeedMore;
  if (what === "answer") return respond(422).text("no");
  if (what === "head" || what === "late") {
    request.setHeader("x-size", body.size().toString());
    routing.chooseBackend("shop/orders-v2:80");
    assert(body.end(), "a body that was asked for comes whole");
  }
  return Action.Next;
}

function slice(words: string[]): void {
  body.replace(body.bytes(<u32>parseInt(words[1], 10), <u32>parseInt(words[2], 10)));
}

export function onResponse(): Action {
  return op() === "response-head" ? Action.NeedBody : Action.Next;
}

export function onResponseBody(): Action {
  response.setStatus(203);
  if (body.text() === "secret") return respond(502).bytes(utf8.encode("hidden"), "text/plain");
  return Action.Next;
}
