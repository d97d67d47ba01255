// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/fliqe.hpp>
#include <fliqe/quality/smoothing_window.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>

namespace fliqe {

struct OnlineOptions {
  std::size_t smoothing_window = 300;  ///< scores that a smoothed quality averages
  int threads = 0;                     ///< as in Options
};

/// FLIQE for streams: one session per camera, each with the mean of its last scores.
///
/// Thread-safe; sessions are independent of each other. Unlike the Python original an unknown
/// session is an error everywhere, and "no score yet" is std::nullopt instead of 0.
template <BackboneTraits Backbone = ResNet50, PrecisionTag Precision = f32>
class OnlineFLIQE : private FLIQE<Backbone, Precision> {
  using Base = FLIQE<Backbone, Precision>;

 public:
  /// `weights`: whatever FLIQE takes, a path or bytes. @throws Error as FLIQE does
  template <class Weights>
  explicit OnlineFLIQE(const Weights& weights, const OnlineOptions& options = {})
      : Base(weights, Options{.threads = options.threads, .max_batch = Options{}.max_batch}),
        window_(options.smoothing_window) {
    static_cast<void>(SmoothingWindow(window_));  // complains now, not at the first session
  }

  using Base::assess;
  using Base::backbone;
  using Base::embedding;
  using Base::estimate_image_quality;
  using Base::get_color;
  using Base::kind;
  using Base::try_assess;

  /// Starts a session, or empties the one of that name.
  void create_session(const std::string& id) {
    auto session = std::make_shared<Session>(window_);
    const std::unique_lock lock(mutex_);
    sessions_.insert_or_assign(id, std::move(session));
  }

  /// Scores a frame and returns the mean over the window.
  /// @throws Error `unknown_session`, or as FLIQE::estimate_image_quality
  double estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    const std::shared_ptr<Session> session = find(id);
    const double quality = estimate_image_quality(image);
    const std::lock_guard lock(session->mutex);
    session->last = quality;
    return session->window.add(quality);
  }

  Result<double> try_estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    return detail::capture([&] { return estimate_smoothed_quality(image, id); });
  }

  /// The mean over the window; nothing before the first frame. @throws Error `unknown_session`
  std::optional<double> get_smoothed_quality(const std::string& id) const {
    const std::shared_ptr<Session> session = find(id);
    const std::lock_guard lock(session->mutex);
    return session->window.mean();
  }

  /// The last frame's score; nothing before the first frame. @throws Error `unknown_session`
  std::optional<double> get_raw_quality(const std::string& id) const {
    const std::shared_ptr<Session> session = find(id);
    const std::lock_guard lock(session->mutex);
    return session->last;
  }

  /// @throws Error `unknown_session`
  void remove_session(const std::string& id) {
    const std::unique_lock lock(mutex_);
    if (sessions_.erase(id) == 0) unknown(id);
  }

  bool has_session(const std::string& id) const {
    const std::shared_lock lock(mutex_);
    return sessions_.contains(id);
  }

 private:
  struct Session {
    explicit Session(std::size_t size) : window(size) {}
    std::mutex mutex;
    SmoothingWindow window;
    std::optional<double> last;
  };

  /// Shared, so that a session that is removed meanwhile lives until its frame is done.
  std::shared_ptr<Session> find(const std::string& id) const {
    const std::shared_lock lock(mutex_);
    const auto found = sessions_.find(id);
    if (found == sessions_.end()) unknown(id);
    return found->second;
  }

  [[noreturn]] static void unknown(const std::string& id) {
    throw Error(ErrorCode::unknown_session, "no session named '" + id + "'");
  }

  std::size_t window_;
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Session>> sessions_;
};

}  // namespace fliqe
