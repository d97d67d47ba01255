// SPDX-License-Identifier: MIT
#include <algorithm>
#include <string>
#include <utility>

#include "serve/embedded_file.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

std::string_view content_type(std::string_view path) {
  if (path.ends_with(".html")) return "text/html; charset=utf-8";
  if (path.ends_with(".js")) return "text/javascript; charset=utf-8";
  if (path.ends_with(".css")) return "text/css; charset=utf-8";
  if (path.ends_with(".svg")) return "image/svg+xml";
  return "text/plain; charset=utf-8";
}

/// Whatever a page shows, it runs no script but its own and asks no other server.
HttpFields page_headers() {
  return {{"Content-Security-Policy",
           "default-src 'self'; img-src 'self' blob: data:; object-src 'none'; base-uri 'none'; "
           "form-action 'none'; frame-ancestors 'none'"},
          {"X-Content-Type-Options", "nosniff"},
          {"Referrer-Policy", "no-referrer"},
          {"Cache-Control", "no-cache"}};
}

void send_file(const EmbeddedFile& file, const Reply& reply) {
  HttpResponse response{200, std::string(file.content), std::string(content_type(file.path))};
  response.headers = page_headers();
  reply->respond(std::move(response));
}

}  // namespace

void add_page_routes(Router& router) {
  for (const EmbeddedFile& file : page_files()) {
    const std::string path = file.path == "index.html" ? "/" : "/page/" + std::string(file.path);
    router.add(
        {"GET", path, [&file](HttpRequest&&, const Reply& reply) { send_file(file, reply); }});
  }
}

}  // namespace fliqe::tools
