// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cstdio>
#include <fliqe/base/byte_reader.hpp>
#include <fliqe/base/file.hpp>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/network_json.hpp>
#include <fliqe/model/resolve_precision.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <map>
#include <string>

#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "dataset/picture_set.hpp"
#include "quantize/score_differences.hpp"
#include "weights/element_type.hpp"
#include "weights/file_metadata.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

struct ConvertOptions {
  std::string input;
  std::string output;
  std::string network;  ///< a file that describes it
  weights::DType precision = weights::DType::f32;
  PictureSet pictures;
};

/// Records in the metadata by how much bfloat16 changes the scores, for `--precision auto`.
void measure_bf16(const PictureSet& pictures, weights::TensorSet& tensors) {
  const Scorer exact(tensors, {.precision = PrecisionKind::f32});
  const Scorer rounded(tensors, {.precision = PrecisionKind::bf16});
  ScoreDifferences differences;
  pictures.for_each([&](const KnownPicture& picture) {
    differences.add(exact.estimate_image_quality(picture.image),
                    rounded.estimate_image_quality(picture.image));
  });
  weights::TensorSet::Metadata& metadata = tensors.metadata();
  metadata["bf16_pictures"] = std::to_string(differences.count());
  metadata[model::bf16_mean_key] = std::to_string(differences.mean());
  metadata[model::bf16_max_key] = std::to_string(differences.largest());
  std::fprintf(stderr,
               "bf16 changes the quality of %zu pictures by %.4f on average, %.4f at most\n",
               differences.count(), differences.mean(), differences.largest());
}

NetworkSpec read_network(const std::string& path) {
  const FileBytes file(path);
  return network_from_json(detail::as_text(file.bytes()), path);
}

void convert(const ConvertOptions& options) {
  const FileBytes file(options.input);
  weights::TensorSet source = parse_weights(file.bytes(), options.input);
  if (!options.network.empty()) {
    source.metadata()[model::network_key] = to_json(read_network(options.network));
  }
  const model::WeightsCheck check = model::require_weights(source);

  const std::string precision(weights::info(options.precision).name);
  weights::TensorSet kept(options.input, {}, describe(source, file.bytes(), check, precision));
  for (const weights::TensorEntry& tensor : source.tensors()) {
    if (std::ranges::find(check.ignored, tensor.name) == check.ignored.end()) {
      kept.add(tensor);
    }
  }
  kept = with_element_type(kept, options.precision);
  if (!options.pictures.images.empty()) measure_bf16(options.pictures, kept);
  write_safetensors(options.output, kept);

  for (const std::string& note : source.notes()) std::fprintf(stderr, "note: %s\n", note.c_str());
  for (const std::string& name : check.ignored) {
    std::fprintf(stderr, "note: left out '%s': FLIQE has no classification layer\n", name.c_str());
  }
  std::fprintf(stderr, "%s: %s, %s, %zu tensors, %s -> %s\n", options.input.c_str(),
               check.spec.name.c_str(), std::string(model::to_string(check.kind)).c_str(),
               kept.tensors().size(), precision.c_str(), options.output.c_str());
}

}  // namespace

void add_convert_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<ConvertOptions>();
  CLI::App* command = app.add_subcommand(
      "convert", "Check a .pth or safetensors file and write it as safetensors, with metadata");
  command->add_option("input", options->input, "a .pth checkpoint or a safetensors file")
      ->required();
  command->add_option("output", options->output, "the safetensors file to write")->required();
  const std::map<std::string, weights::DType> precisions{
      {"f32", weights::DType::f32}, {"f16", weights::DType::f16}, {"bf16", weights::DType::bf16}};
  command->add_option("--precision", options->precision, "how matrices are stored: f32, f16, bf16")
      ->transform(CLI::CheckedTransformer(precisions, CLI::ignore_case));
  command->add_option("--network", options->network,
                      "a JSON file that describes the network, where it is none of the built-in\n"
                      "ones; the output keeps the description in its metadata");
  options->pictures.add_images_option(*command)->description(
      "measure with these pictures how much bf16 changes the scores, and record it in the file for "
      "--precision auto");
  command->callback([options] { convert(*options); });
}

}  // namespace fliqe::tools
