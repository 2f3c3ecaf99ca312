/** Whatever must be ended. */
interface Stoppable {
  stop(): Promise<void>;
}

/** Waits for something that is starting, and remembers to stop it. */
export type Start = <S extends Stoppable>(starting: Promise<S>) => Promise<S>;

/** Runs `use`, then stops everything that it has started, the last first, whether it threw or not. */
export async function withServers<T>(use: (start: Start) => Promise<T>): Promise<T> {
  const running: Stoppable[] = [];
  const start: Start = async (starting) => {
    const started = await starting;
    running.push(started);
    return started;
  };
  try {
    return await use(start);
  } finally {
    for (const server of running.reverse()) await server.stop();
  }
}
