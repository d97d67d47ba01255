// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <array>
#include <cctype>
#include <charconv>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <fliqe/base/error.hpp>
#include <fliqe/thermal/clahe.hpp>
#include <fliqe/thermal/radiometry.hpp>
#include <fliqe/thermal/raw_frame.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

/// How counts become grey levels (automatic gain control).
enum class AgcKind {
  linear,   ///< the darkest and brightest `value` percent are clipped, the rest is stretched
  minmax,   ///< the same with nothing clipped
  plateau,  ///< histogram equalisation with bins clipped at `value` pixels (FLIR's plateau method)
  clahe,    ///< minmax, then contrast-limited equalisation in 8 x 8 tiles with clip limit `value`
  span,     ///< from `value` to `high` degrees Celsius
  upper     ///< the upper 8 of 16 bits, as OpenCV's imread takes them
};

struct AgcSpec {
  AgcKind kind = AgcKind::linear;
  double value = 1;
  double high = 0;

  bool operator==(const AgcSpec&) const = default;
};

namespace detail {

struct AgcName {
  AgcKind kind;
  std::string_view name;
  int numbers;  ///< that may follow
  double standard, lowest, highest;
};

inline constexpr std::array agc_names{
    AgcName{AgcKind::linear, "linear", 1, 1, 0, 49},
    AgcName{AgcKind::minmax, "minmax", 0, 0, 0, 0},
    AgcName{AgcKind::plateau, "plateau", 1, 150, 1, 1e9},
    AgcName{AgcKind::clahe, "clahe", 1, 2, 0, 1000},
    AgcName{AgcKind::span, "span", 2, 0, -273, 5000},
    AgcName{AgcKind::upper, "upper", 0, 0, 0, 0},
};

inline std::optional<double> number_from(std::string_view text) {
  double value = 0;
#if defined(__cpp_lib_to_chars)
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool whole = error == std::errc() && end == text.data() + text.size();
#else  // libc++ has it for integers only
  const std::string copy(text);
  char* end = nullptr;
  value = std::strtod(copy.c_str(), &end);
  const bool whole = !copy.empty() && std::isspace(static_cast<unsigned char>(copy[0])) == 0 &&
                     end == copy.c_str() + copy.size();
#endif
  if (!whole || !std::isfinite(value)) return std::nullopt;
  return value;
}

inline std::string short_number(double value) {
  std::array<char, 32> text;
  return {text.data(), std::to_chars(text.data(), text.data() + text.size(), value).ptr};
}

}  // namespace detail

/// "linear:1", "minmax", "plateau:150", "clahe:2", "span:10:40" or "upper"; numbers may be left out
/// but for a span's. @throws Error `invalid_argument`
inline AgcSpec agc_from_string(std::string_view text) {
  const auto fail = [&] {
    detail::raise(ErrorCode::invalid_argument,
                  {"agc: expected linear[:PERCENT], minmax, plateau[:PIXELS], clahe[:LIMIT], "
                   "span:LOW:HIGH or upper, found '",
                   text, "'"});
  };
  std::vector<std::string_view> words;
  for (std::string_view rest = text;;) {
    const std::size_t colon = rest.find(':');
    words.push_back(rest.substr(0, colon));
    if (colon == std::string_view::npos) break;
    rest.remove_prefix(colon + 1);
  }
  const auto name = std::ranges::find(detail::agc_names, words.front(), &detail::AgcName::name);
  if (name == detail::agc_names.end()) fail();
  const auto numbers = static_cast<int>(words.size()) - 1;
  const bool is_span = name->kind == AgcKind::span;
  if (numbers > name->numbers || (is_span && numbers != 2)) fail();
  AgcSpec spec{name->kind, name->standard, 0};
  const auto number = [&](std::size_t i) {
    const std::optional<double> value = detail::number_from(words[i]);
    if (!value || *value < name->lowest || *value > name->highest) fail();
    return value.value_or(0);
  };
  if (numbers > 0) spec.value = number(1);
  if (is_span) {
    spec.high = number(2);
    if (spec.high <= spec.value) fail();
  }
  return spec;
}

