/**
 * Everything that a module may import, with its type where it matters: `i` is an i32, `l` an i64, and `>` stands before
 * the result. `*` is a function that looks at none of its arguments. Every module gets all of it: filters of one version
 * of the ABI import calls of another one.
 */
type Known = Readonly<Record<string, string>>;

const bare = (names: Record<string, string>): Known => Object.freeze(Object.assign(Object.create(null), names));

export const ENV_IMPORTS: Known = bare({
  proxy_log: "iii>i",
  proxy_get_log_level: "i>i",
  proxy_get_current_time_nanoseconds: "i>i",
  proxy_set_tick_period_milliseconds: "i>i",
  proxy_get_configuration: "ii>i",
  proxy_get_buffer_bytes: "iiiii>i",
  proxy_get_buffer_status: "iii>i",
  proxy_set_buffer_bytes: "iiiii>i",
  proxy_get_header_map_pairs: "iii>i",
  proxy_set_header_map_pairs: "iii>i",
  proxy_get_header_map_value: "iiiii>i",
  proxy_add_header_map_value: "iiiii>i",
  proxy_replace_header_map_value: "iiiii>i",
  proxy_remove_header_map_value: "iii>i",
  proxy_get_header_map_size: "ii>i",
  proxy_continue_stream: "i>i",
  proxy_close_stream: "i>i",
  proxy_continue_request: ">i",
  proxy_continue_response: ">i",
  proxy_clear_route_cache: ">i",
  proxy_send_local_response: "iiiiiiii>i",
  proxy_http_call: "iiiiiiiiii>i",
  proxy_get_status: "iii>i",
  proxy_grpc_call: "iiiiiiiiiiii>i",
  proxy_grpc_stream: "iiiiiiiii>i",
  proxy_grpc_send: "iiii>i",
  proxy_grpc_cancel: "i>i",
  proxy_grpc_close: "i>i",
  proxy_set_shared_data: "iiiii>i",
  proxy_get_shared_data: "iiiii>i",
  proxy_register_shared_queue: "iii>i",
  proxy_resolve_shared_queue: "iiiii>i",
  proxy_enqueue_shared_queue: "iii>i",
  proxy_dequeue_shared_queue: "iii>i",
  proxy_define_metric: "iiii>i",
  proxy_increment_metric: "il>i",
  proxy_record_metric: "il>i",
  proxy_get_metric: "ii>i",
  proxy_get_property: "iiii>i",
  proxy_set_property: "iiii>i",
  proxy_call_foreign_function: "iiiiii>i",
  proxy_set_effective_context: "i>i",
  proxy_done: ">i",
  pthread_equal: "ii>i",
  emscripten_notify_memory_growth: "*",
  abort: "*",
});

export const WASI_IMPORTS: Known = bare({
  args_get: "ii>i",
  args_sizes_get: "ii>i",
  environ_get: "ii>i",
  environ_sizes_get: "ii>i",
  clock_res_get: "ii>i",
  clock_time_get: "ili>i",
  random_get: "ii>i",
  fd_write: "iiii>i",
  fd_fdstat_get: "ii>i",
  poll_oneoff: "iiii>i",
  proc_exit: "i>",
  ...Object.fromEntries(
    [
      ...["fd_read", "fd_pread", "fd_pwrite", "fd_seek", "fd_tell", "fd_close", "fd_sync", "fd_datasync", "fd_advise"],
      ...["fd_allocate", "fd_readdir", "fd_renumber", "fd_filestat_get", "fd_filestat_set_size"],
      ...["fd_filestat_set_times", "fd_fdstat_set_flags", "fd_fdstat_set_rights", "fd_prestat_get"],
      ...["fd_prestat_dir_name", "path_open", "path_create_directory", "path_remove_directory", "path_unlink_file"],
      ...["path_rename", "path_link", "path_symlink", "path_readlink", "path_filestat_get", "path_filestat_set_times"],
      ...["sock_accept", "sock_recv", "sock_send", "sock_shutdown", "proc_raise", "sched_yield"],
    ].map((name) => [name, "*"]),
  ),
});

/** Calls that other hosts added, and whose they are. Filters that bring a whole SDK along import them without need. */
export const VENDOR_IMPORTS: Known = bare({
  ...ofVendor("Higress", [
    ...["proxy_redis_init", "proxy_redis_call", "proxy_inject_encoded_data_to_filter_chain"],
    ...["proxy_inject_encoded_data_to_filter_chain_on_header", "proxy_get_upstream_hosts"],
    "proxy_set_upstream_override_host",
  ]),
  ...ofVendor("Gcore", [
    ...["proxy_get_secret", "proxy_get_effective_at_secret", "proxy_secret_get", "proxy_secret_get_effective_at"],
    ...["proxy_dictionary_get", "proxy_kv_store_open", "proxy_kv_store_get", "proxy_kv_store_scan"],
    ...["proxy_kv_store_zrange_by_score", "proxy_kv_store_zscan", "proxy_kv_store_bf_exists"],
  ]),
  ...ofVendor("Envoy", ["envoy_resolve_dns"]),
  ...ofVendor("MOSN", [
    ...["proxy_decode_buffer_bytes", "proxy_encode_buffer_bytes", "proxy_keepalive_buffer_bytes"],
    ...["proxy_reply_keepalive_buffer_bytes", "proxy_hijack_buffer_bytes"],
  ]),
});

function ofVendor(vendor: string, names: readonly string[]): Record<string, string> {
  return Object.fromEntries(names.map((name) => [name, vendor]));
}
