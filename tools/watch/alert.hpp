// SPDX-License-Identifier: MIT
#pragma once

namespace fliqe::tools {

/// When an alert is raised and when it is over.
struct AlertRule {
  double below = 0.5;         ///< quality
  double clear_above = 0.55;  ///< quality; not under `below`, so that it does not flutter
  double seconds = 5;         ///< that either must last
};

/// An alert with hysteresis: raised once the quality has stayed below one limit for so long, over
/// once it has stayed above another for as long.
class Alert {
 public:
  enum class Change { none, raised, cleared };

  explicit Alert(const AlertRule& rule) : rule_(rule) {}

  /// @param now  seconds on any clock that goes forward
  Change update(double quality, double now) {
    const bool crosses = is_raised_ ? quality > rule_.clear_above : quality < rule_.below;
    if (!crosses) {
      is_pending_ = false;
      return Change::none;
    }
    if (!is_pending_) {
      is_pending_ = true;
      since_ = now;
    }
    if (now - since_ < rule_.seconds) return Change::none;
    is_pending_ = false;
    is_raised_ = !is_raised_;
    return is_raised_ ? Change::raised : Change::cleared;
  }

  /// No frames: what was pending starts anew.
  void interrupt() { is_pending_ = false; }

  bool is_raised() const noexcept { return is_raised_; }
  const AlertRule& rule() const noexcept { return rule_; }

 private:
  AlertRule rule_;
  bool is_raised_ = false;
  bool is_pending_ = false;
  double since_ = 0;
};

}  // namespace fliqe::tools
