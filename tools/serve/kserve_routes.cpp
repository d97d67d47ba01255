// SPDX-License-Identifier: MIT
/// @file
/// The Open Inference Protocol (KServe v2) with its extension for binary data:
/// https://github.com/kserve/open-inference-protocol
#include <algorithm>
#include <charconv>
#include <cstring>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <utility>

#include "io/base64.hpp"
#include "io/json.hpp"
#include "serve/routes.hpp"

namespace fliqe::tools {
namespace {

constexpr const char* header_length = "Inference-Header-Content-Length";

HttpResponse kserve_error(int status, const std::string& message) {
  return {status, dump({{"error", message}})};
}

[[noreturn]] void fail(const std::string& what) {
  throw Error(ErrorCode::invalid_argument, what);
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

/// An output that the client wants.
struct Wanted {
  std::string name;
  bool is_binary = false;
};

struct Inference {
  std::string id;
  std::vector<Wanted> outputs;
};

/// Splits the JSON from the binary data after it.
std::pair<std::string_view, std::string_view> parts_of(const HttpRequest& request,
                                                       std::string_view body) {
  const std::string_view length = request.header("inference-header-content-length");
  if (length.empty()) return {body, {}};
  std::size_t size = 0;
  const auto [end, error] = std::from_chars(length.data(), length.data() + length.size(), size);
  if (error != std::errc() || end != length.data() + length.size() || size > body.size()) {
    fail(std::string(header_length) + ": expected a length within the body, found '" +
         std::string(length) + "'");
  }
  return {body.substr(0, size), body.substr(size)};
}

/// Each element of a BYTES tensor has its length before it, as four bytes, the lowest first.
std::vector<std::string_view> elements_of(std::string_view data) {
  std::vector<std::string_view> elements;
  while (!data.empty()) {
    std::size_t size = 0;
    for (std::size_t i = 0; i < std::min<std::size_t>(4, data.size()); ++i) {
      size |= static_cast<std::size_t>(static_cast<unsigned char>(data[i])) << (8 * i);
    }
    if (data.size() < 4 || size > data.size() - 4) {
      fail("input 'image': an element is longer than the data");
    }
    elements.push_back(data.substr(4, size));
    data.remove_prefix(4 + size);
  }
  return elements;
}

bool asks_for_binary(const Json& output, bool otherwise) {
  const Json parameters = output.value("parameters", Json::object());
  return parameters.value("binary_data", otherwise);
}

Inference read_outputs(const Json& json) {
  Inference inference{json.value("id", ""), {}};
  const Json parameters = json.value("parameters", Json::object());
  const bool all_binary = parameters.value("binary_data_output", false);
  if (!json.contains("outputs")) {
    inference.outputs = {{"quality", all_binary}};
    return inference;
  }
  for (const Json& output : json.at("outputs")) {
    const std::string name = output.at("name");
    if (name != "quality" && name != "embedding") {
      fail("output '" + name + "': expected quality or embedding");
    }
    inference.outputs.push_back({name, asks_for_binary(output, all_binary)});
  }
  return inference;
}

std::size_t element_count(const Json& input) {
  std::size_t count = 1;
  for (const Json& size : input.at("shape")) count *= size.get<std::size_t>();
  return count;
}

/// Pictures in Base64, in a list of one level or more.
void add_base64(const Json& data, ScoringJob& job) {
  for (const Json& each : data) {
    if (each.is_array()) {
      add_base64(each, job);
      continue;
    }
    auto bytes = base64_decoded(each.get_ref<const std::string&>());
    if (!bytes) fail("input 'image': expected Base64");
    job.decoded.push_back(std::move(*bytes));
  }
}

void read_input(const Json& json, std::string_view binary, ScoringJob& job) {
  const Json& inputs = json.at("inputs");
  if (!inputs.is_array() || inputs.size() != 1 || inputs[0].at("name") != "image") {
    fail("inputs: expected one, named 'image'");
  }
  const Json& input = inputs[0];
  if (input.at("datatype") != "BYTES") {
    fail("input 'image': expected datatype BYTES, found " + dump(input.at("datatype")));
  }
  std::vector<std::string_view> pictures;
  const Json parameters = input.value("parameters", Json::object());
  if (parameters.contains("binary_data_size")) {
    if (parameters["binary_data_size"].get<std::size_t>() != binary.size()) {
      fail("input 'image': binary_data_size is not the size of the data");
    }
    pictures = elements_of(binary);
  } else {
    add_base64(input.at("data"), job);
    pictures.assign(job.decoded.begin(), job.decoded.end());
  }
  if (pictures.empty() || pictures.size() != element_count(input)) {
    fail("input 'image': expected as many pictures as its shape says, found " +
         std::to_string(pictures.size()));
  }
  for (const std::string_view picture : pictures) {
    job.items.push_back({"image[" + std::to_string(job.items.size()) + "]", picture});
  }
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

Json output_of(const std::vector<ScoredImage>& images, const Wanted& wanted, std::string& binary) {
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

HttpResponse respond_with(const Inference& inference, const std::vector<ScoredImage>& images) {
  for (const ScoredImage& image : images) {
    if (!image.assessment) return kserve_error(400, image.error);
  }
  Json json{{"model_name", "fliqe"}, {"model_version", version}};
  if (!inference.id.empty()) json["id"] = inference.id;
  json["outputs"] = Json::array();
  std::string binary;
  for (const Wanted& wanted : inference.outputs) {
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
  Inference inference;
  try {
    const auto [text, binary] = parts_of(request, job->body);
    const Json json = Json::parse(text);
    inference = read_outputs(json);
    read_input(json, binary, *job);
  } catch (const std::exception& error) {
    return reply->respond(kserve_error(400, error.what()));
  }
  job->done = [reply, inference](std::vector<ScoredImage>&& images) {
    reply->respond(respond_with(inference, images));
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
