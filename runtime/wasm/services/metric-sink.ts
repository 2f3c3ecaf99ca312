/** Takes what guests measure. Names are checked and bounded in number before they come here. */
export interface MetricSink {
  count(plugin: string, name: string, by: number): void;
  gauge(plugin: string, name: string, value: number): void;
  observe(plugin: string, name: string, value: number): void;
}
