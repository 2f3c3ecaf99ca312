import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from "node:http2";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { TestContext } from "node:test";
import type { SecureContextOptions, TLSSocket } from "node:tls";
import type { BackendTls } from "../../runtime/config/snapshot.ts";
import type { TestCertificate } from "../certificates.ts";

export interface SecureUpstream {
  readonly port: number;
  /** Of each connection whose handshake was complete, in order. */
  readonly connections: { readonly serverName: string; readonly protocol: string; readonly isResumed: boolean }[];
  readonly requests: Http2ServerRequest[];
  /** What new connections are shown. */
  show(certificate: TestCertificate): void;
}

interface SecureUpstreamOptions extends SecureContextOptions {
  /** What it says by ALPN; `h2` and `http/1.1` without it. */
  protocols?: readonly ["http/1.1"] | readonly [];
  handler?: (request: Http2ServerRequest, response: Http2ServerResponse) => void;
}

/** A backend over TLS that speaks both versions of HTTP. */
export async function secureUpstream(
  t: TestContext,
  { chain: cert, key }: TestCertificate,
  { protocols, handler, ...options }: SecureUpstreamOptions = {},
): Promise<SecureUpstream> {
  const connections: SecureUpstream["connections"] = [];
  const requests: Http2ServerRequest[] = [];
  const sockets = new Set<TLSSocket>();
  const server =
    protocols === undefined
      ? createSecureServer({ cert, key, allowHTTP1: true, ...options })
      : createServer({ cert, key, ALPNProtocols: [...protocols], ...options });
  server.on("secureConnection", (socket: TLSSocket & { servername: string }) => {
    sockets.add(socket.on("error", () => {}).on("close", () => sockets.delete(socket)));
    const protocol = socket.alpnProtocol || "none";
    connections.push({ serverName: socket.servername, protocol, isResumed: socket.isSessionReused() });
  });
  server.on("request", (request: Http2ServerRequest, response: Http2ServerResponse) => {
    requests.push(request);
    if (handler === undefined) response.end("secure");
    else handler(request, response);
  });
  server.on("error", () => {}).on("sessionError", () => {});
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { port, connections, requests, show: ({ chain, key }) => server.setSecureContext({ cert: chain, key }) };
}

/** Trusts an authority's certificates for one host. */
export function trusting(authority: TestCertificate, hostname = "app.test"): BackendTls {
  return {
    ...{ policy: "default/app", trusted: [authority.chain], serverName: hostname },
    names: [{ type: "Hostname", value: hostname }],
  };
}
