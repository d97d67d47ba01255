// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <fliqe/quality/smoothing.hpp>
#include <string>
#include <utility>
#include <vector>

#include "video/frame_source.hpp"
#include "watch/alert.hpp"

namespace fliqe::tools {

/// One camera.
struct StreamConfig {
  std::string name;
  std::string source;
  SourceOptions reading;
  AlertRule alert;
  double stale_after = 5;              ///< seconds without a frame; 0: never
  double frozen_after = 2;             ///< seconds without a change of the picture; 0: never
  double frozen_tolerance = 0.02;      ///< mean difference in grey levels that is no change
  bool realtime = false;               ///< a file at its own speed, not as fast as it can be read
  std::size_t every = 1;               ///< of so many frames one is looked at
  std::size_t smoothing_window = 300;  ///< scores
  Smoothing smoothing = Smoothing::mean;
  double interval = 1;      ///< seconds between two score events; 0: every frame
  std::string kafka_topic;  ///< of its events; empty: that of all streams
};

/// All of them.
struct WatchConfig {
  std::vector<StreamConfig> streams;
  std::string hook;                            ///< command for alerts; empty: none
  double first_retry = 1, longest_retry = 30;  ///< seconds
};

/// The file of `fliqe watch`: a JSON object of the settings above, "streams" an array of objects
/// that name a "source" and may have settings of their own.
/// @param base     what the file leaves open
/// @param streams  what a stream and the file leave open
/// @throws Error `io`, or `invalid_argument` naming the setting that is wrong or unknown
WatchConfig read_watch_config(const std::string& path, WatchConfig base,
                              const StreamConfig& streams);

/// A stream of that file. @param place  stands for it in messages. @throws Error
StreamConfig parse_stream(const std::string& json, const std::string& place,
                          const StreamConfig& defaults);

/// The streams of that file by name, each with what the file says of all, as parse_stream() takes
/// it. @throws Error
std::vector<std::pair<std::string, std::string>> read_stream_texts(const std::string& path);

/// @throws Error `invalid_argument` when limits contradict each other
void check_stream(const StreamConfig& stream);

/// @throws Error `invalid_argument` when names repeat, limits contradict each other, or there is
///         no stream
void check_watch_config(const WatchConfig& config);

/// What a camera without a name is called: its address without what must not be seen.
std::string default_stream_name(const std::string& source);

}  // namespace fliqe::tools
