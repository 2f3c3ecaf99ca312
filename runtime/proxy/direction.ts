/** Which of an exchange's two messages: the request goes onward through the chain, the response backward. */
export type Direction = "request" | "response";
