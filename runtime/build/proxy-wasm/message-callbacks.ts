import type { Hook } from "../../artifact/manifest.ts";
import { type FilterShape, HOOK_FUNCTIONS } from "../hooks.ts";
import { usesOf } from "../sdk-uses.ts";

/** What the callbacks for one direction are made of. */
interface Direction {
  /** `Request`, as the SDK's enumerations have it. */
  readonly name: string;
  /** `request`, as the callbacks have it. */
  readonly callback: string;
  readonly head: string | undefined;
  readonly body: string | undefined;
  /** Whether the hook for the head may ask for the body. */
  readonly holds: boolean;
  readonly edits: boolean;
  /** Whether hooks that run later may read this head. */
  readonly later: boolean;
  /** What comes before everything else. */
  readonly guard: string;
}

/** AssemblyScript functions for the messages of one direction. */
export function messageCallbacks(callback: "request" | "response", shape: FilterShape): string[] {
  const name = callback === "request" ? "Request" : "Response";
  const head = callOf(`on-${callback}`, shape);
  const body = callOf(`on-${callback}-body`, shape);
  const direction = {
    ...{ name, callback, head, body },
    holds: body !== undefined && usesOf(shape.uses, "Action.NeedBody"),
    edits: body !== undefined && usesOf(shape.uses, "body.replace", "body.append"),
    later: callback === "request" && LATER.some((hook) => shape.hooks.includes(hook)) && usesRequest(shape),
    guard: callback === "response" ? "if (isOwnAnswer(id)) return 0;" : "",
  };
  const forged = callback === "request" && usesOf(shape.uses, "routing.chooseBackend", "routing.setHashKey");
  return [
    ...(head !== undefined || direction.edits || forged || direction.later ? headCallback(direction, forged) : []),
    ...(body === undefined ? [] : bodyCallbacks(direction, body)),
  ];
}

/** Hooks that run when the request's head has gone on, or may have. */
const LATER: readonly Hook[] = ["on-request-body", "on-response", "on-response-body"];

function usesRequest({ uses }: FilterShape): boolean {
  return uses.some(({ name }) => name === "request" || name.startsWith("request."));
}

/** An expression that runs a hook and gives its verdict. */
function callOf(hook: Hook, shape: FilterShape): string | undefined {
  if (!shape.hooks.includes(hook)) return undefined;
  const call = `${HOOK_FUNCTIONS[hook]}()`;
  return shape.returnNothing.has(hook) ? `(${call}, <u32>0)` : `<u32>${call}`;
}

function headCallback(
  { name, callback, head, body, holds, edits, later, guard }: Direction,
  forged: boolean,
): string[] {
  const whole = [
    `  if (isHeld(verdict)) {`,
    `    if (last === 0) { holdHead(FieldMap.${name}); return HeadAction.StopIteration; }`,
    `    beginBody(Hook.${name}Body, id, true, 0, true, false);`,
    `    const late: u32 = ${body};`,
    ...(later ? [`    if (late === 0) rememberRequest();`] : []),
    `    return decideBody(late, id, true) === BodyAction.Continue ? HeadAction.Continue : HeadAction.StopIteration;`,
    `  }`,
  ];
  return [
    `export function proxy_on_${callback}_headers(id: u32, count: u32, last: u32): i32 {`,
    `  ${guard}`,
    `  begin(Hook.${name}, id, true);`,
    `  turnToBody(0, false, last === 0);`,
    ...(forged ? [`  removeForged();`] : []),
    `  const verdict: u32 = ${head ?? 0};`,
    ...(holds ? whole : []),
    // The length of a body whose pieces are edited on their way is not known yet.
    ...(edits ? [`  if (verdict === 0 && last === 0) removeHostField(FieldMap.${name}, "content-length");`] : []),
    ...(later ? [`  if (verdict === 0) rememberRequest();`] : []),
    `  return decideHead(verdict, id);`,
    `}`,
  ];
}

function bodyCallbacks({ name, callback, holds, later, guard }: Direction, body: string): string[] {
  const held = holds ? `isHeadHeld(FieldMap.${name})` : `false`;
  const decide = [
    `  const verdict: u32 = ${body};`,
    ...(holds && later ? [`  if (held && verdict === 0) rememberRequest();`] : []),
  ];
  return [
    `export function proxy_on_${callback}_body(id: u32, size: u32, last: u32): i32 {`,
    `  ${guard}`,
    `  const held = ${held};`,
    ...(holds ? [`  if (held && last === 0) return BodyAction.StopIterationAndBuffer;`] : []),
    `  beginBody(Hook.${name}Body, id, held, size, last !== 0, true);`,
    ...decide,
    `  return decideBody(verdict, id, last !== 0);`,
    `}`,
    // With trailers no piece of the body is said to be the last one.
    `export function proxy_on_${callback}_trailers(id: u32, count: u32): i32 {`,
    `  ${guard}`,
    `  const held = ${held};`,
    `  beginBody(Hook.${name}Body, id, held, keptBytes(Buffer.${name}Body), true, true);`,
    ...decide,
    `  return decideBody(verdict, id, true) === BodyAction.Continue ? HeadAction.Continue : HeadAction.StopIteration;`,
    `}`,
  ];
}
