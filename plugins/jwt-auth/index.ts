import { Action, clock, request } from "heddle/sdk";
import { judgeClaims } from "./claims";
import { copyToAttributes, copyToHeaders, removeForged } from "./forward";
import { challenge, Refusal, unavailable } from "./refusal";
import { readSettings, Settings } from "./settings";
import { bearerToken } from "./token";
import { verifyToken } from "./verify";

let settings = new Settings();

export function configure(): string | null {
  settings = new Settings();
  return readSettings(settings);
}

export function onRequest(): Action {
  removeForged(settings.toHeaders);
  const found = bearerToken();
  const unreadable = found.refusal;
  if (unreadable !== null) return refuse(unreadable);
  const token = found.token;
  if (token === null) return settings.optional ? Action.Next : refuse(missing());
  const verified = verifyToken(token, settings);
  const untrusted = verified.refusal;
  if (untrusted !== null) return refuse(untrusted);
  const claims = verified.claims;
  if (claims === null) return unavailable();
  const refusal = judgeClaims(claims, settings, Math.floor(clock.now() / 1000));
  if (refusal !== null) return refuse(refusal);
  copyToAttributes(claims, settings.toAttributes);
  copyToHeaders(claims, settings.toHeaders);
  if (settings.stripToken) request.removeHeader("authorization");
  return Action.Next;
}

function missing(): Refusal {
  return new Refusal("jwt_missing", "A bearer token is needed", 401, "");
}

function refuse(refusal: Refusal): Action {
  return challenge(refusal, settings.realm, settings.requiredScopes);
}
