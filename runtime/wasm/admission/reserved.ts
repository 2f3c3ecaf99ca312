/** What the exports begin with that the rewriter adds; a guest's own must not. */
export const RESERVED = "heddle:meter/";
