import { Action, attributes, connection, metrics, request, routing } from "heddle/sdk";
import { readSettings, Settings } from "./settings";
import { Side } from "./split";

let settings = new Settings();

export function configure(): string | null {
  settings = new Settings();
  return readSettings(settings);
}

export function onRequest(): Action {
  const named = byHeader();
  if (named !== null) return choose(named, "header");
  const kept = byCookie();
  if (kept !== null) return choose(kept, "cookie");
  const key = settings.key.value();
  if (key !== null) return choose(settings.split.sideOf(settings.salt, key), "key");
  if (settings.leaveToRoute) return Action.Next;
  return choose(settings.split.sideOf(settings.salt, connection.clientAddress()), "client-address");
}

/** A name that no side has decides nothing. */
function byHeader(): Side | null {
  if (settings.overrideHeader.length === 0) return null;
  const value = request.header(settings.overrideHeader);
  return value === null ? null : settings.split.named(value);
}

function byCookie(): Side | null {
  if (settings.overrideCookie.length === 0) return null;
  const value = request.cookie(settings.overrideCookie);
  return value === null ? null : settings.split.named(value);
}

/** A backend that the matched route does not have leaves the request to the route's own weights, and is counted. */
function choose(side: Side, by: string): Action {
  if (routing.chooseBackend(side.backend)) {
    attributes.set<string>("canary.backend", side.backend);
    attributes.set<string>("canary.by", by);
  } else {
    metrics.count("backend_not_in_route");
  }
  return Action.Next;
}
