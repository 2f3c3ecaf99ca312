import { CERTIFICATE, certificateFault, PRIVATE_KEY } from "../certificate.ts";
import type { Issue } from "../issue.ts";
import type { SecretBody } from "../schemas/secret.ts";
import { secretText } from "../secret-text.ts";
import type { Check } from "./walk.ts";

const TLS = "kubernetes.io/tls";
const FIELDS = ["stringData", "data"] as const;
const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** A Secret of TLS holds a certificate chain and the key to it. */
export const checkSecret: Check = (body, context) => {
  if (body.type !== TLS || !FIELDS.every((field) => context.clean([field]))) return [];
  const secret = body as SecretBody;
  const badly = badBase64(secret);
  if (badly.length > 0) return badly;
  const missing = [CERTIFICATE, PRIVATE_KEY].filter((name) => secretText(secret, name) === undefined);
  if (missing.length > 0) {
    const expected = `${CERTIFICATE} and ${PRIVATE_KEY} in data or stringData for the type ${TLS}`;
    return [{ path: ["data"], expected, got: `no ${missing.join(" and no ")}` }];
  }
  const [chain, key] = [CERTIFICATE, PRIVATE_KEY].map((name) => secretText(secret, name) as string) as [string, string];
  const fault = certificateFault(chain, key);
  if (fault === undefined) return [];
  const field = secret.stringData?.[fault.part] === undefined ? "data" : "stringData";
  return [{ path: [field, fault.part], expected: fault.expected, got: fault.got }];
};

function badBase64({ data = {} }: SecretBody): Issue[] {
  return Object.entries(data)
    .filter(([, value]) => !BASE64.test(value.replace(/\s/g, "")))
    .map(([name]) => ({
      path: ["data", name],
      expected: "base64; text as it is belongs in stringData",
      got: "other text",
    }));
}

/** Complaints about a Secret name fields and never show what is in them. */
export function withoutSecrets(schemaIssues: (value: unknown) => Issue[]): (value: unknown) => Issue[] {
  return (value) =>
    schemaIssues(value).map((issue) =>
      FIELDS.some((field) => field === issue.path[0]) ? { ...issue, got: "something else" } : issue,
    );
}
