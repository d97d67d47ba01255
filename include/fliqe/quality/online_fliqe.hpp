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
#include <utility>
#include <vector>

namespace fliqe::inline FLIQE_ABI {

struct OnlineOptions {
  std::size_t smoothing_window = 300;  ///< scores that a smoothed quality averages
  Smoothing smoothing = Smoothing::mean;
  Options model{};  ///< how frames are scored
};

/// A frame of one session.
struct SessionFrame {
  ImageView image;
  std::string session;
};

/// A frame's own scores, and its session's smoothed quality right after it.
struct FrameAssessment {
  double smoothed_quality = 0;  ///< in [0, 1], over the smoothing window
  Assessment assessment;        ///< of this frame alone
};

/// FLIQE for streams: one session per camera, each with the mean of its last scores.
///
/// Thread-safe; sessions are independent of each other. Frames of one session that are scored at
/// the same time enter its mean in the order in which their scores are ready. Unlike the Python
/// original an unknown session is an error everywhere, and "no score yet" is std::nullopt instead
/// of 0.
template <BackboneTraits Backbone = ResNet50, PrecisionTag Precision = f32>
class OnlineFLIQE : public FLIQE<Backbone, Precision> {
  using Base = FLIQE<Backbone, Precision>;

 public:
  /// `weights`: whatever FLIQE takes, a path or bytes. @throws Error as FLIQE does, and
  /// `invalid_argument` unless the smoothing window is 1 to 2^20
  template <class Weights>
  explicit OnlineFLIQE(const Weights& weights, const OnlineOptions& options = {})
      : Base(weights, options.model),
        sessions_(std::make_unique<Sessions>(options.smoothing, options.smoothing_window)) {}

  template <class Weights>
  static Result<OnlineFLIQE> try_load(const Weights& weights, const OnlineOptions& options = {}) {
    return detail::capture([&] { return OnlineFLIQE(weights, options); });
  }

  /// Starts a session, or empties the one of that name.
  void create_session(const std::string& id) {
    auto session = std::make_shared<Session>(sessions_->fresh);
    const std::unique_lock lock(sessions_->mutex);
    sessions_->by_id.insert_or_assign(id, std::move(session));
  }

  /// Scores a frame and returns the mean over the window.
  /// @throws Error `unknown_session`, or as FLIQE::estimate_image_quality
  double estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    const std::shared_ptr<Session> session = find(id);
    return session->add(this->estimate_image_quality(image));
  }

  /// The same for frames of several sessions, in one batch. @see assess_frames
  std::vector<double> estimate_smoothed_quality(std::span<const SessionFrame> frames) {
    std::vector<double> smoothed;
    smoothed.reserve(frames.size());
    for (const FrameAssessment& each : assess_frames(frames)) {
      smoothed.push_back(each.smoothed_quality);
    }
    return smoothed;
  }

  /// Scores a frame: its own assessment and the session's smoothed quality.
  /// @throws Error `unknown_session`, or as FLIQE::assess
  FrameAssessment assess_frame(const ImageView& image, const std::string& id) {
    const std::shared_ptr<Session> session = find(id);
    FrameAssessment result{0, this->assess(image)};
    result.smoothed_quality = session->add(result.assessment.quality);
    return result;
  }

  /// Scores frames of several sessions in one batch; of one session's frames the first counts as
  /// the older.
  /// @throws Error as for a single frame; then no session has taken any of them
  std::vector<FrameAssessment> assess_frames(std::span<const SessionFrame> frames) {
    std::vector<std::shared_ptr<Session>> sessions;
    std::vector<ImageView> images;
    for (const SessionFrame& frame : frames) {
      sessions.push_back(find(frame.session));
      images.push_back(frame.image);
    }
    std::vector<Assessment> assessments(frames.size());
    this->assess(images, assessments);
    std::vector<FrameAssessment> results;
    results.reserve(frames.size());
    for (std::size_t i = 0; i < frames.size(); ++i) {
      results.push_back({sessions[i]->add(assessments[i].quality), assessments[i]});
    }
    return results;
  }

  Result<double> try_estimate_smoothed_quality(const ImageView& image, const std::string& id) {
    return detail::capture([&] { return estimate_smoothed_quality(image, id); });
  }

  Result<FrameAssessment> try_assess_frame(const ImageView& image, const std::string& id) {
    return detail::capture([&] { return assess_frame(image, id); });
  }

  Result<std::vector<FrameAssessment>> try_assess_frames(std::span<const SessionFrame> frames) {
    return detail::capture([&] { return assess_frames(frames); });
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
    session->smoother = sessions_->fresh;
    session->last.reset();
  }

  /// @throws Error `unknown_session`
  void remove_session(const std::string& id) {
    const std::unique_lock lock(sessions_->mutex);
    if (sessions_->by_id.erase(id) == 0) unknown(id);
  }

  bool has_session(const std::string& id) const {
    const std::shared_lock lock(sessions_->mutex);
    return sessions_->by_id.contains(id);
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

  struct Sessions {
    Sessions(Smoothing smoothing, std::size_t window) : fresh(smoothing, window) {}

    const Smoother fresh;  ///< what every session begins with
    std::shared_mutex mutex;
    std::unordered_map<std::string, std::shared_ptr<Session>> by_id;
  };

  /// Shared, so that a session that is removed meanwhile lives until its frame is done.
  std::shared_ptr<Session> find(const std::string& id) const {
    const std::shared_lock lock(sessions_->mutex);
    const auto found = sessions_->by_id.find(id);
    if (found == sessions_->by_id.end()) unknown(id);
    return found->second;
  }

  [[noreturn]] static void unknown(const std::string& id) {
    detail::raise(ErrorCode::unknown_session, {"no session named '", id, "'"});
  }

  std::unique_ptr<Sessions> sessions_;
};

}  // namespace fliqe::inline FLIQE_ABI
