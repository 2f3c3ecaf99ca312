import { describe } from "node:test";
import { createStore } from "../../../runtime/wasm/services/store.ts";
import { storeContract } from "./store-contract.ts";

describe("store", () => storeContract(createStore));
