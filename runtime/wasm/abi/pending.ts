/** A host call that is not over: the guest sleeps until `ready`, and is given what `take` gives right before it goes on. */
export class Pending<Result> {
  readonly ready: Promise<void>;
  readonly take: () => Result;

  /** @param ready never rejects */
  constructor(ready: Promise<void>, take: () => Result) {
    this.ready = ready;
    this.take = take;
  }
}
