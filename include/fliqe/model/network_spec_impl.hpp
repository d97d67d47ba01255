// SPDX-License-Identifier: MIT
#pragma once

#include <algorithm>
#include <fliqe/base/error.hpp>
#include <fliqe/model/network_spec.hpp>

namespace fliqe::inline FLIQE_ABI {

FLIQE_INLINE bool same_encoder(const NetworkSpec& a, const NetworkSpec& b) {
  NetworkSpec other = b;
  other.name = a.name;
  other.heads = a.heads;
  return a == other;
}

namespace detail {

/// Bounds that keep all sizes of a network within the range of int, and its description small.
inline constexpr int max_input_size = 1 << 13;
inline constexpr int max_blocks = 1000, max_heads = 100, max_hidden = 100;

/// Checks one number of a network's description.
class SpecCheck {
 public:
  explicit SpecCheck(const NetworkSpec& spec) : name_("network '" + spec.name + "': ") {}

  void within(const std::string& what, int found, int lowest, int highest) const {
    require(found >= lowest && found <= highest, ErrorCode::invalid_argument,
            {name_, what, ": expected ", lowest, " to ", highest, ", found ", found});
  }
  void that(bool condition, const Message& message) const {
    require(condition, ErrorCode::invalid_argument, {name_, message});
  }

 private:
  std::string name_;
};

inline void check_head(const SpecCheck& check, const HeadSpec& head) {
  const std::string name = "head '" + head.name + "'";
  check.that(!head.name.empty() && !head.prefix.empty(), "expected heads with a name and a prefix");
  check.within(name + ", hidden layers", static_cast<int>(head.hidden.size()), 0, max_hidden);
  for (const int width : head.hidden) check.within(name + ", hidden", width, 1, max_channels);
  const bool is_score = head.kind == HeadKind::score;
  check.within(name + ", classes", static_cast<int>(head.classes.size()), is_score ? 0 : 2,
               is_score ? 0 : max_channels);
}

}  // namespace detail

FLIQE_INLINE void validate(const NetworkSpec& spec) {
  const detail::SpecCheck check(spec);
  using namespace detail;
  check.within("input height", spec.input.height, 1, max_input_size);
  check.within("input width", spec.input.width, 1, max_input_size);
  for (const float deviation : spec.input.deviation) {
    check.that(deviation > 0, "expected positive deviations of the input");
  }
  check.within("stem channels", spec.stem.channels, 1, max_channels);
  check.within("stem kernel", spec.stem.kernel, 1, 31);
  check.that(spec.stem.kernel % 2 == 1, "expected an odd stem kernel");
  check.within("stem stride", spec.stem.stride, 1, 8);
  check.within("stages", static_cast<int>(spec.stages.size()), 1, max_blocks);
  int blocks = 0;
  for (const StageSpec& stage : spec.stages) {
    check.within("blocks of a stage", stage.blocks, 1, max_blocks);
    check.within("blocks", blocks += stage.blocks, 1, max_blocks);
    check.within("channels of a stage", stage.channels, 1, max_channels);
    check.within("stride of a stage", stage.stride, 1, 8);
  }
  check.within("projection layers", static_cast<int>(spec.projection.size()), 0, max_hidden);
  for (const int width : spec.projection) check.within("projection", width, 1, max_channels);
  check.within("embedding", spec.embedding, 1, max_channels);
  check.within("heads", static_cast<int>(spec.heads.size()), 0, max_heads);
  for (const HeadSpec& head : spec.heads) {
    check_head(check, head);
    const auto same_name = [&](const HeadSpec& other) { return other.name == head.name; };
    const auto same_prefix = [&](const HeadSpec& other) { return other.prefix == head.prefix; };
    check.that(std::ranges::count_if(spec.heads, same_name) == 1 &&
                   std::ranges::count_if(spec.heads, same_prefix) == 1,
               {"expected heads of different names and prefixes, found '", head.name, "' and '",
                head.prefix, "' more than once"});
  }
}

}  // namespace fliqe::inline FLIQE_ABI
