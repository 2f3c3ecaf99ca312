import { getProperty } from "./property";
import { receivedText } from "./received";

export function connectionClientAddress(): string {
  return host(textOf("source\0address"));
}

export function connectionClientPort(): u32 {
  return port(textOf("source\0address"));
}

export function connectionServerAddress(): string {
  return host(textOf("destination\0address"));
}

export function connectionServerPort(): u32 {
  return port(textOf("destination\0address"));
}

export function connectionProtocol(): string {
  return textOf("request\0protocol");
}

function textOf(path: string): string {
  return getProperty(path) ? receivedText() : "";
}

/** The address in `192.0.2.1:80`, `[2001:db8::1]:80`, or as it is where it has no port. */
function host(address: string): string {
  const close = address.indexOf("]");
  if (address.startsWith("[") && close > 0) return address.substring(1, close);
  const colon = address.indexOf(":");
  return colon < 0 || address.indexOf(":", colon + 1) >= 0 ? address : address.substring(0, colon);
}

function port(address: string): u32 {
  const bare = host(address).length;
  const from = address.startsWith("[") ? bare + 3 : bare + 1;
  return from < address.length ? <u32>I32.parseInt(address.substring(from)) : 0;
}
