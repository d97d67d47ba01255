// SPDX-License-Identifier: MIT
#include <fliqe/base/error.hpp>
#include <utility>

#include "images/encode.hpp"
#include "io/json.hpp"
#include "serve/cameras.hpp"
#include "serve/routes.hpp"
#include "serve/state_json.hpp"

namespace fliqe::tools {
namespace {

HttpResponse no_stream(const std::string& name) {
  return error_response(404, "unknown_stream", "no stream named '" + name + "'");
}

void list(const Cameras& cameras, const Reply& reply) {
  Json json{{"streams", Json::array()}};
  for (const auto& stream : cameras.watcher().streams())
    json["streams"].push_back(to_json(*stream));
  reply->respond({200, dump(json)});
}

void show(const Cameras& cameras, const std::string& name, const Reply& reply) {
  const auto stream = cameras.watcher().find(name);
  reply->respond(stream ? HttpResponse{200, dump(to_json(*stream))} : no_stream(name));
}

void put(Cameras& cameras, const HttpRequest& request, const Reply& reply) {
  const std::string& name = request.parameters.at("name");
  try {
    const bool is_new = cameras.put(name, request.body);
    reply->respond({is_new ? 201 : 200, dump(to_json(*cameras.watcher().find(name)))});
  } catch (const Error& error) {
    reply->respond(error_response(422, to_string(error.code()), error.what()));
  }
}

void remove(Cameras& cameras, const std::string& name, const Reply& reply) {
  reply->respond(cameras.watcher().remove(name) ? HttpResponse{204, {}} : no_stream(name));
}

void show_frame(const Cameras& cameras, const std::string& name, const Reply& reply) {
  const auto stream = cameras.watcher().find(name);
  if (!stream) return reply->respond(no_stream(name));
  const auto frame = stream->last_frame();
  if (!frame) return reply->respond(error_response(404, "no_frame", "no frame was scored so far"));
  const std::vector<std::byte> bytes = encode_jpeg(frame->image, 85);
  HttpResponse response{
      200, {reinterpret_cast<const char*>(bytes.data()), bytes.size()}, "image/jpeg"};
  response.headers = {{"Fliqe-Quality", digits9(frame->quality)}, {"Cache-Control", "no-store"}};
  reply->respond(std::move(response));
}

}  // namespace

void add_stream_routes(Router& router, Cameras& cameras) {
  const auto by_name = [&cameras](auto action) -> HttpHandler {
    return [&cameras, action](HttpRequest&& request, const Reply& reply) {
      action(cameras, request.parameters.at("name"), reply);
    };
  };
  router.add({"GET", "/v1/streams",
              [&cameras](HttpRequest&&, const Reply& reply) { list(cameras, reply); }});
  router.add({"GET", "/v1/streams/{name}", by_name(show)});
  Route change{"PUT", "/v1/streams/{name}", [&cameras](HttpRequest&& request, const Reply& reply) {
                 put(cameras, request, reply);
               }};
  change.most_body = most_settings;
  router.add(std::move(change));
  router.add({"DELETE", "/v1/streams/{name}", by_name(remove)});
  router.add({"GET", "/v1/streams/{name}/frame.jpg", by_name(show_frame)});
}

void add_event_routes(Router& router, EventHub& hub) {
  router.add({"GET", "/v1/events", [&hub](HttpRequest&& request, const Reply& reply) {
                const std::string last(request.header("last-event-id"));
                const auto client = reply->stream({200, {}, "text/event-stream"});
                hub.add(client, last.empty() ? request.value("last_event_id").value_or("") : last);
              }});
}

}  // namespace fliqe::tools