inline std::string to_string(const AgcSpec& spec) {
  const auto name = std::ranges::find(detail::agc_names, spec.kind, &detail::AgcName::kind);
  std::string text(name->name);
  if (name->numbers > 0) text += ":" + detail::short_number(spec.value);
  if (name->numbers > 1) text += ":" + detail::short_number(spec.high);
  return text;
}

namespace detail {

/// A grey level for each count.
using CountTable = std::vector<std::uint8_t>;
inline constexpr std::size_t count_values = 65536;

inline std::vector<std::uint32_t> histogram(const RawFrame& frame) {
  std::vector<std::uint32_t> bins(count_values, 0);
  for (const std::uint16_t count : frame.counts) ++bins[count];
  return bins;
}

/// A straight line from black at `low` to white at `high`; all mid-grey where these are equal.
inline CountTable linear_table(double low, double high) {
  CountTable table(count_values);
  for (std::size_t count = 0; count < count_values; ++count) {
    const double level = 255 * (static_cast<double>(count) - low) / (high - low);
    table[count] = high > low ? static_cast<std::uint8_t>(std::lrint(std::clamp(level, 0.0, 255.0)))
                              : std::uint8_t{128};
  }
  return table;
}

/// The count that `fraction` of the pixels do not exceed, interpolated between the two nearest in
/// order, as NumPy's percentile does.
inline double count_quantile(const std::vector<std::uint32_t>& bins, std::size_t pixels,
                             double fraction) {
  const double place = fraction * static_cast<double>(pixels - 1);
  const auto at = [&](std::size_t rank) {
    std::size_t seen = 0, count = 0;
    while (seen + bins[count] <= rank) seen += bins[count++];
    return static_cast<double>(count);
  };
  const auto below = static_cast<std::size_t>(place);
  const double low = at(below), part = place - static_cast<double>(below);
  return part > 0 ? low + part * (at(below + 1) - low) : low;
}

inline CountTable percentile_table(const RawFrame& frame, double percent) {
  const std::vector<std::uint32_t> bins = histogram(frame);
  const std::size_t pixels = frame.counts.size();
  return linear_table(count_quantile(bins, pixels, percent / 100),
                      count_quantile(bins, pixels, 1 - percent / 100));
}

/// Grey levels follow the clipped histogram's cumulative sum: wide for common counts, but no bin
/// counts for more than `plateau` pixels (FLIR, "Camera Adjustments", 102-PS242-100-01).
inline CountTable plateau_table(const RawFrame& frame, double plateau) {
  const std::vector<std::uint32_t> bins = histogram(frame);
  std::vector<double> sums(count_values);
  double sum = 0, first = 0;
  for (std::size_t count = 0; count < count_values; ++count) {
    sum += std::min(static_cast<double>(bins[count]), plateau);
    if (first == 0) first = sum;  // the lowest count is black
    sums[count] = sum;
  }
  CountTable table(count_values, 128);
  if (sum == first) return table;
  for (std::size_t count = 0; count < count_values; ++count) {
    const double level = 255 * (sums[count] - first) / (sum - first);
    table[count] = static_cast<std::uint8_t>(std::lrint(std::max(0.0, level)));
  }
  return table;
}

/// Straight in degrees, not in counts; what has no temperature is black.
inline CountTable span_table(const TemperatureScale& scale, double low, double high) {
  CountTable table(count_values, 0);
  for (std::size_t count = 0; count < count_values; ++count) {
    const double celsius = scale.celsius(static_cast<std::uint16_t>(count));
    if (std::isnan(celsius)) continue;
    const double level = 255 * (celsius - low) / (high - low);
    table[count] = static_cast<std::uint8_t>(std::lrint(std::clamp(level, 0.0, 255.0)));
  }
  return table;
}

inline CountTable upper_table() {
  CountTable table(count_values);
  for (std::size_t count = 0; count < count_values; ++count) {
    table[count] = static_cast<std::uint8_t>(count >> 8);
  }
  return table;
}

inline Image mapped(const RawFrame& frame, const CountTable& table) {
  Image image{frame.width, frame.height, PixelFormat::gray8, {}};
  image.pixels.reserve(frame.counts.size());
  for (const std::uint16_t count : frame.counts) image.pixels.push_back(table[count]);
  return image;
}

}  // namespace detail

