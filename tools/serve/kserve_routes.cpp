// SPDX-License-Identifier: MIT
/// @file
/// The Open Inference Protocol (KServe v2) with its extension for binary data:
/// https://github.com/kserve/open-inference-protocol
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <utility>

#include "io/json.hpp"
#include "serve/kserve_request.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

constexpr const char* header_length = "Inference-Header-Content-Length";

HttpResponse kserve_error(int status, const std::string& message) {
  return {status, dump({{"error", message}})};
}

Json metadata(const Scorer& scorer) {
  return {
      {"name", "fliqe"},
      {"versions", {version}},
      {"platform", "fliqe"},
      {"inputs", {{{"name", "image"}, {"datatype", "BYTES"}, {"shape", {-1}}}}},
      {"outputs",
       {{{"name", "quality"}, {"datatype", "FP64"}, {"shape", {-1}}},
        {{"name", "embedding"}, {"datatype", "FP32"}, {"shape", {-1, scorer.spec().embedding}}}}}};
}

/// Values of an output, as JSON or appended to the binary data.
template <class T>
void put_values(const std::vector<T>& values, bool is_binary, Json& output, std::string& binary) {
  if (!is_binary) {
    for (const T value : values) output["data"].push_back(value);
    return;
  }
  const std::size_t size = values.size() * sizeof(T);
  output["parameters"] = {{"binary_data_size", size}};
  binary.append(reinterpret_cast<const char*>(values.data()), size);
}

Json output_of(const std::vector<ScoredImage>& images, const KserveOutput& wanted,
               std::string& binary) {
  if (wanted.name == "quality") {
    Json output{{"name", wanted.name}, {"datatype", "FP64"}, {"shape", {images.size()}}};
    std::vector<double> values;
    for (const ScoredImage& image : images) values.push_back(image.assessment->quality);
    put_values(values, wanted.is_binary, output, binary);
    return output;
  }
  const std::size_t length = images.front().assessment->embedding.size();
  Json output{{"name", wanted.name}, {"datatype", "FP32"}, {"shape", {images.size(), length}}};
  std::vector<float> values;
  for (const ScoredImage& image : images) {
    values.insert(values.end(), image.assessment->embedding.begin(),
                  image.assessment->embedding.end());
  }
  put_values(values, wanted.is_binary, output, binary);
  return output;
}

HttpResponse respond_with(const std::string& id, const std::vector<KserveOutput>& outputs,
                          const std::vector<ScoredImage>& images) {
  for (const ScoredImage& image : images) {
    if (!image.assessment) return kserve_error(400, image.error);
  }
  Json json{{"model_name", "fliqe"}, {"model_version", version}};
  if (!id.empty()) json["id"] = id;
  json["outputs"] = Json::array();
  std::string binary;
  for (const KserveOutput& wanted : outputs) {
    json["outputs"].push_back(output_of(images, wanted, binary));
  }
  HttpResponse response{200, dump(json)};
  if (binary.empty()) return response;
  response.headers = {{header_length, std::to_string(response.body.size())}};
  response.type = "application/octet-stream";
  response.body += binary;
  return response;
}

void infer(Service& service, HttpRequest&& request, const Reply& reply) {
  auto job = std::make_unique<ScoringJob>();
  job->thermal = service.thermal();
  job->body = std::move(request.body);
  KserveRequest parsed;
  try {
    parsed = parse_kserve_request(job->body, request.header("inference-header-content-length"));
  } catch (const Error& error) {
    return reply->respond(kserve_error(400, error.what()));
  }
  for (const std::string_view picture : parsed.pictures) {
    job->items.push_back({"image[" + std::to_string(job->items.size()) + "]", picture});
  }
  job->decoded = std::move(parsed.decoded);
  job->done = [reply, id = std::move(parsed.id),
               outputs = std::move(parsed.outputs)](std::vector<ScoredImage>&& images) {
    reply->respond(respond_with(id, outputs, images));
  };
  if (!service.is_ready() || !service.queue().put(std::move(job))) {
    reply->respond(kserve_error(service.is_ready() ? 429 : 503, "the service is overloaded"));
  }
}

/// "ready" of the model or the service.
HttpHandler readiness(Service& service) {
  return [&service](HttpRequest&&, const Reply& reply) {
    reply->respond(service.is_ready() ? HttpResponse{200, R"({"ready":true})"}
                                      : HttpResponse{503, R"({"ready":false})"});
  };
}

}  // namespace

void add_kserve_routes(Router& router, Service& service) {
  const auto constant = [](const Json& json) -> HttpHandler {
    return [text = dump(json)](HttpRequest&&, const Reply& reply) { reply->respond({200, text}); };
  };
  router.add(
      {"GET", "/v2",
       constant(
           {{"name", "fliqe"}, {"version", version}, {"extensions", {"binary_tensor_data"}}})});
  router.add({"GET", "/v2/health/live", constant({{"live", true}}), true});
  router.add({"GET", "/v2/health/ready", readiness(service), true});
  const HttpHandler model = constant(metadata(service.scorer()));
  const HttpHandler inference = [&service](HttpRequest&& request, const Reply& reply) {
    infer(service, std::move(request), reply);
  };
  for (const std::string& path :
       {std::string("/v2/models/fliqe"), std::string("/v2/models/fliqe/versions/") + version}) {
    router.add({"GET", path, model});
    router.add({"GET", path + "/ready", readiness(service)});
    router.add({"POST", path + "/infer", inference});
  }
}

}  // namespace fliqe::tools
