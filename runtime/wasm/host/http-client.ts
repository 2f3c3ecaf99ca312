import type { HttpClientCapability, HttpClientFailure, HttpClientResponse } from "../abi/capabilities.ts";
import { Pending } from "../abi/pending.ts";
import type { CallOutcome, GuestCall } from "../guest-calls.ts";
import type { Hook } from "../verdict.ts";
import type { HookContext } from "./context.ts";
import { fieldName, isFieldValue } from "./field-grammar.ts";

type Sent = HttpClientResponse | HttpClientFailure;

/** Nobody waits for these. */
const CANNOT_WAIT: ReadonlySet<Hook> = new Set(["configure", "on-log"]);

/** RFC 9110 9.1; CONNECT makes tunnels, not calls. */
const METHOD = /^(?!CONNECT$)[A-Z][A-Z-]{0,31}$/;
/** RFC 9112 3.2.1: origin-form. */
const TARGET = /^\/[\x21-\x7e]{0,8191}$/;
/** RFC 9110 7.2: host and port. */
const AUTHORITY = /^[A-Za-z0-9.-]{1,253}(?::\d{1,5})?$/;
const MAX_FIELDS = 100;
const MAX_FIELD_BYTES = 64 * 1024;

/** Calls to the granted backends. What is wrong with a request is said at once; everything else the guest sleeps for. */
export function httpClientCapability(context: HookContext): HttpClientCapability {
  const { services, limits, backends } = context.scope;
  return {
    send(backend, method, target, headers, body, timeoutMs) {
      if (CANNOT_WAIT.has(context.hook)) return "not-here";
      if (context.isAbandoned) return "cancelled";
      const { calls } = services;
      if (!backends.has(backend) || calls?.knows(backend) !== true) return "unknown-backend";
      const parts = partsOf(headers);
      const isSound = METHOD.test(method) && TARGET.test(target) && body.length <= limits.callBytes;
      if (parts === undefined || !isSound) return "bad-request";
      if (!context.budget.call(limits)) return "too-many";
      return wait(context, (done) =>
        calls.send(
          {
            ...{ backend, method, target, body, scheme: "http", headers: parts.fields },
            authority: parts.authority ?? authorityOf(backend),
            timeout: timeoutMs === 0 ? limits.callMillis : Math.min(timeoutMs, limits.callMillis),
            maxBytes: limits.callBytes,
            exchange: context.exchange.id === 0 ? undefined : context.exchange.id,
          } satisfies GuestCall,
          done,
        ),
      );
    },
  };
}

/** The hook sleeps until the call is over, or until its exchange is. */
function wait(context: HookContext, send: (done: (outcome: CallOutcome) => void) => { cancel(): void }): Pending<Sent> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { budget } = context;
  let sent: Sent = "cancelled";
  let isOver = false;
  const over = (result: Sent): void => {
    if (isOver) return;
    isOver = true;
    sent = result;
    budget.callOver();
    resolve();
  };
  const call = send((outcome) => over(sentOf(outcome)));
  context.pause(() => {
    if (isOver) return;
    call.cancel();
    over("cancelled");
  });
  return new Pending(promise, () => {
    context.resume();
    return sent;
  });
}

function sentOf(outcome: CallOutcome): Sent {
  if (outcome.kind === "failure") return outcome.reason;
  const { status, headers, body } = outcome;
  return { status, headers: headers.map(([name, value]): [string, string] => [name, value]), body };
}

interface Parts {
  readonly authority: string | undefined;
  readonly fields: readonly (readonly [name: string, value: string])[];
}

/** The fields of a request, with `host` set apart; undefined when one of them cannot be sent. */
function partsOf(headers: readonly [string, string][]): Parts | undefined {
  const isHost = ([name]: readonly [string, string]): boolean => name.toLowerCase() === "host";
  const authority = headers.find(isHost)?.[1];
  if (authority !== undefined && !AUTHORITY.test(authority)) return undefined;
  const fields = headers.filter((one) => !isHost(one)).map(([name, value]) => [name.toLowerCase(), value] as const);
  const bytes = fields.reduce((sum, [name, value]) => sum + name.length + value.length, 0);
  const areSound = fields.every(([name, value]) => fieldName(name).refusal === undefined && isFieldValue(value));
  return areSound && fields.length <= MAX_FIELDS && bytes <= MAX_FIELD_BYTES ? { authority, fields } : undefined;
}

/** `namespace/name:port` as a service is called in its mesh: `name.namespace:port`. */
function authorityOf(backend: string): string {
  const [, namespace = "", name = "", port = ""] = /^([^/]*)\/([^:]*)(:\d+)?$/.exec(backend) ?? [];
  return `${name}.${namespace}${port}`;
}
