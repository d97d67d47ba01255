// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/base/file.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/network_json.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>

#include "commands/commands.hpp"
#include "io/sha256.hpp"
#include "pth/parse_pth.hpp"

namespace fliqe::tools {
namespace {

struct InfoOptions {
  std::string file;
  bool json = false;
};

/// A file and what is in it.
struct Contents {
  FileBytes file;
  weights::TensorSet tensors;

  explicit Contents(const std::string& path)
      : file(path), tensors(parse_weights(file.bytes(), path)) {}

  std::string format() const {
    return pth::looks_like_pth(file.bytes()) ? "PyTorch checkpoint" : "safetensors";
  }
};

/// What the tensors are, or why no network can be made of them.
struct Verdict {
  std::string text;
  std::optional<NetworkSpec> network{};
};

Verdict verdict(const weights::TensorSet& tensors) {
  try {
    const model::WeightsCheck check = model::check_weights(tensors);
    if (!check.passed()) return {check.message()};
    return {check.spec.name + ", " + std::string(model::to_string(check.kind)), check.spec};
  } catch (const Error& error) {
    return {error.what()};
  }
}

std::size_t parameter_count(const weights::TensorSet& tensors) {
  std::size_t count = 0;
  for (const weights::TensorEntry& tensor : tensors.tensors()) {
    if (weights::is_floating_point(tensor.dtype)) count += *weights::element_count(tensor.shape);
  }
  return count;
}

void print_text(const Contents& contents) {
  const auto& [file, tensors] = contents;
  std::printf("file        %s\n", tensors.name().c_str());
  std::printf("format      %s, %zu bytes\n", contents.format().c_str(), file.bytes().size());
  std::printf("sha256      %s\n", sha256(file.bytes()).c_str());
  const auto [text, network] = verdict(tensors);
  std::printf("content     %s\n", text.c_str());
  if (network) std::printf("network     %s\n", to_json(*network).c_str());
  std::printf("parameters  %zu in %zu tensors\n", parameter_count(tensors),
              tensors.tensors().size());
  for (const std::string& note : tensors.notes()) std::printf("note        %s\n", note.c_str());
  for (const auto& [key, value] : tensors.metadata()) {
    std::printf("metadata    %s: %s\n", key.c_str(), value.c_str());
  }
  for (const weights::TensorEntry& tensor : tensors.tensors()) {
    std::printf("tensor      %-4s %-18s %s\n",
                std::string(weights::info(tensor.dtype).name).c_str(),
                weights::to_string(tensor.shape).c_str(), tensor.name.c_str());
  }
}

void print_json(const Contents& contents) {
  const auto& [file, tensors] = contents;
  const auto [text, network] = verdict(tensors);
  nlohmann::ordered_json json{{"file", tensors.name()},
                              {"format", contents.format()},
                              {"bytes", file.bytes().size()},
                              {"sha256", sha256(file.bytes())},
                              {"content", text},
                              {"parameters", parameter_count(tensors)},
                              {"notes", tensors.notes()},
                              {"metadata", tensors.metadata()}};
  if (network) json["network"] = nlohmann::ordered_json::parse(to_json(*network));
  for (const weights::TensorEntry& tensor : tensors.tensors()) {
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
    const Contents contents(options->file);
    options->json ? print_json(contents) : print_text(contents);
  });
}

}  // namespace fliqe::tools
