import { CERTIFICATE, hostsOf, leafOf, PRIVATE_KEY } from "../certificate.ts";
import type { GatewayListener, GatewaySpec, SecretRef } from "../schemas/gateway.ts";
import { secretText } from "../secret-text.ts";
import type { ListenerCertificate, ListenerTls } from "../snapshot.ts";
import { type Catalogue, qualifiedName, type Resource } from "./catalogue.ts";
import { isGranted } from "./grants.ts";

const GATEWAY_GROUP = "gateway.networking.k8s.io";

export interface ResolvedTls {
  readonly tls: ListenerTls;
  readonly warnings: readonly string[];
}

/** What a listener asks for that is not offered, and that cannot be left out without letting in whom it keeps out. */
export function unservedTls(gateway: Resource<GatewaySpec>, { tls = {} }: GatewayListener): string | undefined {
  if (tls.mode === "Passthrough") return "the TLS mode Passthrough is not served yet; only Terminate is";
  const validates = tls.frontendValidation !== undefined || gateway.spec.tls?.frontend !== undefined;
  return validates ? "certificates of clients are not validated yet, so it is not served" : undefined;
}

/** The certificates of a listener. Those that cannot be had are left out and said so, as Gateway API's reasons. */
export function resolveTls(
  gateway: Resource<GatewaySpec>,
  { name, tls = {} }: GatewayListener,
  catalogue: Catalogue,
  now: number,
): ResolvedTls {
  const label = `${gateway.id}: listener ${name}`;
  const warnings = Object.keys(tls.options ?? {}).map((option) => `${label}: the TLS option ${option} has no effect`);
  const certificates: ListenerCertificate[] = [];
  for (const ref of tls.certificateRefs ?? []) {
    const found = resolveCertificate(ref, gateway, catalogue);
    if (typeof found === "string") warnings.push(`${label}: ${found}`);
    else certificates.push(found.certificate);
    if (typeof found !== "string") warnings.push(...ageWarnings(found.notBefore, found.certificate, now));
  }
  if (certificates.length === 0) warnings.push(`${label}: has no certificate, so every handshake with it fails`);
  return { tls: { certificates }, warnings };
}

/** The certificate, or why there is none. */
function resolveCertificate(
  { group = "", kind = "Secret", namespace, name }: SecretRef,
  gateway: Resource<GatewaySpec>,
  catalogue: Catalogue,
): { certificate: ListenerCertificate; notBefore: number } | string {
  if (group !== "" || kind !== "Secret") return `InvalidCertificateRef: ${group}/${kind} is not a core Secret`;
  const to = { group, kind, namespace: namespace ?? gateway.namespace, name };
  const from = { group: GATEWAY_GROUP, kind: "Gateway", namespace: gateway.namespace };
  if (!isGranted(catalogue.grants, { from, to })) {
    return `RefNotPermitted: no ReferenceGrant in ${to.namespace} lets Gateways of ${from.namespace} use Secret ${name}`;
  }
  const secret = catalogue.secrets.find((each) => each.namespace === to.namespace && each.name === name);
  if (secret === undefined) return `InvalidCertificateRef: there is no Secret ${to.namespace}/${name}`;
  const [chain, key] = [secretText(secret.spec, CERTIFICATE), secretText(secret.spec, PRIVATE_KEY)];
  if (secret.spec.type !== "kubernetes.io/tls" || chain === undefined || key === undefined) {
    return `InvalidCertificateRef: Secret ${to.namespace}/${name} is not of the type kubernetes.io/tls`;
  }
  const leaf = leafOf(chain);
  if (leaf === undefined) return `InvalidCertificateRef: Secret ${to.namespace}/${name} holds no certificate`;
  const certificate = {
    name: qualifiedName(secret),
    chain,
    key,
    hosts: hostsOf(leaf),
    notAfter: Date.parse(leaf.validTo),
  };
  return { certificate, notBefore: Date.parse(leaf.validFrom) };
}

function ageWarnings(notBefore: number, { name, notAfter }: ListenerCertificate, now: number): string[] {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10);
  if (now > notAfter) return [`Secret ${name}: the certificate expired on ${day(notAfter)}; clients will refuse it`];
  if (now < notBefore) return [`Secret ${name}: the certificate is not valid before ${day(notBefore)}`];
  return [];
}
