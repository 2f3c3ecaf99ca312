import {
  Action,
  attributes,
  config,
  log,
  metrics,
  quota,
  request,
  respond,
  response,
  store,
  tick,
  trace,
  utf8,
  Written,
} from "heddle/sdk";

const HOUR: u32 = 3_600_000;

let answer = "";

export function configure(): string | null {
  answer = config.string("answer");
  if (answer === "refused") return "answer: expected another one";
  tick.every(100);
  return null;
}

export function onRequest(): Action {
  const what = request.header("x-do");
  if (what === null) return respond(200).text(answer);
  if (what === "race") return respond(200).text(race());
  if (what === "levels") levels();
  metrics.gauge("last", 2.6);
  metrics.observe("seen", 7);
  attributes.set<string>("out.path", request.path());
  attributes.set<f64>("count", 7.5);
  trace.set<bool>("cache.hit", true);
  return Action.Next;
}

export function onTick(): void {
  metrics.count("ticks");
}

export function onLog(): void {
  const path = attributes.text("out.path");
  if (path === null) return;
  metrics.count("logged");
  log.info(path + " " + request.path() + " " + request.method() + " " + response.status().toString());
}

/** How many new keys and new buckets this request was the first at. Others try the same ones at the same time. */
function race(): string {
  const round = field("x-round");
  const count = I32.parseInt(field("x-count"));
  let keys = 0;
  let tokens = 0;
  for (let i = 0; i < count; i++) {
    const name = round + "-" + i.toString();
    if (store.compareAndSet(name, 0, utf8.encode(name)) === Written.Done) keys++;
    if (quota.take(name, 1, HOUR, 1).allowed) tokens++;
  }
  return keys.toString() + " " + tokens.toString();
}

function field(name: string): string {
  const value = request.header(name);
  return value === null ? "" : value;
}

function levels(): void {
  log.trace("one");
  log.debug("two");
  log.info("three");
  log.warn("four");
  log.error("five \u00fc\n");
}
