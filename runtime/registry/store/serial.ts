/** Runs work on one key after the other; different keys do not wait for one another. */
export type Serialize = <T>(key: string, work: () => Promise<T>) => Promise<T>;

export function createSerialize(): Serialize {
  const tails = new Map<string, Promise<unknown>>();
  return (key, work) => {
    const result = (tails.get(key) ?? Promise.resolve()).then(work, work);
    const tail = result
      .catch(() => undefined)
      .then(() => {
        if (tails.get(key) === tail) tails.delete(key);
      });
    tails.set(key, tail);
    return result;
  };
}
