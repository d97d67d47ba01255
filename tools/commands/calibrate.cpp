// SPDX-License-Identifier: MIT
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <fliqe/base/file.hpp>
#include <fliqe/eval/metrics.hpp>
#include <fliqe/model/check_weights.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "app/model_options.hpp"
#include "app/progress.hpp"
#include "commands/commands.hpp"
#include "dataset/picture_set.hpp"
#include "io/json.hpp"
#include "train/camera_offset.hpp"
#include "weights/element_type.hpp"
#include "weights/file_metadata.hpp"
#include "weights/open_weights.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

struct CalibrateOptions {
  PictureSet pictures;
  std::string output;
  std::string weights;
  std::string camera;
  std::vector<std::string> reference;
  double clean_quality = 0.996;
  bool again = false;
  bool json = false;
  int threads = 0;
};

/// What the network says of a camera's pictures and of their copies under the trained faults.
struct CameraLogits {
  std::vector<std::string> paths;
  std::vector<double> clean, spoilt;

  /// The chance that a spoilt copy gets a lower quality than a clean picture.
  double roc_auc() const {
    std::vector<Outcome> outcomes;
    for (const double logit : clean) outcomes.push_back({false, logit});
    for (const double logit : spoilt) outcomes.push_back({true, logit});
    return fliqe::roc_auc(roc_curve(outcomes));
  }
};

CameraLogits measure(PictureSet set, const Scorer& scorer, std::size_t& failed) {
  CameraLogits logits;
  set.distorted = true;
  Progress progress("images", set.count());
  failed += set.for_each([&](const KnownPicture& picture) {
    const auto logit = static_cast<double>(scorer.assess(picture.image).logit);
    const bool is_clean = is_clean_label(picture.label);
    (is_clean ? logits.clean : logits.spoilt).push_back(logit);
    if (is_clean) logits.paths.push_back(picture.path);
    progress.show(logits.clean.size() + logits.spoilt.size());
  });
  return logits;
}

/// The median of the folders' medians: a camera with many pictures counts once.
double reference_logit(const CalibrateOptions& options, const Scorer& scorer, std::size_t& failed) {
  PictureSet set = options.pictures;
  set.images = options.reference;
  set.distorted = false;
  std::map<std::string, std::vector<double>> folders;
  failed += set.for_each([&](const KnownPicture& picture) {
    folders[picture.source].push_back(static_cast<double>(scorer.assess(picture.image).logit));
  });
  std::vector<double> medians;
  for (const auto& [folder, logits] : folders) medians.push_back(median_of(logits));
  return median_of(medians);
}

double quality_of(double logit) {
  return 1 / (1 + std::exp(logit));
}

double share_above(const std::vector<double>& logits, double limit) {
  return static_cast<double>(
             std::ranges::count_if(logits, [limit](double logit) { return logit > limit; })) /
         static_cast<double>(logits.size());
}

/// All that the user is told.
struct CalibrationReport {
  std::string weights, output, camera;
  CameraOffset offset;
  CameraLogits logits;

  /// The figures with this much added to every logit.
  Json figures(double added) const {
    return {{"median_quality", rounded9(quality_of(offset.median + added))},
            {"clean_called_distorted", rounded9(share_above(logits.clean, -added))},
            {"spoilt_copies_found", rounded9(share_above(logits.spoilt, -added))}};
  }

  std::vector<std::string> warnings() const;
};

std::vector<std::string> CalibrationReport::warnings() const {
  constexpr std::size_t enough = 10;
  constexpr double told_apart = 0.8;
  std::vector<std::string> warnings;
  if (offset.pictures < enough) {
    warnings.push_back(std::to_string(offset.pictures) + " pictures are few: take " +
                       std::to_string(enough) + " or more, of different scenes");
  }
  for (const std::size_t i : offset.outliers) {
    warnings.push_back(logits.paths[i] + ": quality " +
                       digits9(rounded9(quality_of(logits.clean[i]))) +
                       " is far from that of the others: is it a clean picture of this camera?");
  }
  if (offset.median > 0) {
    warnings.emplace_back(
        "most of these pictures are called distorted: look at them; if they are not clean, the "
        "offset hides faults");
  }
  if (logits.roc_auc() < told_apart) {
    warnings.push_back(
        "the network hardly distinguishes these pictures from spoilt copies of them "
        "(ROC AUC " +
        digits9(std::round(1000 * logits.roc_auc()) / 1000) +
        "): they may have faults themselves, or need a head of their own "
        "(docs/training.md); an offset does not help");
  }
  return warnings;
}

Json to_json(const CalibrationReport& r) {
  return {{"weights", r.weights},
          {"output", r.output},
          {"camera", r.camera},
          {"pictures", r.offset.pictures},
          {"median_logit", rounded9(r.offset.median)},
          {"spread", rounded9(r.offset.spread)},
          {"clean_logit", rounded9(r.offset.clean_logit)},
          {"offset", rounded9(r.offset.offset)},
          {"roc_auc", rounded9(r.logits.roc_auc())},
          {"before", r.figures(0)},
          {"after", r.figures(r.offset.offset)},
          {"warnings", r.warnings()}};
}

