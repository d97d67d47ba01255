// SPDX-License-Identifier: MIT
#include "report/score_writer.hpp"

#include <algorithm>
#include <array>
#include <cstdio>
#include <fliqe/version.hpp>
#include <vector>

#include "io/csv.hpp"
#include "io/json.hpp"
#include "report/score_json.hpp"
#include "weights/file_metadata.hpp"

namespace fliqe::tools {
namespace {

/// Of a picture of high quality the causes mean nothing.
bool names_cause(const ScoredImage& image, double threshold) {
  return image.assessment && image.assessment->quality < threshold && !image.causes.empty();
}

class TextWriter : public ScoreWriter {
 public:
  explicit TextWriter(Output& output) : output_(output) {}

  void begin(const RunDescription& run) override { threshold_ = run.threshold; }

  void entry(const ScoredImage& image) override {
    if (!image.assessment) return;  // said on standard error
    const double quality = image.assessment->quality;
    std::array<char, 32> score{};
    std::snprintf(score.data(), score.size(), "%.4f  ", quality);
    output_.write(score.data() + image.file);
    if (names_cause(image, threshold_)) output_.write("  " + first_cause(image.causes));
    output_.write("\n");
  }

 private:
  double threshold_ = 0.5;
  Output& output_;
};

/// RFC 4180.
class CsvWriter : public ScoreWriter {
 public:
  CsvWriter(bool embedding, Output& output) : embedding_(embedding), output_(output) {}

  void begin(const RunDescription& run) override {
    if (embedding_) columns_ = run.embedding;
    has_causes_ = run.has_causes;
    threshold_ = run.threshold;
    std::vector<std::string> header{"file", "quality", "logit", "width", "height", "agc", "error"};
    if (has_causes_) header.insert(header.end(), {"cause", "cause_probability"});
    for (std::size_t i = 0; i < columns_; ++i) header.push_back("e" + std::to_string(i));
    output_.write(csv_row(header));
  }

  void entry(const ScoredImage& image) override {
    std::vector<std::string> row{image.file, "", "", "", "", "", image.error};
    if (image.assessment) {
      row = {image.file,
             digits9(image.assessment->quality),
             digits9(image.assessment->logit),
             std::to_string(image.width),
             std::to_string(image.height),
             image.agc,
             ""};
    }
    if (has_causes_) {
      const bool is_named = names_cause(image, threshold_);
      row.push_back(is_named ? image.causes.front().fault : "");
      row.push_back(is_named ? digits9(image.causes.front().probability) : "");
    }
    for (std::size_t i = 0; i < columns_; ++i) {
      row.push_back(image.assessment ? digits9(image.assessment->embedding[i]) : "");
    }
    output_.write(csv_row(row));
  }

 private:
  bool embedding_;
  bool has_causes_ = false;
  double threshold_ = 0.5;
  std::size_t columns_ = 0;  ///< of the embedding
  Output& output_;
};

/// One document; entries are written as they come.
class JsonWriter : public ScoreWriter {
 public:
  JsonWriter(bool embedding, Output& output) : embedding_(embedding), output_(output) {}

  void begin(const RunDescription& run) override {
    std::string text = dump(to_json(run), 2);
    text.resize(text.rfind('\n'));  // leave the object open
    output_.write(text + ",\n  \"images\": [");
  }

  void entry(const ScoredImage& image) override {
    output_.write(first_ ? "\n    " : ",\n    ");
    output_.write(dump(to_json(image, embedding_)));
    first_ = false;
  }

  void end(const Summary& summary) override {
    output_.write("\n  ],\n  \"summary\": " + dump(to_json(summary)) + "\n}\n");
  }

 private:
  bool embedding_;
  bool first_ = true;
  Output& output_;
};

/// One object a line, flushed at once, for programs that read along.
class JsonLinesWriter : public ScoreWriter {
 public:
  JsonLinesWriter(bool embedding, Output& output) : embedding_(embedding), output_(output) {}

  void entry(const ScoredImage& image) override {
    output_.write(dump(to_json(image, embedding_)) + "\n");
    output_.flush();
  }

 private:
  bool embedding_;
  Output& output_;
};

}  // namespace

RunDescription describe_run(const LoadedModel& model, int threads, double threshold) {
  return {.weights = model.source,
          .weights_sha256 = model.source_sha256,
          .backbone = model.scorer.spec().name,
          .preprocessing = preprocessing_of(model.scorer.spec().input),
          .embedding = static_cast<std::size_t>(model.scorer.spec().embedding),
          .has_causes = !model.scorer.causes().empty(),
          .precision = std::string(to_string(model.scorer.precision())),
          .isa = std::string(to_string(model.scorer.isa())),
          .threads = threads,
          .threshold = threshold};
}

void Summary::add(const ScoredImage& image, double threshold) {
  if (!image.assessment) {
    ++failed;
    return;
  }
  const double quality = image.assessment->quality;
  lowest = scored == 0 ? quality : std::min(lowest, quality);
  highest = std::max(highest, quality);
  quality_sum += quality;
  below += quality < threshold ? 1 : 0;
  from_counts += image.agc.empty() ? 0 : 1;
  ++scored;
}

std::unique_ptr<ScoreWriter> make_score_writer(const std::string& format, bool embedding,
                                               Output& output) {
  if (format == "csv") return std::make_unique<CsvWriter>(embedding, output);
  if (format == "json") return std::make_unique<JsonWriter>(embedding, output);
  if (format == "jsonl") return std::make_unique<JsonLinesWriter>(embedding, output);
  return std::make_unique<TextWriter>(output);
}

}  // namespace fliqe::tools
