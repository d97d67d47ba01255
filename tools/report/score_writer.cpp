// SPDX-License-Identifier: MIT
#include "report/score_writer.hpp"

#include <array>
#include <cstdio>
#include <fliqe/version.hpp>
#include <vector>

#include "io/csv.hpp"
#include "io/json.hpp"

namespace fliqe::tools {
namespace {

Json to_json(const ScoredImage& image, bool embedding) {
  Json json{{"file", image.file}};
  if (!image.assessment) {
    json["quality"] = nullptr;
    json["error"] = image.error;
    return json;
  }
  json["quality"] = rounded9(image.assessment->quality);
  json["logit"] = rounded9(image.assessment->logit);
  json["width"] = image.width;
  json["height"] = image.height;
  if (!image.agc.empty()) json["agc"] = image.agc;
  if (embedding) {
    for (const float value : image.assessment->embedding) {
      json["embedding"].push_back(rounded9(value));
    }
  }
  return json;
}

Json to_json(const Summary& summary) {
  Json json{
      {"scored", summary.scored}, {"failed", summary.failed}, {"below_threshold", summary.below}};
  if (summary.scored > 0) {
    json["mean"] = rounded9(summary.mean);
    json["lowest"] = rounded9(summary.lowest);
    json["highest"] = rounded9(summary.highest);
  }
  return json;
}

class TextWriter : public ScoreWriter {
 public:
  explicit TextWriter(Output& output) : output_(output) {}

  void entry(const ScoredImage& image) override {
    if (!image.assessment) return;  // said on standard error
    std::array<char, 32> score{};
    std::snprintf(score.data(), score.size(), "%.4f  ", image.assessment->quality);
    output_.write(score.data());
    output_.write(image.file + "\n");
  }

 private:
  Output& output_;
};

/// RFC 4180.
class CsvWriter : public ScoreWriter {
 public:
  CsvWriter(bool embedding, Output& output) : embedding_(embedding), output_(output) {}

  void begin(const RunDescription& run) override {
    if (embedding_) columns_ = run.embedding;
    std::vector<std::string> header{"file", "quality", "logit", "width", "height", "agc", "error"};
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
    for (std::size_t i = 0; i < columns_; ++i) {
      row.push_back(image.assessment ? digits9(image.assessment->embedding[i]) : "");
    }
    output_.write(csv_row(row));
  }

 private:
  bool embedding_;
  std::size_t columns_ = 0;  ///< of the embedding
  Output& output_;
};

/// One document; entries are written as they come.
class JsonWriter : public ScoreWriter {
 public:
  JsonWriter(bool embedding, Output& output) : embedding_(embedding), output_(output) {}

  void begin(const RunDescription& run) override {
    const Json head{{"fliqe", version},
                    {"weights", run.weights},
                    {"weights_source_sha256", run.weights_sha256},
                    {"backbone", run.backbone},
                    {"precision", run.precision},
                    {"preprocessing", run.preprocessing},
                    {"isa", run.isa},
                    {"threads", run.threads},
                    {"threshold", run.threshold}};
    std::string text = dump(head, 2);
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

std::unique_ptr<ScoreWriter> make_score_writer(const std::string& format, bool embedding,
                                               Output& output) {
  if (format == "csv") return std::make_unique<CsvWriter>(embedding, output);
  if (format == "json") return std::make_unique<JsonWriter>(embedding, output);
  if (format == "jsonl") return std::make_unique<JsonLinesWriter>(embedding, output);
  return std::make_unique<TextWriter>(output);
}

}  // namespace fliqe::tools
