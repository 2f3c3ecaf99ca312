import type { RecordedBody, RecordedExchange } from "../../telemetry/recorded-exchange.ts";
import type { Effects } from "../../wasm/effects.ts";
import type { Hook } from "../../wasm/verdict.ts";
import type { FakeBody, FakeRequest } from "../fake-exchange.ts";
import type { MountedFilter } from "../mount-filter.ts";
import type { FakeResponse } from "../run-exchange.ts";
import { bytesOf, isLost, type RecordedAnswers } from "./recorded-answers.ts";

/** A version of a filter, and who answers its calls. */
export interface ReplayedVersion {
  readonly filter: MountedFilter;
  readonly answers: RecordedAnswers;
}

/** What a version did to one exchange: equal runs are runs that nobody can tell apart. */
export interface ReplayRun {
  readonly effects: {
    readonly request: Effects;
    readonly response?: Effects;
    /** `METHOD backend target`, in order. */
    readonly calls: readonly string[];
  };
  readonly faulted: boolean;
  /** Whether it looked at something that the recording does not have. */
  readonly incomplete: boolean;
}

/** Puts a recorded exchange through a version, at its time. */
export async function replayExchange(version: ReplayedVersion, recorded: RecordedExchange): Promise<ReplayRun> {
  const { filter, answers } = version;
  const { time, response, request, calls = [] } = recorded;
  answers.begin(calls);
  filter.clock.advance(Math.max(0, time - filter.clock.now()));
  filter.clock.setNow(time);
  const result = await filter.send(requestOf(recorded));
  const goesOn = response !== undefined && result.verdict === "next";
  const answered = goesOn ? await result.respond(responseOf(response)) : undefined;
  result.end();
  const made = filter.calls.map(({ method, backend, target }) => `${method} ${backend}${target}`);
  forget(filter);
  return {
    effects: { request: result.effects, ...(answered && { response: answered.effects }), calls: made },
    faulted: result.verdict === "fault" || answered?.verdict === "fault",
    incomplete:
      answers.unanswered > 0 ||
      (request.hasBody && sees(filter, "on-request-body") && isMissing(request.body)) ||
      (goesOn && sees(filter, "on-response-body") && isMissing(response.body)),
  };
}

function sees({ plugin }: MountedFilter, hook: Hook): boolean {
  return plugin.manifest.hooks.includes(hook);
}

/** Nobody knows what a body was that was not recorded. */
function isMissing(body: RecordedBody | undefined): boolean {
  return body === undefined || isLost(body);
}

/** What was kept for a test to look at would be kept for a million of them. */
function forget({ logs, observations, calls }: MountedFilter): void {
  logs.length = 0;
  calls.length = 0;
  observations.clear();
}

function requestOf({ request, client, protocol, route, backends }: RecordedExchange): FakeRequest {
  const { method, scheme, authority, path, query, headers, body } = request;
  return {
    ...{ method, scheme, authority, headers, clientAddress: client, protocol, route, backends },
    path: query === undefined ? path : `${path}?${query}`,
    ...bodyOf(body),
  };
}

function responseOf({ status, headers, body }: NonNullable<RecordedExchange["response"]>): FakeResponse {
  return { status, headers, ...bodyOf(body) };
}

function bodyOf(recorded: RecordedBody | undefined): FakeBody {
  const body = bytesOf(recorded);
  return body === undefined || body.length === 0 ? {} : { body };
}
