import { type FieldPath, type Issue, show } from "../issue.ts";
import type { BackendValidationSpec, PolicyTargetRef, SubjectAltNameSpec } from "../schemas/backend-tls-policy.ts";
import { type Check, entries, repeated, specOf } from "./walk.ts";

const TARGETS: FieldPath = ["spec", "targetRefs"];
const VALIDATION: FieldPath = ["spec", "validation"];

/** The rules that a Kubernetes API server holds a BackendTLSPolicy to (Gateway API v1). */
export const checkBackendTlsPolicy: Check = (body, context) => {
  const spec = specOf(body) as { targetRefs?: unknown; validation?: BackendValidationSpec };
  const targets = [...entries<PolicyTargetRef>(spec.targetRefs, TARGETS, context)];
  const issues = repeated(targets, (ref) => `${ownerOf(ref)} ${ref.sectionName ?? ""}`.trimEnd(), "each target");
  issues.push(...wholeBesideSection(targets));
  const { validation } = spec;
  if (validation === undefined || !context.clean(VALIDATION)) return issues;
  issues.push(...authorityIssues(validation));
  const names = entries<SubjectAltNameSpec>(validation.subjectAltNames, [...VALIDATION, "subjectAltNames"], context);
  for (const [name, path] of names) issues.push(...nameIssues(name, path));
  return issues;
};

const ownerOf = ({ group, kind, name }: PolicyTargetRef) => `${group}/${kind} ${name}`;

/** A Service is named as a whole, or port by port. */
function wholeBesideSection(targets: readonly [PolicyTargetRef, FieldPath][]): Issue[] {
  return targets
    .filter(
      ([ref]) =>
        ref.sectionName === undefined &&
        targets.some(([other]) => other.sectionName !== undefined && ownerOf(other) === ownerOf(ref)),
    )
    .map(([, path]) => ({
      path: [...path, "sectionName"],
      expected: "a port's name, as in the other entry for this Service",
      got: "nothing",
    }));
}

function authorityIssues({ caCertificateRefs = [], wellKnownCACertificates }: BackendValidationSpec): Issue[] {
  if (caCertificateRefs.length > 0 !== (wellKnownCACertificates !== undefined)) return [];
  const got = wellKnownCACertificates === undefined ? "neither" : "both";
  return [{ path: VALIDATION, expected: "either caCertificateRefs or wellKnownCACertificates", got }];
}

const URI = /^[a-z][a-z0-9+.-]*:\/\/[^\s/?#]+[^\s]*$/i;

function nameIssues({ type, hostname, uri }: SubjectAltNameSpec, path: FieldPath): Issue[] {
  const [field, given, other] = type === "Hostname" ? ["hostname", hostname, uri] : ["uri", uri, hostname];
  if (given === undefined || other !== undefined) {
    return [{ path, expected: `${field} and nothing else for the type ${type}`, got: describe(hostname, uri) }];
  }
  if (type === "Hostname" || URI.test(given)) return [];
  return [{ path: [...path, "uri"], expected: "an absolute URI with a host", got: show(given) }];
}

function describe(hostname: string | undefined, uri: string | undefined): string {
  if (hostname !== undefined && uri !== undefined) return "both";
  if (hostname !== undefined) return "hostname";
  return uri === undefined ? "neither" : "uri";
}
