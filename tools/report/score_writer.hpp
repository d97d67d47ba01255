// SPDX-License-Identifier: MIT
#pragma once

#include <memory>
#include <string>

#include "app/model_options.hpp"
#include "io/output.hpp"
#include "scoring/scored_image.hpp"

namespace fliqe::tools {

/// What holds for all pictures of a run; part of the JSON output, so that scores can be traced.
struct RunDescription {
  std::string weights;
  std::string weights_sha256;
  std::string backbone;
  std::string preprocessing;
  std::size_t embedding = 0;  ///< its length
  bool has_causes = false;    ///< whether the weights name causes
  std::string precision;
  std::string isa;
  int threads = 1;
  double threshold = 0.5;
};

RunDescription describe_run(const LoadedModel& model, int threads, double threshold = 0.5);

struct Summary {
  std::size_t scored = 0;
  std::size_t failed = 0;
  std::size_t below = 0;        ///< threshold
  std::size_t from_counts = 0;  ///< of 16 bits
  double quality_sum = 0;
  double lowest = 0;
  double highest = 0;
  double seconds = 0;

  void add(const ScoredImage& image, double threshold);
  /// 0 before the first score.
  double mean() const noexcept {
    return scored > 0 ? quality_sum / static_cast<double>(scored) : 0;
  }
};

/// One output format. Entries come in the order in which they are to appear.
class ScoreWriter {
 public:
  virtual ~ScoreWriter() = default;
  virtual void begin(const RunDescription&) {}
  virtual void entry(const ScoredImage& image) = 0;
  virtual void end(const Summary&) {}
};

/// @param format  text, csv, json or jsonl
std::unique_ptr<ScoreWriter> make_score_writer(const std::string& format, bool embedding,
                                               Output& output);

}  // namespace fliqe::tools
