// A filter in C++, with the names and habits of emscripten's and wasi-sdk's output: what tests ask of it, it does.
#include <cstdint>
#include <cstdlib>
#include <iostream>
#include <map>
#include <memory>
#include <string>

#define HOST(name) extern "C" __attribute__((import_module("env"), import_name(#name)))
#define EXPORT(name) extern "C" __attribute__((export_name(#name)))

HOST(proxy_log) int proxy_log(int level, const char *at, size_t size);
HOST(proxy_get_buffer_bytes) int proxy_get_buffer_bytes(int type, size_t start, size_t max, char **at, size_t *size);
HOST(proxy_set_buffer_bytes) int proxy_set_buffer_bytes(int type, size_t start, size_t length, const char *at, size_t size);
HOST(proxy_get_header_map_value) int proxy_get_header_map_value(int map, const char *key, size_t, char **at, size_t *size);
HOST(proxy_add_header_map_value) int proxy_add_header_map_value(int map, const char *key, size_t, const char *, size_t);
HOST(proxy_send_local_response) int proxy_send_local_response(int, const char *, size_t, const char *, size_t, const char *, size_t, int);

namespace {

const int REQUEST = 0, RESPONSE = 2, REQUEST_BODY = 0, PLUGIN_CONFIG = 7;
const int INFO = 2;

struct Stream {
  size_t seen = 0;
};

std::string config;
std::map<uint32_t, std::unique_ptr<Stream>> streams;

std::string take(char *at, size_t size) {
  std::string text(at == nullptr ? "" : at, size);
  free(at);
  return text;
}

std::string buffer(int type, size_t size) {
  char *at = nullptr;
  size_t length = 0;
  return proxy_get_buffer_bytes(type, 0, size, &at, &length) == 0 ? take(at, length) : "";
}

void add(int map, const std::string &name, const std::string &value) {
  if (proxy_add_header_map_value(map, name.data(), name.size(), value.data(), value.size()) != 0) abort();
}

} // namespace

EXPORT(proxy_abi_version_0_2_1) void proxy_abi_version_0_2_1() {}
EXPORT(malloc) void *exported_malloc(size_t size) { return malloc(size); }

EXPORT(proxy_on_configure) uint32_t proxy_on_configure(uint32_t, size_t size) {
  config = buffer(PLUGIN_CONFIG, size);
  std::cout << "configured" << std::endl;
  return 1;
}

EXPORT(proxy_on_context_create) void proxy_on_context_create(uint32_t id, uint32_t root) {
  if (root != 0) streams[id] = std::make_unique<Stream>();
}

EXPORT(proxy_on_request_headers) uint32_t proxy_on_request_headers(uint32_t id, uint32_t, uint32_t) {
  char *at = nullptr;
  size_t size = 0;
  std::string op = proxy_get_header_map_value(REQUEST, "op", 2, &at, &size) == 0 ? take(at, size) : "";
  add(REQUEST, "x-config", config);
  if (op == "deny") {
    const std::string why("\1\0\0\0\5\0\0\0\7\0\0\0x-why\0because\0", 26);
    proxy_send_local_response(403, "", 0, "no", 2, why.data(), why.size(), -1);
    return 1;
  }
  if (op == "panic") {
    std::cerr << "as asked" << std::endl;
    abort();
  }
  return 0;
}

EXPORT(proxy_on_request_body) uint32_t proxy_on_request_body(uint32_t id, size_t size, uint32_t end) {
  streams.at(id)->seen = size;
  if (!end) return 1;
  const std::string body = "[" + buffer(REQUEST_BODY, size) + "]";
  proxy_set_buffer_bytes(REQUEST_BODY, 0, size, body.data(), body.size());
  return 0;
}

EXPORT(proxy_on_response_headers) uint32_t proxy_on_response_headers(uint32_t, uint32_t, uint32_t) {
  add(RESPONSE, "x-sdk", "seen");
  return 0;
}

EXPORT(proxy_on_log) void proxy_on_log(uint32_t) { proxy_log(INFO, "done", 4); }
EXPORT(proxy_on_delete) void proxy_on_delete(uint32_t id) { streams.erase(id); }
