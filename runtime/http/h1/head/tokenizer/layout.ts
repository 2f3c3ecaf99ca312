// Compiled twice: as TypeScript and as AssemblyScript (see ../tokenizer.ts).

/** Indices of the table's 32-bit integers. Positions count bytes from the start of the head. */
export const ERROR: i32 = 0;
/** Where the error is. */
export const POSITION: i32 = 1;
/** The first byte behind the head. */
export const HEAD_END: i32 = 2;
export const FLAGS: i32 = 3;
/** 10 or 11. */
export const VERSION: i32 = 4;
/** Index into `METHODS`; the status code of a response. */
export const METHOD: i32 = 5;
/** The request target; the reason phrase of a response. */
export const TARGET_START: i32 = 6;
export const TARGET_END: i32 = 7;
/** One of the `FORM_` values. */
export const TARGET_FORM: i32 = 8;
/** Authority of the target in absolute or authority form; empty otherwise. */
export const AUTHORITY_START: i32 = 9;
export const AUTHORITY_END: i32 = 10;
export const PATH_START: i32 = 11;
/** The position of `?`, or `TARGET_END`. */
export const QUERY_START: i32 = 12;
/** One of the `FRAMING_` values. */
export const FRAMING: i32 = 13;
export const FIELD_COUNT: i32 = 14;
/** Pairs of positions behind the fields: the lines that are not copied to the next hop. */
export const DROP_COUNT: i32 = 15;
/** 64 bytes: for each well-known name the number of its first field, counted from 1. */
export const SLOTS: i32 = 16;
export const FIELDS: i32 = 32;
/** The tokenizer's own notes, far behind the fields: what `connection` names. */
export const OPTION_COUNT: i32 = 1900;
export const OPTIONS: i32 = 1901;

/** Five integers per field: name, value and what the name is. */
export const FIELD_SIZE: i32 = 5;
export const NAME_START: i32 = 0;
export const NAME_END: i32 = 1;
export const VALUE_START: i32 = 2;
export const VALUE_END: i32 = 3;
/** The number of a well-known name, or `nameKey` of another one, which is negative. */
export const NAME: i32 = 4;

export const FORM_ORIGIN: i32 = 1;
export const FORM_ABSOLUTE: i32 = 2;
export const FORM_AUTHORITY: i32 = 3;
export const FORM_ASTERISK: i32 = 4;

export const FRAMING_NONE: i32 = 0;
export const FRAMING_LENGTH: i32 = 1;
export const FRAMING_CHUNKED: i32 = 2;
export const FRAMING_CLOSE: i32 = 3;

/** The connection may carry another message. */
export const KEEP_ALIVE: i32 = 1;
export const EXPECT_CONTINUE: i32 = 2;
/** An `upgrade` field that the `connection` field names. */
export const UPGRADE: i32 = 4;
/** That field says `websocket` and nothing else. */
export const UPGRADE_WEBSOCKET: i32 = 8;
/** `te` lists `trailers`. */
export const TAKES_TRAILERS: i32 = 16;
export const SAYS_CLOSE: i32 = 32;
export const SAYS_KEEP_ALIVE: i32 = 64;
/** `connection` has an option other than close, keep-alive, upgrade and te. */
export const NAMES_FIELDS: i32 = 128;
/** The target's scheme is https. */
export const SECURE_TARGET: i32 = 256;
/** The target's authority and the host field differ; the target's is right (RFC 9112 3.2.2). */
export const HOST_DIFFERS: i32 = 512;
export const NAMES_UPGRADE: i32 = 1024;

export const KIND_REQUEST: i32 = 0;
export const KIND_RESPONSE: i32 = 1;
/** The response to HEAD, which has no body. */
export const KIND_HEAD_RESPONSE: i32 = 2;
export const KIND_TRAILERS: i32 = 3;

/** Offsets in the memory's area of constants, which `../statics.ts` fills. */
export const TOKEN_CLASS: i32 = 0;
export const TARGET_CLASS: i32 = 256;
export const NAME_BUCKETS: i32 = 512;
export const METHOD_BUCKETS: i32 = 768;
/** A record is its length followed by its bytes and zeros. */
export const NAME_RECORDS: i32 = 1024;
export const METHOD_RECORDS: i32 = 3584;
export const RECORD_SIZE: i32 = 40;

/** Numbers of the names that mean something to the tokenizer: the first of `WELL_KNOWN`. */
export const HOST: i32 = 1;
export const CONTENT_LENGTH: i32 = 2;
export const TRANSFER_ENCODING: i32 = 3;
export const CONNECTION: i32 = 4;
export const TE: i32 = 5;
export const UPGRADE_FIELD: i32 = 6;
export const EXPECT: i32 = 7;
/** From here to `LAST_HOP`: about one connection, or framing, or (`host`, `expect`) written anew for the next hop. */
export const FIRST_DROPPED: i32 = 1;
export const KEEP_ALIVE_FIELD: i32 = 8;
export const LAST_HOP: i32 = 13;
/** From here to `LAST_PROTECTED`: no `connection` option removes them. */
export const FIRST_PROTECTED: i32 = 14;
export const LAST_PROTECTED: i32 = 24;

/** Values among the names. */
export const WORD_CLOSE: i32 = 59;
export const WORD_CHUNKED: i32 = 60;
export const WORD_CONTINUE: i32 = 61;
export const WORD_TRAILERS: i32 = 62;
export const WORD_WEBSOCKET: i32 = 63;

/** Numbers of methods that mean something to the tokenizer: the first of `METHODS`. */
export const METHOD_OPTIONS: i32 = 1;
export const METHOD_CONNECT: i32 = 2;

export const MAX_METHOD: i32 = 32;
export const MAX_OPTIONS: i32 = 32;
/** What the memory has room for. */
export const MAX_FIELDS: i32 = 250;
export const MAX_HEAD: i32 = 65_536;
