import { AUTHORITIES, authoritiesOf } from "../certificate.ts";
import type { BackendTlsPolicySpec, CertificateAuthorityRef, PolicyTargetRef } from "../schemas/backend-tls-policy.ts";
import type { BackendTls } from "../snapshot.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";

/** A BackendTLSPolicy that was refused and has no last good version: whom to trust is not known. */
export interface RefusedTlsPolicy {
  readonly namespace: string;
  readonly name: string;
  /** Whatever stands in its spec.targetRefs. */
  readonly targetRefs: unknown;
}

/** How a port is reached: over TLS, in clear text (undefined), or not at all, and why. */
export type BackendTlsChoice =
  | { readonly tls: BackendTls; readonly invalid?: undefined }
  | { readonly tls?: undefined; readonly invalid: string }
  | undefined;

export interface BackendTlsPolicies {
  choose(service: { namespace: string; name: string }, portName: string | undefined): BackendTlsChoice;
  readonly warnings: readonly string[];
}

type Policy = Resource<BackendTlsPolicySpec>;

/**
 * Gives each Service, or each port of one, the oldest policy that names it; one for the port goes before one for the
 * whole Service. A policy that cannot be applied keeps its Services: they are never reached in clear text instead.
 */
export function resolveBackendTls(catalogue: Catalogue, refused: readonly RefusedTlsPolicy[]): BackendTlsPolicies {
  const owners = new Map<string, Policy>();
  const choices = new Map<Policy, BackendTlsChoice>();
  const warnings: string[] = [];
  for (const policy of inOrder(catalogue.backendTlsPolicies)) {
    const { choice, warnings: found } = resolvePolicy(policy, catalogue);
    choices.set(policy, choice);
    warnings.push(...found);
    for (const ref of policy.spec.targetRefs) {
      const why = whyUntargeted(ref, policy, catalogue) ?? conflict(owners.get(keyOf(policy.namespace, ref)));
      if (why === undefined) owners.set(keyOf(policy.namespace, ref), policy);
      else warnings.push(`${policy.id}: ${why}`);
    }
  }
  return {
    warnings,
    choose({ namespace, name }, portName) {
      const ofPort = portName === undefined ? undefined : owners.get(keyOf(namespace, { name, sectionName: portName }));
      const owner = ofPort ?? owners.get(keyOf(namespace, { name }));
      return owner === undefined ? missingPolicy(refused, namespace, name, portName) : choices.get(owner);
    },
  };
}

function keyOf(namespace: string, { name, sectionName }: Pick<PolicyTargetRef, "name" | "sectionName">): string {
  return `${namespace}/${name} ${sectionName ?? ""}`;
}

/** The precedence of Gateway API: the oldest, then by name. */
function inOrder(policies: readonly Policy[]): Policy[] {
  const before = (a: Policy, b: Policy) => a.age - b.age || (qualifiedName(a) < qualifiedName(b) ? -1 : 1);
  return policies.toSorted(before);
}

function conflict(owner: Policy | undefined): string | undefined {
  return owner === undefined ? undefined : `Conflicted: ${owner.id} names the same target and goes before it`;
}

function whyUntargeted(
  { group, kind, name, sectionName }: PolicyTargetRef,
  { namespace }: Policy,
  { services }: Catalogue,
): string | undefined {
  if (group !== "" || kind !== "Service") return `InvalidKind: ${group}/${kind} is not a core Service`;
  const service = services.find((each) => each.namespace === namespace && each.name === name);
  if (service === undefined) return `TargetNotFound: there is no Service ${namespace}/${name}`;
  const has = sectionName === undefined || (service.spec.ports ?? []).some((port) => port.name === sectionName);
  return has ? undefined : `TargetNotFound: Service ${namespace}/${name} has no port named ${sectionName}`;
}

function resolvePolicy(policy: Policy, catalogue: Catalogue): { choice: BackendTlsChoice; warnings: string[] } {
  const { validation, options = {} } = policy.spec;
  const warnings = Object.keys(options).map((option) => `${policy.id}: the TLS option ${option} has no effect`);
  const found = authoritiesFor(policy, catalogue);
  warnings.push(...found.problems.map((problem) => `${policy.id}: ${problem}`));
  if (found.trusted === undefined) {
    const invalid = `NoValidCACertificate: ${policy.id}: ${found.problems.join("; ")}`;
    return { choice: { invalid }, warnings };
  }
  const { hostname, subjectAltNames = [] } = validation;
  const listed = subjectAltNames.map(({ type, hostname: host, uri }) => ({ type, value: (host ?? uri) as string }));
  const names = listed.length > 0 ? listed : [{ type: "Hostname" as const, value: hostname }];
  const tls = { policy: qualifiedName(policy), trusted: found.trusted, serverName: hostname, names };
  return { choice: { tls }, warnings };
}

interface Authorities {
  /** Undefined when there are none: a part of what a policy names is enough. */
  readonly trusted: BackendTls["trusted"] | undefined;
  readonly problems: readonly string[];
}

function authoritiesFor({ namespace, spec }: Policy, catalogue: Catalogue): Authorities {
  const { caCertificateRefs = [], wellKnownCACertificates } = spec.validation;
  if (wellKnownCACertificates === "System") return { trusted: "system", problems: [] };
  if (wellKnownCACertificates !== undefined) {
    const problem = `Invalid: wellKnownCACertificates ${wellKnownCACertificates} is not known; only System is`;
    return { trusted: undefined, problems: [problem] };
  }
  const found = caCertificateRefs.map((ref) => authoritiesAt(ref, namespace, catalogue));
  const trusted = found.flatMap((each) => (typeof each === "string" ? [] : each));
  const problems = found.filter((each) => typeof each === "string");
  return { trusted: trusted.length === 0 ? undefined : [...new Set(trusted)], problems };
}

/** Certificates in PEM, or why there are none. */
function authoritiesAt(
  { group, kind, name }: CertificateAuthorityRef,
  namespace: string,
  { configMaps }: Catalogue,
): readonly string[] | string {
  if (group !== "" || kind !== "ConfigMap") return `InvalidKind: ${group}/${kind} is not a core ConfigMap`;
  const map = configMaps.find((each) => each.namespace === namespace && each.name === name);
  if (map === undefined) return `InvalidCACertificateRef: there is no ConfigMap ${namespace}/${name}`;
  const text = map.spec.data?.[AUTHORITIES];
  return text === undefined
    ? `InvalidCACertificateRef: ConfigMap ${namespace}/${name} has no ${AUTHORITIES}`
    : authoritiesOf(text);
}

/** Target references that cannot be read might have meant any Service of the namespace. */
function missingPolicy(
  refused: readonly RefusedTlsPolicy[],
  namespace: string,
  name: string,
  portName: string | undefined,
): BackendTlsChoice {
  const blocking = refused.find((each) => each.namespace === namespace && mayTarget(each.targetRefs, name, portName));
  if (blocking === undefined) return undefined;
  return { invalid: `BackendTLSPolicy ${qualifiedName(blocking)} was refused, so whom to trust is not known` };
}

function mayTarget(targetRefs: unknown, service: string, portName: string | undefined): boolean {
  if (!Array.isArray(targetRefs)) return true;
  return targetRefs.some((ref: Partial<PolicyTargetRef> | null) => {
    if (typeof ref?.name !== "string") return true;
    const ofPort = typeof ref.sectionName !== "string" || ref.sectionName === portName;
    return ref.name === service && ofPort;
  });
}
