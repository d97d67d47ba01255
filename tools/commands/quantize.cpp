// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <cmath>
#include <cstdio>
#include <fliqe/base/file.hpp>
#include <fliqe/model/calibration.hpp>
#include <fliqe/model/step.hpp>
#include <fliqe/weights/load_weights.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "app/model_options.hpp"
#include "commands/commands.hpp"
#include "dataset/picture_set.hpp"
#include "io/output.hpp"
#include "quantize/model_quantizer.hpp"
#include "quantize/score_differences.hpp"
#include "weights/file_metadata.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

struct QuantizeOptions {
  std::string input;
  std::string output;
  PictureSet pictures;
  std::string clip = "auto";
  int threads = 0;
};

std::vector<Image> load_pictures(const PictureSet& set) {
  std::vector<Image> pictures;
  set.for_each([&](KnownPicture&& picture) { pictures.push_back(std::move(picture.image)); });
  return pictures;
}

/// Adds an output, NHWC without gaps, to the histogram of each channel.
void add_channels(std::span<const float> values, int count,
                  std::vector<model::ActivationHistogram>& channels) {
  channels.resize(static_cast<std::size_t>(count));
  std::vector<float> channel;
  for (std::size_t c = 0; c < channels.size(); ++c) {
    channel.clear();
    for (std::size_t i = c; i < values.size(); i += channels.size()) channel.push_back(values[i]);
    channels[c].add(channel);
  }
}

/// How far a layer's outputs in bytes lie from those in f32.
struct LayerError {
  double error = 0, signal = 0;

  void add(std::span<const float> expected, std::span<const float> found) {
    for (std::size_t i = 0; i < expected.size(); ++i) {
      const double difference = found[i] - expected[i];
      error += difference * difference;
      signal += static_cast<double>(expected[i]) * expected[i];
    }
  }
  double relative() const { return signal == 0 ? 0 : std::sqrt(error / signal); }
};

class Quantization {
 public:
  explicit Quantization(const QuantizeOptions& options)
      : options_(options),
        file_(options.input),
        source_(parse_weights(file_.bytes(), options.input)),
        quantizer_(source_),
        pictures_(load_pictures(options.pictures)),
        reference_(equalized()) {}

  void run() {
    observe();
    const Choice choice = best_clip();
    const weights::TensorSet quantized = quantized_by(choice);
    report_layers(quantized);
    const std::string file = serialize_safetensors(quantized);
    write_file(options_.output, file);
    std::fprintf(stderr, "%s -> %s: %zu bytes, clip %s, %zu pictures\n", options_.input.c_str(),
                 options_.output.c_str(), file.size(), std::string(to_string(choice.rule)).c_str(),
                 pictures_.size());
  }

 private:
  /// The scorer in f32, its stem's channels made similar in range where the network allows it.
  Scorer equalized() {
    if (quantizer_.can_equalize()) quantizer_.equalize(stem_ranges());
    return f32_scorer();
  }

  /// How far each channel of the stem's output reaches over the pictures.
  std::vector<float> stem_ranges() const {
    const Scorer scorer = f32_scorer();
    const std::string& stem = quantizer_.convolutions().front().name;
    std::vector<model::ActivationHistogram> channels;
    for (const Image& picture : pictures_) {
      scorer.observe(picture, [&](const model::Step& step, const std::vector<float>& values) {
        if (step.name == stem) add_channels(values, step.output.layout.shape.c, channels);
      });
    }
    std::vector<float> ranges;
    for (const model::ActivationHistogram& channel : channels) {
      ranges.push_back(channel.clip(model::ClipRule::percentile_99_99, 255));
    }
    return ranges;
  }

  Scorer f32_scorer() const {
    return Scorer(quantizer_.tensors(),
                  {.threads = options_.threads, .precision = PrecisionKind::f32});
  }

  /// A clip rule and what it does to the scores, where the weights give any.
  struct Choice {
    model::ClipRule rule;
    std::optional<ScoreDifferences> differences{};
  };

  /// The rule that the user named, or that which changes scores least.
  Choice best_clip() {
    const auto named = model::clip_rule_from_string(options_.clip);
    if (!reference_.has_score()) {
      return {named.value_or(model::ClipRule::largest)};
    }
    for (const Image& picture : pictures_) {
      qualities_.push_back(reference_.estimate_image_quality(picture));
    }
    std::optional<Choice> best;
    for (const model::ClipRule rule : model::all_clip_rules) {
      if (named && rule != *named) continue;
      const ScoreDifferences differences = differences_of(rule);
      std::printf("clip %-8s quality differs by %.4f on average, %.4f at most\n",
                  std::string(to_string(rule)).c_str(), differences.mean(), differences.largest());
      if (!best || differences.mean() < best->differences->mean()) best = {rule, differences};
    }
    return *best;
  }

