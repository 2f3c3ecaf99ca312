import { attributes, connection, request } from "heddle/sdk";

/** Where the key of the split comes from. */
export enum Source {
  ClientAddress,
  Attribute,
  Header,
  Cookie,
}

export class Key {
  constructor(
    readonly source: Source,
    /** Of the attribute, header or cookie. */
    readonly name: string,
  ) {}

  /** The key of this request; null when it has none. */
  value(): string | null {
    if (this.source === Source.ClientAddress) return connection.clientAddress();
    if (this.source === Source.Attribute) return attributes.text(this.name);
    const value = this.source === Source.Header ? request.header(this.name) : request.cookie(this.name);
    return value === null || value.length === 0 ? null : value;
  }
}
