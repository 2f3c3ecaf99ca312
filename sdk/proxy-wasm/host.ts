// The functions of the contract over a proxy-wasm host. A build for this target puts this file in the place of `../host.ts`,
// whose exports it has.

export * from "../contract";
export * from "./attributes";
export * from "./body";
export * from "./clock";
export * from "./connection";
export * from "./crypto";
export * from "./local-response";
export * from "./log";
export * from "./metrics";
export * from "./quota";
export * from "./request";
export * from "./response";
export * from "./routing";
export * from "./store";
export * from "./tick";
export * from "./trace";
