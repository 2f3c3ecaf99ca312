/**
 * One header field: `name` (in lower case when it comes from the host) and `value`.
 *
 * @example
 * ```ts
 * const fields: Header[] = request.headers();
 * for (let i = 0; i < fields.length; i++) log.debug(fields[i].name + ": " + fields[i].value);
 * ```
 */
export { Header } from "./host";
