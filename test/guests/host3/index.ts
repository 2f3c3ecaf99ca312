import { Action, request } from "heddle/sdk";

export function onRequest(): Action {
  const tenant = request.header("x-tenant");
  if (tenant !== null && request.path() !== "/admin") request.setHeader("x-shop-tenant", tenant);
  return Action.Next;
}
