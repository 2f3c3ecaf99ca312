export { Action } from "./action";
