// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/model/weights_manifest.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands/commands.hpp"
#include "weights/weights_source.hpp"

namespace fliqe::tools {
namespace {

struct InfoOptions {
  std::string file;
  bool json = false;
};

/// What the tensors are, or why no network can be made of them.
struct Content {
  std::string verdict;
  std::optional<NetworkSpec> network{};
};

Content content_of(const WeightsSource& source) {
  try {
    const model::WeightsCheck check =
        model::check_weights(source.tensors(), source.path(), source.metadata());
    if (!check.passed()) return {check.message()};
    return {check.spec.name + ", " + std::string(model::to_string(check.kind)), check.spec};
  } catch (const Error& error) {
    return {error.what()};
  }
}

std::size_t parameter_count(const WeightsSource& source) {
  std::size_t count = 0;
  for (const weights::TensorEntry& tensor : source.tensors()) {
    if (weights::is_floating_point(tensor.dtype)) count += *weights::element_count(tensor.shape);
  }
  return count;
}

void print_text(const WeightsSource& source) {
  std::printf("file        %s\n", source.path().c_str());
  std::printf("format      %s, %zu bytes\n", source.format().c_str(), source.file_size());
  std::printf("sha256      %s\n", source.sha256().c_str());
  const Content content = content_of(source);
  std::printf("content     %s\n", content.verdict.c_str());
  if (content.network) std::printf("network     %s\n", to_json(*content.network).c_str());
  std::printf("parameters  %zu in %zu tensors\n", parameter_count(source), source.tensors().size());
  for (const std::string& note : source.notes()) std::printf("note        %s\n", note.c_str());
  for (const auto& [key, value] : source.metadata()) {
    std::printf("metadata    %s: %s\n", key.c_str(), value.c_str());
  }
  for (const weights::TensorEntry& tensor : source.tensors()) {
    std::printf("tensor      %-4s %-18s %s\n",
                std::string(weights::info(tensor.dtype).name).c_str(),
                weights::to_string(tensor.shape).c_str(), tensor.name.c_str());
  }
}

void print_json(const WeightsSource& source) {
  const Content content = content_of(source);
  nlohmann::ordered_json json{
      {"file", source.path()},       {"format", source.format()},
      {"bytes", source.file_size()}, {"sha256", source.sha256()},
      {"content", content.verdict},  {"parameters", parameter_count(source)},
      {"notes", source.notes()},     {"metadata", source.metadata()}};
  if (content.network) {
    json["network"] = nlohmann::ordered_json::parse(to_json(*content.network));
  }
  for (const weights::TensorEntry& tensor : source.tensors()) {
    json["tensors"].push_back({{"name", tensor.name},
                               {"dtype", weights::info(tensor.dtype).name},
                               {"shape", tensor.shape}});
  }
  constexpr auto replace = nlohmann::ordered_json::error_handler_t::replace;
  std::printf("%s\n", json.dump(2, ' ', false, replace).c_str());
}

}  // namespace

void add_info_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<InfoOptions>();
  CLI::App* command =
      app.add_subcommand("info", "Show metadata, tensors and hash of a weights file");
  command->add_option("file", options->file, "a safetensors file or a .pth checkpoint")->required();
  command->add_flag("--json", options->json, "as JSON");
  command->callback([options] {
    const WeightsSource source(options->file);
    options->json ? print_json(source) : print_text(source);
  });
}

}  // namespace fliqe::tools
