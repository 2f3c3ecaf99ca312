// Generated from wit/policy.wit (heddle:policy@0.2.0) by `npm run generate`. Do not edit.

import type { Capabilities } from "../capabilities.ts";
import type { GuestMemory } from "../memory.ts";
import { bindAttributes } from "./attributes.ts";
import { bindBody } from "./body.ts";
import { bindClock } from "./clock.ts";
import { bindConnection } from "./connection.ts";
import type { CoreImports } from "./core.ts";
import { bindCrypto } from "./crypto.ts";
import { bindHttpClient } from "./http-client.ts";
import { bindLocalResponse } from "./local-response.ts";
import { bindLog } from "./log.ts";
import { bindMetrics } from "./metrics.ts";
import { bindQuota } from "./quota.ts";
import { bindRequest } from "./request.ts";
import { bindResponse } from "./response.ts";
import { bindRouting } from "./routing.ts";
import { bindStore } from "./store.ts";
import { bindTick } from "./tick.ts";
import { bindTrace } from "./trace.ts";

/** The core functions of an interface of the contract, bound to a guest's memory. */
export const BINDINGS: Readonly<Record<keyof Capabilities, (guest: GuestMemory, host: Capabilities) => CoreImports>> = {
  request: (guest, host) => bindRequest(guest, host.request),
  response: (guest, host) => bindResponse(guest, host.response),
  body: (guest, host) => bindBody(guest, host.body),
  "local-response": (guest, host) => bindLocalResponse(guest, host["local-response"]),
  connection: (guest, host) => bindConnection(guest, host.connection),
  routing: (guest, host) => bindRouting(guest, host.routing),
  attributes: (guest, host) => bindAttributes(guest, host.attributes),
  crypto: (guest, host) => bindCrypto(guest, host.crypto),
  quota: (guest, host) => bindQuota(guest, host.quota),
  store: (guest, host) => bindStore(guest, host.store),
  "http-client": (guest, host) => bindHttpClient(guest, host["http-client"]),
  trace: (guest, host) => bindTrace(guest, host.trace),
  tick: (guest, host) => bindTick(guest, host.tick),
  clock: (guest, host) => bindClock(guest, host.clock),
  log: (guest, host) => bindLog(guest, host.log),
  metrics: (guest, host) => bindMetrics(guest, host.metrics),
};
