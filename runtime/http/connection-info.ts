import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { ConnectionInfo, UpstreamConnection } from "./exchange.ts";
import { ownCertificate, peerCertificate } from "./tls/certificate-facts.ts";

/** Both ends of a connection, IPv4 addresses in their plain form. */
export function connectionOf(socket: Socket, protocol: string): ConnectionInfo {
  return {
    clientAddress: plainAddress(socket.remoteAddress),
    clientPort: socket.remotePort ?? 0,
    serverAddress: plainAddress(socket.localAddress),
    serverPort: socket.localPort ?? 0,
    protocol,
    serverName: serverNameOf((socket as TLSSocket).servername),
    tlsVersion: (socket as Partial<TLSSocket>).getProtocol?.() ?? undefined,
    ownCertificate: "getX509Certificate" in socket ? () => ownCertificate(socket) : undefined,
    memo: undefined,
  };
}

/** The connection that a request goes out by. Undefined where it is gone. */
export function upstreamOf(socket: Socket): UpstreamConnection | undefined {
  try {
    const { localAddress, localPort } = socket;
    if (localAddress === undefined) return undefined;
    return {
      localAddress: plainAddress(localAddress),
      localPort: localPort ?? 0,
      tlsVersion: (socket as Partial<TLSSocket>).getProtocol?.() ?? undefined,
      peer: peerCertificate(socket),
    };
  } catch {
    // What an HTTP/2 session shows of a socket that it has lost throws.
    return undefined;
  }
}

/** As names are compared: in lower case, without the dot at the end. */
export function serverNameOf(asked: string | false | null | undefined): string | undefined {
  return typeof asked === "string" && asked !== "" ? asked.toLowerCase().replace(/\.$/, "") : undefined;
}

function plainAddress(address: string | undefined): string {
  if (address === undefined) return "";
  return address.startsWith("::ffff:") ? address.slice(7) : address;
}
