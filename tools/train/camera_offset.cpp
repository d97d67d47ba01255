// SPDX-License-Identifier: MIT
#include "train/camera_offset.hpp"

#include <algorithm>
#include <charconv>
#include <cmath>
#include <fliqe/model/check_weights.hpp>
#include <fliqe/model/operations.hpp>
#include <fliqe/weights/float_tensor.hpp>
#include <utility>

#include "io/json.hpp"

namespace fliqe::tools {
namespace {

constexpr const char* offset_key = "camera_offset";
constexpr const char* pictures_key = "camera_pictures";
constexpr const char* name_key = "camera_name";
constexpr const char* clean_key = "camera_clean_logit";
constexpr const char* bias_key = "camera_bias_before";

double number_at(const weights::TensorSet& tensors, const char* key) {
  const std::string text = tensors.metadata(key).value_or("");
  double value = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_number = error == std::errc() && end == text.data() + text.size();
  require(is_number, ErrorCode::corrupt_file,
          tensors.name() + ": metadata '" + key + "': expected a number, found '" + text + "'");
  return value;
}

/// The head that gives the quality, and the name of its last bias.
struct ScoreHead {
  std::string name, bias;

  static ScoreHead of(const weights::TensorSet& tensors) {
    const model::WeightsCheck check = model::require_weights(tensors);
    const std::vector<HeadSpec>& heads = check.spec.heads;
    const auto head = std::ranges::find(heads, HeadKind::score, &HeadSpec::kind);
    require(check.kind == model::ModelKind::full && head != heads.end(),
            ErrorCode::no_such_capability,
            tensors.name() + ": expected weights with a head that gives a score, found " +
                (check.kind == model::ModelKind::full ? "heads of classes only"
                                                      : std::string(model::to_string(check.kind))));
    const auto last = model::OperationList::of_head(*head, check.spec.embedding).back();
    return {head->name, head->prefix + last.name + ".bias"};
  }

  float bias_in(const weights::TensorSet& tensors) const {
    return weights::FloatTensor(tensors.at(bias)).values()[0];
  }

  void set_bias(weights::TensorSet& tensors, float value) const {
    tensors.set(make_tensor(bias, weights::DType::f32, {1}, std::vector<float>{value}));
  }
};

/// Forgets what was measured of scores that the weights no longer give.
void forget_measurements(weights::TensorSet::Metadata& metadata) {
  std::erase_if(metadata, [](const auto& entry) {
    return entry.first.starts_with("bf16_") || entry.first.starts_with("calibration_quality_");
  });
}

}  // namespace

double median_of(std::vector<double> values) {
  std::ranges::sort(values);
  const std::size_t half = values.size() / 2;
  return values.size() % 2 == 1 ? values[half] : (values[half - 1] + values[half]) / 2;
}

CameraOffset CameraOffset::fit(std::span<const double> logits, double clean_logit) {
  require(!logits.empty(), ErrorCode::invalid_argument,
          "camera offset: expected at least one clean picture, found none");
  for (const double logit : logits) {
    require(std::isfinite(logit), ErrorCode::non_finite,
            "camera offset: expected finite logits, found " + digits9(logit));
  }
  CameraOffset result;
  result.pictures = logits.size();
  result.clean_logit = clean_logit;
  result.median = median_of({logits.begin(), logits.end()});
  std::vector<double> distances;
  for (const double logit : logits) distances.push_back(std::abs(logit - result.median));
  constexpr double deviation_of_normal = 1.4826;  // over the median distance
  result.spread = deviation_of_normal * median_of(distances);
  for (std::size_t i = 0; result.spread > 0 && i < logits.size(); ++i) {
    if (distances[i] > 3 * result.spread) result.outliers.push_back(i);
  }
  const auto count = static_cast<double>(logits.size());
  result.offset = (clean_logit - result.median) * count / (count + few);
  return result;
}

std::optional<CameraRecord> CameraRecord::of(const weights::TensorSet& tensors) {
  if (!tensors.metadata(offset_key)) return std::nullopt;
  return CameraRecord{number_at(tensors, offset_key),
                      static_cast<std::size_t>(number_at(tensors, pictures_key)),
                      tensors.metadata(name_key).value_or("")};
}

void require_score_head(const weights::TensorSet& tensors) {
  ScoreHead::of(tensors);
}

weights::TensorSet with_camera_offset(const weights::TensorSet& base, const CameraOffset& offset,
                                      const std::string& camera) {
  require(!CameraRecord::of(base), ErrorCode::invalid_argument,
          base.name() + ": expected weights without a camera's offset, found one");
  const ScoreHead head = ScoreHead::of(base);
  const float bias = head.bias_in(base);
  weights::TensorSet result = base;
  head.set_bias(result, static_cast<float>(static_cast<double>(bias) + offset.offset));
  weights::TensorSet::Metadata& metadata = result.metadata();
  forget_measurements(metadata);
  metadata[offset_key] = digits9(offset.offset);
  metadata[pictures_key] = std::to_string(offset.pictures);
  metadata[clean_key] = digits9(offset.clean_logit);
  metadata[bias_key] = digits9(static_cast<double>(bias));  // nine digits hold a float exactly
  metadata[camera_head_key] = head.name;
  if (!camera.empty()) metadata[name_key] = camera;
  return result;
}

weights::TensorSet without_camera_offset(const weights::TensorSet& base) {
  if (!CameraRecord::of(base)) return base;
  weights::TensorSet result = base;
  ScoreHead::of(base).set_bias(result, static_cast<float>(number_at(base, bias_key)));
  forget_measurements(result.metadata());
  std::erase_if(result.metadata(),
                [](const auto& entry) { return entry.first.starts_with("camera_"); });
  return result;
}

}  // namespace fliqe::tools
