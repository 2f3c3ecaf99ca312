import type { GuestVm } from "./guest-vm.ts";

/** The route is chosen anew, as long as the request has not gone on. */
export function routeAgain({ stream }: GuestVm): void {
  if (stream !== undefined) stream.exchange.routing.again = true;
}
