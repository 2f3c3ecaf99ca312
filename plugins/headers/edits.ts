import { Template } from "./template";

/** A header and the value that it gets. */
export class Field {
  constructor(
    readonly name: string,
    readonly value: Template,
  ) {}
}

/** What is done to one message: first removed, then set, then added. */
export class Edits {
  readonly removed: string[] = [];
  readonly replaced: Field[] = [];
  readonly added: Field[] = [];
}
