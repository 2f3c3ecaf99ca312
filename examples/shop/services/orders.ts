/** The orders service. VERSION 2 adds the total, which is what the canary is about. */
import { serve } from "./answer.ts";

const version = process.env.VERSION ?? "1";
const orders = [
  { id: 1, item: "loom", price: 420 },
  { id: 2, item: "shuttle", price: 35 },
];

serve(`orders-v${version}`, (request) => {
  const consumer = request.headers["x-consumer"] ?? "unknown";
  const body = { service: "orders", version, consumer, orders };
  if (version === "1") return { status: 200, body };
  return { status: 200, body: { ...body, total: orders.reduce((sum, order) => sum + order.price, 0) } };
});
