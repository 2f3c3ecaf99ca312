// What the next byte of a client belongs to.
export const HEAD = 0;
export const BODY = 1;
/** The request is complete and its response is not: what comes now waits. */
export const WAIT = 2;
/** Nothing is read any more; what comes is dropped until the client has closed too. */
export const LEAVE = 3;
export const CLOSED = 4;