  /// Runs the network in f32 and keeps how far its outputs reach and the means of its inputs.
  void observe() {
    std::map<std::string, WindowMean> inputs;
    for (const Image& picture : pictures_) {
      struct Output {
        std::string input;  ///< the step that it was computed from
        TensorShape size;
        std::vector<float> values;
      };
      std::map<std::string, Output> outputs;  // by step
      reference_.observe(picture, [&](const model::Step& step, std::vector<float> values) {
        histograms_[step.name].add(values);
        outputs[step.name] = {step.input, step.output.layout.shape, std::move(values)};
      });
      for (const model::Operation& layer : quantizer_.layers()) {
        const Output& input = outputs.at(outputs.at(layer.name).input);
        inputs[layer.name].add(layer.shape, input.size, input.values);
      }
    }
    quantizer_.quantize(inputs);
  }

  weights::TensorSet quantized_by(const Choice& choice) {
    std::map<std::string, float> scales;
    for (const model::Operation& convolution : quantizer_.convolutions()) {
      const int steps = ModelQuantizer::steps_of(convolution);
      const float clip = histograms_.at(convolution.name).clip(choice.rule, steps);
      scales[convolution.name] = (clip > 0 ? clip : 1.0f) / static_cast<float>(steps);
    }
    auto metadata = describe(source_, file_.bytes(), model::check_weights(source_), "I8");
    metadata["calibration_clip"] = to_string(choice.rule);
    metadata["calibration_pictures"] = std::to_string(pictures_.size());
    if (choice.differences) {
      metadata["calibration_quality_difference_mean"] = std::to_string(choice.differences->mean());
      metadata["calibration_quality_difference_max"] =
          std::to_string(choice.differences->largest());
    }
    return quantizer_.result(scales, std::move(metadata));
  }

  Scorer int8_scorer(const weights::TensorSet& quantized) const {
    return Scorer(quantized, {.threads = options_.threads, .precision = PrecisionKind::int8});
  }

  ScoreDifferences differences_of(model::ClipRule rule) {
    const Scorer scorer = int8_scorer(quantized_by({rule}));
    ScoreDifferences differences;
    for (std::size_t i = 0; i < pictures_.size(); ++i) {
      differences.add(qualities_[i], scorer.estimate_image_quality(pictures_[i]));
    }
    return differences;
  }

  /// The error that has gathered after each layer, on a few pictures.
  void report_layers(const weights::TensorSet& quantized) {
    constexpr std::size_t enough = 8;
    const Scorer scorer = int8_scorer(quantized);
    std::map<std::string, LayerError> errors;
    for (std::size_t i = 0; i < std::min(enough, pictures_.size()); ++i) {
      std::map<std::string, std::vector<float>> expected;
      reference_.observe(pictures_[i], [&](const model::Step& step, std::vector<float> values) {
        expected[step.name] = std::move(values);
      });
      scorer.observe(pictures_[i], [&](const model::Step& step, const std::vector<float>& values) {
        const auto found = expected.find(step.name);
        if (found != expected.end()) errors[step.name].add(found->second, values);
      });
    }
    for (const model::Operation& convolution : quantizer_.convolutions()) {
      const std::string& name = convolution.name;
      std::printf("layer %-44s largest %10.4g  error %6.2f %%\n", name.c_str(),
                  histograms_.at(name).largest(), 100 * errors[name].relative());
    }
  }

  const QuantizeOptions& options_;
  FileBytes file_;
  weights::TensorSet source_;
  ModelQuantizer quantizer_;
  std::vector<Image> pictures_;
  Scorer reference_;
  std::map<std::string, model::ActivationHistogram> histograms_;
  std::vector<double> qualities_;
};

}  // namespace

void add_quantize_command(CLI::App& app, Exit&) {
  auto options = std::make_shared<QuantizeOptions>();
  CLI::App* command = app.add_subcommand(
      "quantize", "Make weights in bytes, which compute several times faster, from f32 ones");
  command->footer(
      "The pictures show how far each layer's outputs reach: some dozen of your own, good and "
      "bad.\n"
      "Printed are the change of their scores and, layer by layer, the error in percent of the\n"
      "signal. Check the result on other pictures: fliqe compare-precision.");
  command->add_option("input", options->input, "a safetensors file or a .pth checkpoint")
      ->required();
  options->pictures.add_images_option(*command)->required();
  command->add_option("-o,--output", options->output, "the safetensors file to write")->required();
  command
      ->add_option("--clip", options->clip,
                   "where bytes end: max, p99.999, p99.99, mse, or auto: what changes scores least")
      ->check(CLI::IsMember({"auto", "max", "p99.999", "p99.99", "mse"}));
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->callback([options] { Quantization(*options).run(); });
}

}  // namespace fliqe::tools
