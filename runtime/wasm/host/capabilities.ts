import type { Capabilities } from "../abi/capabilities.ts";
import { attributesCapability } from "./attributes.ts";
import { bodyCapability } from "./body.ts";
import { clockCapability } from "./clock.ts";
import { connectionCapability } from "./connection.ts";
import type { HookContext } from "./context.ts";
import { cryptoCapability } from "./crypto.ts";
import { httpClientCapability } from "./http-client.ts";
import { localResponseCapability } from "./local-response.ts";
import { logCapability } from "./log.ts";
import { metricsCapability } from "./metrics.ts";
import { quotaCapability } from "./quota.ts";
import { requestCapability } from "./request.ts";
import { responseCapability } from "./response.ts";
import { routingCapability } from "./routing.ts";
import { storeCapability } from "./store.ts";
import { tickCapability } from "./tick.ts";
import { traceCapability } from "./trace.ts";

/** Everything that a guest may import, about the hook that is running. Written once, served by every binding. */
export function createCapabilities(context: HookContext): Capabilities {
  return {
    request: requestCapability(context),
    response: responseCapability(context),
    body: bodyCapability(context),
    "local-response": localResponseCapability(context),
    connection: connectionCapability(context),
    routing: routingCapability(context),
    attributes: attributesCapability(context),
    crypto: cryptoCapability(context),
    quota: quotaCapability(context),
    store: storeCapability(context),
    "http-client": httpClientCapability(context),
    trace: traceCapability(context),
    tick: tickCapability(context),
    clock: clockCapability(context),
    log: logCapability(context),
    metrics: metricsCapability(context),
  };
}