void print_text(const CalibrationReport& r) {
  const CameraOffset& offset = r.offset;
  const Json before = r.figures(0), after = r.figures(offset.offset);
  const auto row = [&](const char* name, const char* key, double scale, const char* unit) {
    std::printf("%-26s %8.3g%s %8.3g%s\n", name, scale * before[key].get<double>(), unit,
                scale * after[key].get<double>(), unit);
  };
  std::printf(
      "%zu clean pictures: median logit %.3f, spread %.3f; clean pictures in general %.3f\n",
      offset.pictures, offset.median, offset.spread, offset.clean_logit);
  std::printf("offset %+.3f to every logit of \"distorted\", shrunk by %zu / (%zu + %g)\n\n",
              offset.offset, offset.pictures, offset.pictures, CameraOffset::few);
  std::printf("%-26s %8s   %8s\n", "", "before", "after");
  row("median quality", "median_quality", 1, "  ");
  row("clean called distorted", "clean_called_distorted", 100, " %");
  row("spoilt copies found", "spoilt_copies_found", 100, " %");
  std::printf("ROC AUC %.3f, which no offset changes\n", r.logits.roc_auc());
  for (const std::string& warning : r.warnings()) std::printf("\nwarning: %s\n", warning.c_str());
}

/// Weights of a checkpoint with what a weights file records; others as they are.
weights::TensorSet with_metadata(weights::TensorSet tensors) {
  if (tensors.metadata("fliqe_format")) return tensors;
  const FileBytes file(tensors.name());
  tensors.metadata() = describe(tensors, file.bytes(), model::require_weights(tensors), "F32");
  return with_element_type(tensors, weights::DType::f32);
}

/// The weights to calibrate, as they were before an earlier calibration if that is to be replaced.
weights::TensorSet open_uncalibrated(const CalibrateOptions& options) {
  weights::TensorSet tensors = open_weights(resolve_weights(options.weights));
  require_score_head(tensors);
  const auto record = CameraRecord::of(tensors);
  require(!record || options.again, ErrorCode::invalid_argument,
          tensors.name() + ": expected weights without a camera's offset, found one of " +
              digits9(record ? record->offset : 0) + " from " +
              std::to_string(record ? record->pictures : 0) + " pictures" +
              (record && !record->camera.empty() ? " of '" + record->camera + "'" : "") +
              ": --again replaces it");
  return without_camera_offset(with_metadata(std::move(tensors)));
}

Exit calibrate(const CalibrateOptions& options) {
  const weights::TensorSet base = open_uncalibrated(options);
  const Scorer scorer(base, {.threads = options.threads});
  std::size_t failed = 0;
  const double clean_logit = options.reference.empty() ? std::log(1 / options.clean_quality - 1)
                                                       : reference_logit(options, scorer, failed);
  CalibrationReport report{
      base.name(), options.output, options.camera, {}, measure(options.pictures, scorer, failed)};
  report.offset = CameraOffset::fit(report.logits.clean, clean_logit);
  const weights::TensorSet calibrated = with_camera_offset(base, report.offset, options.camera);
  write_safetensors(options.output, calibrated);
  if (options.json) {
    std::printf("%s\n", dump(to_json(report), 2).c_str());
  } else {
    print_text(report);
  }
  if (base.metadata("bf16_pictures")) {
    std::fprintf(stderr,
                 "note: what the file recorded of bf16 holds no longer and is left out; "
                 "`fliqe convert --images` measures it\n");
  }
  return failed == 0 ? Exit::success : Exit::some_failed;
}

}  // namespace

void add_calibrate_command(CLI::App& app, Exit& result) {
  auto options = std::make_shared<CalibrateOptions>();
  CLI::App* command = app.add_subcommand(
      "calibrate", "Fit the scores to a camera by an offset, from a few clean pictures of it");
  command->footer(
      "Twenty pictures of different scenes, looked through for faults, are enough. The offset "
      "goes\n"
      "into the weights: every program that reads them gives the same scores, in any precision.");
  options->pictures.add_images_option(*command)->required()->description(
      "clean pictures of the camera: files, folders or patterns");
  command->remove_option(command->get_option("--distort"));
  command->add_option("-o,--output", options->output, "the safetensors file to write")->required();
  command->add_option("--weights", options->weights,
                      ".pth or safetensors file, int8 too; default: FLIQE_WEIGHTS, else the\n"
                      "built-in weights");
  command->add_option("--camera", options->camera, "its name, to be kept in the file");
  CLI::Option* reference = command->add_option(
      "--reference", options->reference,
      "clean pictures of other cameras, a folder each: what clean pictures should score like");
  command
      ->add_option("--clean-quality", options->clean_quality,
                   "the same as a number; the default is that of the built-in weights for\n"
                   "22 cameras that they have not seen")
      ->check(CLI::Range(0.01, 0.99))
      ->excludes(reference)
      ->capture_default_str();
  command->add_flag("--again", options->again, "replace the offset that the weights have");
  command->add_flag("--json", options->json, "print JSON");
  command->add_option("--threads", options->threads, "0: all cores")->check(CLI::Range(0, 1024));
  command->callback([options, &result] { result = calibrate(*options); });
}

}  // namespace fliqe::tools
