import type { ExchangeFacts } from "../http/exchange.ts";
import type { Forward } from "./forward.ts";
import type { Outcome } from "./outcome.ts";
import type { Choice } from "./plan.ts";

/** What filters are told of an exchange on its way. @param choice of a backend, once there is one */
export function factsOf(
  { outcome, forward }: { readonly outcome: Outcome; readonly forward: Forward | undefined },
  listener: string,
  choice: Choice | undefined,
): ExchangeFacts {
  const { began, start, end, flags, detail } = outcome;
  const endpoint = forward?.endpoint;
  return {
    ...{ began, flags, detail, listener, cluster: choice?.backend.cluster, endpoints: choice?.cluster?.total },
    duration: end === 0 ? undefined : Math.max(0, end - start),
    upstream: endpoint && {
      address: endpoint.address,
      port: endpoint.port,
      attempts: forward?.attempts ?? 0,
      latency: forward?.latency ?? 0,
      connection: () => forward?.connection,
    },
  };
}
