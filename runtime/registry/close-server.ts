import type { FastifyInstance } from "fastify";

const SWEEP_INTERVAL = 50;

/**
 * Closes an app whose clients keep their connections. `server.close` waits for a connection that was busy when it was
 * called until the keep-alive timeout, so idle ones are closed again and again, and after `grace` milliseconds all.
 */
export async function closeServer(app: FastifyInstance, grace: number): Promise<void> {
  const { server } = app;
  const sweep = setInterval(() => server.closeIdleConnections(), SWEEP_INTERVAL);
  const cut = setTimeout(() => server.closeAllConnections(), grace);
  try {
    await app.close();
  } finally {
    clearInterval(sweep);
    clearTimeout(cut);
  }
}
