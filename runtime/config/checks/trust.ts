import { createPublicKey } from "node:crypto";
import { type FieldPath, type Issue, show } from "../issue.ts";
import type { TrustKeySpec } from "../schemas/plugin.ts";
import { type Check, type CheckContext, entries, specOf } from "./walk.ts";

/** Every key is a P-256 or Ed25519 public key in PEM, inline or in a file beside the document. */
export const checkTrust: Check = (body, context) => {
  const spec = specOf(body);
  return ["publishers", "releasers"].flatMap((list) =>
    [...entries<TrustKeySpec>(spec[list], ["spec", list], context)].flatMap(([key, path]) =>
      keyIssues(key, path, context),
    ),
  );
};

function keyIssues(key: TrustKeySpec, path: FieldPath, context: CheckContext): Issue[] {
  if ((key.publicKey === undefined) === (key.publicKeyFile === undefined)) {
    const got = key.publicKey === undefined ? "neither" : "both";
    return [{ path, expected: "either publicKey or publicKeyFile", got }];
  }
  if (key.publicKey !== undefined) return pemIssues(key.publicKey, [...path, "publicKey"], "this text");
  const at = [...path, "publicKeyFile"];
  const read = context.readBeside(key.publicKeyFile as string);
  if (!read.ok) return [{ path: at, expected: "a readable file", got: `${show(key.publicKeyFile)} (${read.reason})` }];
  return pemIssues(read.text, at, show(key.publicKeyFile));
}

function pemIssues(pem: string, path: FieldPath, what: string): Issue[] {
  const expected = "a P-256 or Ed25519 public key in PEM";
  if (pem.includes("PRIVATE KEY")) return [{ path, expected, got: "a private key, which does not belong here" }];
  const kind = keyKind(pem);
  return kind === undefined ? [] : [{ path, expected, got: `${what} (${kind})` }];
}

/** Undefined for a key that may be trusted, else what it is instead. */
function keyKind(pem: string): string | undefined {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = createPublicKey(pem);
    const fine = type === "ed25519" || (type === "ec" && details?.namedCurve === "prime256v1");
    return fine ? undefined : `${type} key${details?.namedCurve === undefined ? "" : ` on ${details.namedCurve}`}`;
  } catch {
    return "not a key";
  }
}
