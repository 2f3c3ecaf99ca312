import { setImmediate } from "node:timers/promises";
import { type Conversation, converse, type Responses, readResponses } from "./client.ts";
import { differences } from "./forwarded.ts";
import { type Message, readRequest, valuesOf } from "./strict.ts";
import type { Target } from "./target.ts";
import type { WireCase } from "./wire-case.ts";

/** Behind bytes that must be refused, or that must be the last of their connection. */
const SMUGGLED = "GET /smuggled HTTP/1.1\r\nHost: a.test\r\n\r\n";
/** Behind bytes that must leave the connection usable. */
const NEXT = "GET /next HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
/** On a connection of its own. */
const OTHER = "GET /other HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n";
/** Targets that no case has. */
const OURS: ReadonlySet<string> = new Set(["/next", "/other"]);

/** What one case did to a proxy and to the origin behind it. */
export interface Observation {
  readonly conversation: Conversation;
  readonly responses: Responses;
  /** At the origin, without the one that follows. */
  readonly requests: readonly Message[];
  readonly next: number;
  readonly smuggled: boolean;
  readonly broken: readonly string[];
  /** Requests that the origin still waits to be complete, on open connections. */
  readonly pending: number;
}

/** Requests of the case's bytes, by the strict reader, up to the first that ends the connection or cannot be read. */
export function requestsIn({ bytes }: Pick<WireCase, "bytes">): Message[] {
  const found: Message[] = [];
  for (let at = 0; at < bytes.length; ) {
    const read = readRequest(bytes, at);
    if (read.kind !== "message") break;
    found.push(read.message);
    at = read.message.end;
  }
  return found;
}

/** @param patience milliseconds after which a connection counts as open, if others have been answered meanwhile */
export async function observe(target: Target, wireCase: WireCase, patience = 20_000): Promise<Observation> {
  const { origin } = target;
  origin.reset();
  if (wireCase.answer !== undefined) {
    const { answer } = wireCase;
    const usual = origin.answer;
    origin.answer = (...asked) => (OURS.has(asked[0].target) ? usual(...asked) : answer);
  }
  const follows = wireCase.alone ? "" : wireCase.want === "reject" || wireCase.closes ? SMUGGLED : NEXT;
  const others = async () => {
    for (let asked = 0; asked < 2; asked += 1) await converse(target.port, [OTHER]);
  };
  const conversation = await converse(target.port, [wireCase.bytes + follows], { patience, confirmed: others });
  for (const until = performance.now() + patience; origin.pending > 0 && performance.now() < until; )
    await setImmediate();
  const methods = requestsIn(wireCase).map(({ method }) => method);
  return {
    conversation,
    responses: readResponses(conversation.text, methods),
    requests: origin.requests.filter(({ target }) => target !== "/smuggled" && !OURS.has(target)),
    next: origin.requests.filter(({ target }) => target === "/next").length,
    smuggled: origin.requests.some(({ target }) => target === "/smuggled"),
    broken: origin.broken,
    pending: origin.pending,
  };
}

/**
 * In one word, for people who compare proxies. `read on`: the message got an error, but what stands behind it was read as
 * another request. `mangled`: the origin got what is not HTTP. `silent`: closed without an answer.
 */
export type Verdict = "refused" | "forwarded" | "answered" | "read on" | "left open" | "silent" | "mangled";

export function verdictOf({ want, requests = 0 }: WireCase, seen: Observation): Verdict {
  const { responses, conversation } = seen;
  if (seen.broken.length > 0) return "mangled";
  if (seen.requests.length > (want === "reject" ? requests : 0)) return "forwarded";
  if (seen.smuggled) return "read on";
  if (want === "answer" && seen.next > 0) return "answered";
  if (conversation.ending === "open") return "left open";
  if ((responses.finals.at(-1)?.status ?? 0) >= 400) return "refused";
  return responses.finals.length > 0 ? "answered" : "silent";
}

/** What is wrong with it; empty where all is as the case wants it. */
export function faultsOf(wireCase: WireCase, seen: Observation): string[] {
  const found = wireCase.want === "reject" ? rejection(wireCase, seen) : acceptance(wireCase, seen);
  if (seen.smuggled) found.push("bytes behind the message were read as a request");
  if (seen.pending > 0) found.push("the origin still waits for the rest of a request");
  if (seen.responses.wrong !== undefined) found.push(`response: ${seen.responses.wrong}`);
  found.push(...seen.broken.map((broken) => `origin: ${broken}`));
  return found;
}

function rejection({ requests = 0, status }: WireCase, seen: Observation): string[] {
  const found: string[] = [];
  const { finals } = seen.responses;
  const last = finals.at(-1);
  if (seen.requests.length !== requests) found.push(`${seen.requests.length} requests reached the origin`);
  if (seen.conversation.ending === "open") found.push("the connection stayed open");
  if (finals.length !== requests + 1) found.push(`statuses ${finals.map((each) => each.status)}`);
  else if (last !== undefined && (last.status < 400 || (status ?? last.status) !== last.status)) {
    found.push(`status ${last.status}`);
  }
  return found;
}

function acceptance(wireCase: WireCase, seen: Observation): string[] {
  const { want, status = 200, closes = false, alone = false, interim, targets, answer } = wireCase;
  const sent = requestsIn(wireCase).slice(0, wireCase.requests ?? 1);
  const wanted = want === "answer" ? 0 : sent.length;
  const found: string[] = [];
  const statuses = [...sent.map(() => status), ...(closes || alone ? [] : [200])];
  const got = seen.responses.finals.map((response) => response.status);
  if (want === "accept" && String(got) !== String(statuses)) found.push(`statuses ${got}, want ${statuses}`);
  if (want === "answer" && got.length !== statuses.length) found.push(`statuses ${got}`);
  if (seen.requests.length !== wanted)
    found.push(`${seen.requests.length} requests reached the origin, want ${wanted}`);
  if (!closes && !alone && seen.next !== 1) found.push("the connection could not be used again");
  if (seen.conversation.ending !== "end") found.push(`the connection: ${seen.conversation.ending}`);
  const interims = seen.responses.interims.map((response) => response.status);
  if (interim !== undefined && String(interims) !== String(interim)) found.push(`interim ${interims}`);
  if (answer === undefined && interim === undefined && interims.length > 0) found.push(`interim ${interims}`);
  for (const [index, request] of seen.requests.entries()) {
    const from = sent[index];
    if (from === undefined) continue;
    const target = targets?.[index] ?? from.target;
    const host = wireCase.host ?? hostOf(from);
    found.push(...differences(from, request, { target, host: host ?? valuesOf(request.fields, "host").join() }));
  }
  return found;
}

/** Undefined where the proxy names the origin itself. */
function hostOf({ target, fields }: Message): string | undefined {
  const authority = /^https?:\/\/([^/?]*)/i.exec(target)?.[1] ?? valuesOf(fields, "host")[0];
  return authority?.toLowerCase();
}
