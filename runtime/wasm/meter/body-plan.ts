/** What is put in at a place. */
export const POINT = {
  /** A charge of a number of units; 0 when it was merged into another one. */
  charge: 0,
  /** In front of a loop: the amount is where the loop ends, when nothing is called in it; 0 otherwise. */
  loop: 1,
  /** A charge by the number of bytes on the stack. */
  bytes: 2,
  /** A charge by the number of table elements on the stack. */
  elements: 3,
  /** A charge by the number of pages on the stack. */
  pages: 4,
} as const;

/** Where something is put into a function body, in the order of places. One is used for all functions. */
export class BodyPlan {
  places = new Uint32Array(1024);
  kinds = new Uint8Array(1024);
  amounts = new Uint32Array(1024);
  count = 0;
  /** Whether nothing at all is called. */
  callFree = true;

  clear(): void {
    this.count = 0;
    this.callFree = true;
  }

  /** @returns its number, to set the amount by */
  add(place: number, kind: number, amount: number): number {
    if (this.count === this.places.length) this.#grow();
    this.places[this.count] = place;
    this.kinds[this.count] = kind;
    this.amounts[this.count] = amount;
    return this.count++;
  }

  #grow(): void {
    const { places, kinds, amounts } = this;
    this.places = new Uint32Array(places.length * 2);
    this.kinds = new Uint8Array(places.length * 2);
    this.amounts = new Uint32Array(places.length * 2);
    this.places.set(places);
    this.kinds.set(kinds);
    this.amounts.set(amounts);
  }
}
