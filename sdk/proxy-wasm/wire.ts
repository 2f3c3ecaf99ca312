// Numbers of the proxy-wasm ABI 0.2.1.

export enum Status {
  Ok = 0,
  NotFound = 1,
  CasMismatch = 8,
}

export enum FieldMap {
  Request = 0,
  Response = 2,
}

export enum Buffer {
  RequestBody = 0,
  ResponseBody = 1,
  VmConfiguration = 6,
  PluginConfiguration = 7,
}

export enum LogLevel {
  Warn = 3,
  Error = 4,
  Critical = 5,
}

export enum MetricType {
  Counter = 0,
  Gauge = 1,
  Histogram = 2,
}

export enum BodyAction {
  Continue = 0,
  StopIterationAndBuffer = 1,
  StopIterationNoBuffer = 3,
}

export enum HeadAction {
  Continue = 0,
  StopIteration = 1,
}
