// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/quality/fliqe.hpp>
#include <fliqe/quality/smoothing.hpp>
#include <fliqe/version.hpp>
#include <memory>
#include <mutex>
#include <optional>
#include <shared_mutex>
#include <span>
#include <string>
#include <unordered_map>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

struct OnlineOptions {
  std::size_t smoothing_window = 300;  ///< scores that a smoothed quality averages
  Smoothing smoothing = Smoothing::mean;
  int threads = 0;  ///< as in Options, like the rest
  int load_threads = 0;
  int max_batch = Options{}.max_batch;
  std::optional<PrecisionKind> precision{};
};

/// A frame of one session.
struct SessionFrame {
  ImageView image;
  std::string session;
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
      : Base(weights, Options{.threads = options.threads,
                              .load_threads = options.load_threads,
                              .max_batch = options.max_batch,
                              .precision = options.precision}),
        fresh_(options.smoothing, options.smoothing_window) {}

  using Base::assess;
  using Base::backbone;
  using Base::embedding;
  using Base::estimate_image_quality;
  using Base::get_color;
  using Base::kind;
  using Base::network;
  using Base::require_score;
  using Base::try_assess;

  /// Starts a session, or empties the one of that name.
  void create_session(const std::string& id) {
    auto session = std::make_shared<Session>(fresh_);
    const std::unique_lock lock(mutex_);
    sessions_.insert_or_assign(id, std::move(session));
  }

  /// Scores a frame and returns the mean over the window.
  /// @throws Error `unknown_session`, or as FLIQE::estimate_image_quality
  double estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    const std::shared_ptr<Session> session = find(id);
    return session->add(estimate_image_quality(image));
  }

  /// Scores frames of several sessions in one batch and returns each one's smoothed quality; of
  /// one session's frames the first counts as the older.
  /// @throws Error as for a single frame; then no session has taken any of them
  std::vector<double> estimate_smoothed_quality(std::span<const SessionFrame> frames) {
    std::vector<std::shared_ptr<Session>> sessions;
    std::vector<ImageView> images;
    for (const SessionFrame& frame : frames) {
      sessions.push_back(find(frame.session));
      images.push_back(frame.image);
    }
    std::vector<Assessment> assessments(frames.size());
    assess(images, assessments);
    std::vector<double> smoothed;
    for (std::size_t i = 0; i < frames.size(); ++i) {
      smoothed.push_back(sessions[i]->add(assessments[i].quality));
    }
    return smoothed;
  }

  Result<double> try_estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    return detail::capture([&] { return estimate_smoothed_quality(image, id); });
  }

  /// The mean over the window; nothing before the first frame. @throws Error `unknown_session`
  std::optional<double> get_smoothed_quality(const std::string& id) const {
    const std::shared_ptr<Session> session = find(id);
    const std::lock_guard lock(session->mutex);
    return session->smoother.mean();
  }

  /// The last frame's score; nothing before the first frame. @throws Error `unknown_session`
  std::optional<double> get_raw_quality(const std::string& id) const {
    const std::shared_ptr<Session> session = find(id);
    const std::lock_guard lock(session->mutex);
    return session->last;
  }

  /// Forgets the session's scores; its next frame is its first. @throws Error `unknown_session`
  void reset_session(const std::string& id) {
    const std::shared_ptr<Session> session = find(id);
    const std::lock_guard lock(session->mutex);
    session->smoother = fresh_;
    session->last.reset();
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
    explicit Session(const Smoother& fresh) : smoother(fresh) {}

    double add(double quality) {
      const std::lock_guard lock(mutex);
      last = quality;
      return smoother.add(quality);
    }

    std::mutex mutex;
    Smoother smoother;
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
    detail::raise(ErrorCode::unknown_session, "no session named '" + id + "'");
  }

  Smoother fresh_;  ///< what every session begins with
  mutable std::shared_mutex mutex_;
  std::unordered_map<std::string, std::shared_ptr<Session>> sessions_;
};

}  // namespace fliqe::inline FLIQE_ABI
