// A filter of an AssemblyScript SDK for proxy-wasm: what tests ask of it, it does.
export * from "@gcoredev/proxy-wasm-sdk-as/assembly/proxy";
import {
  BufferTypeValues,
  Context,
  FilterDataStatusValues,
  FilterHeadersStatusValues,
  LogLevelValues,
  RootContext,
  get_buffer_bytes,
  log,
  makeHeaderPair,
  registerRootContext,
  send_http_response,
  set_buffer_bytes,
  stream_context,
} from "@gcoredev/proxy-wasm-sdk-as/assembly";

class Root extends RootContext {
  createContext(id: u32): Context {
    return new Stream(id, this);
  }
}

class Stream extends Context {
  constructor(id: u32, root: Root) {
    super(id, root);
  }

  onRequestHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.request.replace("x-config", this.root_context.getConfiguration());
    const op = stream_context.headers.request.get("op");
    if (op == "deny") {
      send_http_response(403, "denied", String.UTF8.encode("no"), [makeHeaderPair("x-why", "because")]);
      return FilterHeadersStatusValues.StopIteration;
    }
    assert(op != "panic", "as asked");
    return FilterHeadersStatusValues.Continue;
  }

  onRequestBody(size: usize, end: bool): FilterDataStatusValues {
    if (!end) return FilterDataStatusValues.StopIterationAndBuffer;
    const body = String.UTF8.decode(get_buffer_bytes(BufferTypeValues.HttpRequestBody, 0, size as u32));
    set_buffer_bytes(BufferTypeValues.HttpRequestBody, 0, size as u32, String.UTF8.encode("[" + body + "]"));
    return FilterDataStatusValues.Continue;
  }

  onResponseHeaders(count: u32, end: bool): FilterHeadersStatusValues {
    stream_context.headers.response.add("x-sdk", "seen");
    return FilterHeadersStatusValues.Continue;
  }

  onLog(): void {
    log(LogLevelValues.info, "done");
  }
}

registerRootContext((id: u32) => new Root(id), "filter");
