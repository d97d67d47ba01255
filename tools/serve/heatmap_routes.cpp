// SPDX-License-Identifier: MIT
#include <charconv>
#include <exception>
#include <fliqe/base/error.hpp>
#include <fliqe/quality/heat_map.hpp>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "app/causes.hpp"
#include "images/encode.hpp"
#include "images/heat_overlay.hpp"
#include "images/ramp.hpp"
#include "io/json.hpp"
#include "serve/picture_request.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

struct HeatMapRequest {
  std::string name;
  std::string body;
  ThermalOptions thermal;
  HeatMapOptions map;
  ColorRamp ramp = ColorRamp::orange_blue;
};

int grid_from_string(const std::string& text) {
  int grid = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), grid);
  require(error == std::errc() && end == text.data() + text.size() && grid >= 1 && grid <= 32,
          ErrorCode::invalid_argument, "grid: expected 1 to 32, found '" + text + "'");
  return grid;
}

/// @throws Error `invalid_argument` for a wrong query
HeatMapRequest read_heatmap_request(HttpRequest&& request, const ThermalOptions& thermal) {
  HeatMapRequest result;
  result.name = picture_name(request);
  result.thermal = thermal_options(request, thermal);
  const std::string method = request.value("method").value_or("patches");
  require(method == "patches" || method == "occlusion", ErrorCode::invalid_argument,
          "method: expected patches or occlusion, found '" + method + "'");
  if (method == "occlusion") result.map.kind = HeatMapKind::occlusion;
  if (const auto grid = request.value("grid")) {
    result.map.columns = result.map.rows = grid_from_string(*grid);
  }
  const std::string ramp = request.value("ramp").value_or("orange-blue");
  require(ramp == "red-green" || ramp == "orange-blue", ErrorCode::invalid_argument,
          "ramp: expected red-green or orange-blue, found '" + ramp + "'");
  result.ramp = ramp_from_string(ramp);
  result.body = std::move(request.body);
  require(!result.body.empty(), ErrorCode::invalid_argument,
          "body: expected a picture, found none");
  return result;
}

HttpResponse make_heat_map(const Scorer& scorer, const HeatMapRequest& request) {
  try {
    const Picture picture =
        decode_picture(std::as_bytes(std::span(request.body)), request.name, request.thermal);
    const HeatMap map = heat_map(scorer, picture.image, request.map);
    const std::vector<std::byte> png =
        encode_png(heat_overlay(picture.image, map, request.ramp, cause_if_low(scorer, map.whole)));
    HttpResponse response{
        200, {reinterpret_cast<const char*>(png.data()), png.size()}, "image/png"};
    response.headers = {{"Fliqe-Quality", digits9(map.whole.quality)}};
    return response;
  } catch (const std::bad_alloc&) {
    return error_response(422, "unreadable_picture", request.name + ": out of memory");
  } catch (const std::exception& error) {
    return error_response(422, "unreadable_picture", error.what());
  }
}

void draw_heatmap(Service& service, HttpRequest&& request, const Reply& reply) {
  std::shared_ptr<const HeatMapRequest> wanted;
  try {
    wanted = std::make_shared<const HeatMapRequest>(
        read_heatmap_request(std::move(request), service.thermal()));
  } catch (const Error& error) {
    return reply->respond(error_response(400, to_string(error.code()), error.what()));
  }
  const auto work = [&service, reply, wanted](std::size_t) {
    reply->respond(make_heat_map(service.scorer(), *wanted));
  };
  if (!service.is_ready() || !service.queue().put(1, work, [] {})) {
    reply->respond(overloaded(service.is_ready()));
  }
}

}  // namespace

void add_heatmap_routes(Router& router, Service& service) {
  router.add({"POST", "/v1/heatmap", [&service](HttpRequest&& request, const Reply& reply) {
                draw_heatmap(service, std::move(request), reply);
              }});
}

}  // namespace fliqe::tools
