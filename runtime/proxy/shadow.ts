import type { Exchange } from "../http/exchange.ts";
import type { Verdict } from "../wasm/verdict.ts";

/** Runs a hook for what it would have said: nothing that it changed remains but one attribute for the log. */
export function runShadowed(exchange: Exchange, plugin: string, run: () => Verdict): Verdict {
  const restore = remember(exchange);
  const verdict = run();
  const answer = exchange.localResponse;
  restore();
  if (verdict.kind === "respond" && answer !== undefined) {
    exchange.attributes.set(`shadow.${plugin}`, `${answer.status} ${answer.detail}`.trimEnd());
  } else if (verdict.kind === "fault") {
    exchange.attributes.set(`shadow.${plugin}`, `fault ${verdict.code}`);
  }
  return verdict;
}

/** The state that a filter can change, to be put back. */
function remember(exchange: Exchange): () => void {
  const { request, response, routing, attributes } = exchange;
  const before = { request: request.fields.copy(), response: response.fields.copy(), attributes: [...attributes] };
  const { status } = response;
  const { chosen, hashKey } = routing;
  return () => {
    request.fields.replace(before.request);
    response.fields.replace(before.response);
    response.status = status;
    routing.chosen = chosen;
    routing.hashKey = hashKey;
    attributes.clear();
    for (const [name, value] of before.attributes) attributes.set(name, value);
    exchange.localResponse = undefined;
  };
}
