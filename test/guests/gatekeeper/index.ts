import { Action, body, http, request, respond, response, trace } from "heddle/sdk";

export function onRequest(): Action {
  const token = request.header("authorization");
  if (token === null) return respond(401).text("who are you?");
  const answer = http.request("test/keys:80", "GET", "/whoami").header("x-token", token).send();
  if (answer.failed) return respond(503).detail(`keys_${answer.error}`).empty();
  if (answer.status !== 200) return respond(403).text("not you");
  const user = answer.text();
  request.setHeader("x-user", user === null ? "" : user);
  trace.set("keys.status", <f64>answer.status);
  return request.hasBody() ? Action.NeedBody : Action.Next;
}

export function onRequestBody(): Action {
  const order = body.json();
  if (order === null) return respond(422).text("no JSON");
  const price = http.post("test/keys:80", "/price", body.bytes()).text();
  request.setHeader("x-price", price === null ? "none" : price);
  body.replace(`{"item":"${order.string("item")}","price":"${price === null ? "" : price}"}`);
  return Action.Next;
}

export function onResponse(): Action {
  return response.header("x-plain") === null && response.hasBody() ? Action.NeedBody : Action.Next;
}

export function onResponseBody(): Action {
  const text = body.text();
  if (text === null) return Action.Next;
  if (response.header("x-plain") === null) response.setHeader("x-length", body.size().toString());
  body.replace(text.toUpperCase());
  return Action.Next;
}
