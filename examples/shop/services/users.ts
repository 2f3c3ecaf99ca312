/** The users service: says who is asking, as the proxy in front of it found out. */
import { serve } from "./answer.ts";

const names: Record<string, string> = { alice: "Alice Weaver", bob: "Bob Spinner" };

serve("users", (request) => {
  const id = request.headers["x-user"];
  const name = typeof id === "string" ? names[id] : undefined;
  if (name === undefined) return { status: 404, body: { service: "users", error: "no such user" } };
  return { status: 200, body: { service: "users", id, name } };
});
