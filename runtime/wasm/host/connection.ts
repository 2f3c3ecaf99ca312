import type { ConnectionCapability } from "../abi/capabilities.ts";
import type { HookContext } from "./context.ts";

export function connectionCapability(context: HookContext): ConnectionCapability {
  const connection = () => context.exchange.connection;
  return {
    clientAddress: () => connection().clientAddress,
    clientPort: () => connection().clientPort,
    serverAddress: () => connection().serverAddress,
    serverPort: () => connection().serverPort,
    protocol: () => connection().protocol,
  };
}
