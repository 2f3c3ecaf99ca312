/** Undefined when there is no answer in time, or none at all. */
export async function within<Result>(milliseconds: number, answer: Promise<Result>): Promise<Result | undefined> {
  let timer: NodeJS.Timeout | undefined;
  const patience = new Promise<undefined>((resolve) => {
    timer = setTimeout(resolve, milliseconds, undefined);
  });
  const result = await Promise.race([answer.catch(() => undefined), patience]);
  clearTimeout(timer);
  return result;
}
