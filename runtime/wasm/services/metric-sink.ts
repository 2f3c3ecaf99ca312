/** Takes what guests measure. Names are checked and bounded in number before they come here, and numbers are finite. */
export interface MetricSink {
  count(plugin: string, name: string, by: number): void;
  gauge(plugin: string, name: string, value: number): void;
  observe(plugin: string, name: string, value: number): void;
  /** The series itself, for many numbers; undefined when the name means something else. */
  counter?(plugin: string, name: string): { add(by: number): void } | undefined;
  gaugeOf?(plugin: string, name: string): { set(value: number): void } | undefined;
  histogram?(plugin: string, name: string): { observe(value: number): void } | undefined;
}