namespace detail {

/// The grey level of each count, of the methods that treat all pixels alike; for `clahe` what it
/// starts from.
inline CountTable agc_table(const RawFrame& frame, const AgcSpec& spec,
                            const TemperatureScale* scale) {
  if (frame.counts.empty()) {
    detail::raise(ErrorCode::invalid_argument, "agc: expected at least one pixel, found none");
  }
  switch (spec.kind) {
    case AgcKind::linear:
      return percentile_table(frame, spec.value);
    case AgcKind::minmax:
    case AgcKind::clahe:
      return percentile_table(frame, 0);
    case AgcKind::plateau:
      return plateau_table(frame, spec.value);
    case AgcKind::span:
      require(scale != nullptr, ErrorCode::invalid_argument,
              "agc: a span of temperatures needs radiometric data, found none");
      return span_table(*scale, spec.value, spec.high);
    case AgcKind::upper:
      break;
  }
  return upper_table();
}

inline Image apply_table(const RawFrame& frame, const AgcSpec& spec, const CountTable& table) {
  Image image = mapped(frame, table);
  return spec.kind == AgcKind::clahe ? equalized(image, spec.value) : image;
}

}  // namespace detail

/// Counts to a grey picture.
/// @param scale  needed for a span of temperatures
/// @throws Error `invalid_argument` when the frame is empty, or a span is asked for and there are
///         no temperatures
inline Image apply_agc(const RawFrame& frame, const AgcSpec& spec,
                       const TemperatureScale* scale = nullptr) {
  return detail::apply_table(frame, spec, detail::agc_table(frame, spec, scale));
}

/// AGC for the frames of one stream: the table from counts to grey levels follows the scene slowly,
/// so that a warm object that comes or goes does not make everything else flicker (the damping
/// filter of FLIR's cameras). One object for each stream; not thread-safe.
class StreamAgc {
 public:
  /// @param damping  what stays of the last frame's table, in [0, 1); 0: each frame by itself
  /// @throws Error `invalid_argument`
  explicit StreamAgc(const AgcSpec& spec, double damping = 0.9) : spec_(spec), damping_(damping) {
    detail::require(damping >= 0 && damping < 1, ErrorCode::invalid_argument,
                    {"agc damping: expected 0 to below 1, found ", detail::short_number(damping)});
  }

  const AgcSpec& spec() const noexcept { return spec_; }

  /// The next frame as a grey picture. @throws Error as apply_agc()
  Image apply(const RawFrame& frame, const TemperatureScale* scale = nullptr) {
    detail::CountTable table = detail::agc_table(frame, spec_, scale);
    if (damping_ == 0) return detail::apply_table(frame, spec_, table);
    if (levels_.empty()) levels_.assign(table.begin(), table.end());
    const auto step = static_cast<float>(1 - damping_);
    for (std::size_t count = 0; count < table.size(); ++count) {
      levels_[count] += step * (static_cast<float>(table[count]) - levels_[count]);
      table[count] = static_cast<std::uint8_t>(std::lrint(levels_[count]));
    }
    return detail::apply_table(frame, spec_, table);
  }

  /// The next frame is taken for the first, as after a break.
  void reset() noexcept { levels_.clear(); }

 private:
  AgcSpec spec_;
  double damping_;
  std::vector<float> levels_;  ///< the damped table; empty before the first frame
};

}  // namespace fliqe::inline FLIQE_ABI
