// SPDX-License-Identifier: MIT
/// @file
/// What describes the service: OpenAPI for programs, the same as a page for people.
#include <algorithm>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>
#include <utility>

#include "serve/embedded_file.hpp"
#include "serve/page_policy.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {

namespace {

std::string_view api_file(std::string_view path) {
  const auto files = api_files();
  return std::ranges::find(files, path, &EmbeddedFile::path)->content;
}

/// The description with what only the program knows.
std::string described() {
  constexpr std::string_view mark = "@version@";
  std::string text(api_file("openapi.json"));
  for (std::size_t place = text.find(mark); place != text.npos; place = text.find(mark, place)) {
    text.replace(place, mark.size(), version);
  }
  return text;
}

HttpHandler constant(HttpResponse response) {
  return [response = std::move(response)](HttpRequest&&, const Reply& reply) {
    reply->respond(response);
  };
}

}  // namespace

void add_description_routes(Router& router) {
  router.add({"GET", "/openapi.json", constant({200, described()})});
  const std::string_view docs = api_file("docs.html");
  HttpResponse page{200, std::string(docs), "text/html; charset=utf-8"};
  page.headers = {{"Content-Security-Policy", page_policy(docs)},
                  {"Referrer-Policy", "no-referrer"}};
  router.add({"GET", "/docs", constant(std::move(page))});
}

void add_api_routes(Router& router, Service& service, Cameras& cameras, EventHub& hub,
                    const std::string& default_source) {
  add_health_routes(router, service, cameras);
  add_score_routes(router, service);
  add_heatmap_routes(router, service);
  add_kserve_routes(router, service);
  add_stream_routes(router, cameras);
  add_event_routes(router, hub);
  add_original_routes(router, cameras, default_source);
  add_description_routes(router);
}

}  // namespace fliqe::tools
