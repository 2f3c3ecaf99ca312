// What a filter's tests import from "heddle/test".
export type { FakeAnswer, FakeBackend, FakeCall } from "./fake-calls.ts";
export type { FakeHeaders, FakeRequest } from "./fake-exchange.ts";
export type { FakeStore } from "./fake-store.ts";
export type { FilterFault, FilterResult, ResponseResult } from "./filter-result.ts";
export { type MountedFilter, type MountOptions, mountFilter } from "./mount-filter.ts";
export type { FakeResponse, RequestResult, SentResult } from "./run-exchange.ts";
export { expectSnapshot } from "./snapshots/expect-snapshot.ts";
