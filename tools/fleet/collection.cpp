// SPDX-License-Identifier: MIT
#include "fleet/collection.hpp"

#include <array>
#include <charconv>
#include <fliqe/base/error.hpp>
#include <span>
#include <vector>

#include "io/csv.hpp"
#include "io/json_text.hpp"
#include "io/sha256.hpp"

namespace fliqe::tools {
namespace {

/// Columns by the members that they show; those of `fliqe score` come first.
struct Column {
  const char* name;
  const char* member;
};
constexpr std::array columns{Column{"file", "ref"},
                             Column{"quality", "quality"},
                             Column{"logit", "logit"},
                             Column{"width", "width"},
                             Column{"height", "height"},
                             Column{"agc", "agc"},
                             Column{"error", "error"},
                             Column{"code", "code"},
                             Column{"job", "job"},
                             Column{"camera", "camera"},
                             Column{"sha256", "sha256"},
                             Column{"weights_sha256", "weights_sha256"},
                             Column{"precision", "precision"},
                             Column{"isa", "isa"}};

std::string field(const Json& result, const char* member) {
  const auto found = result.find(member);
  if (found == result.end() || found->is_null()) return "";
  return found->is_string() ? found->get<std::string>() : found->dump();
}

Json parse_result(const KafkaRecord& record) {
  try {
    return parse_json(record.value.value_or(""), record.from.topic);
  } catch (const Error&) {
    return {};
  }
}

}  // namespace

Collection::Collection(const std::string& format, Output& output)
    : is_csv_(format == "csv"), output_(output) {
  if (!is_csv_) return;
  std::vector<std::string> header;
  for (const Column& column : columns) header.push_back(column.name);
  output_.write(csv_row(header));
}

/// The picture, the run and what computed it.
Collection::Digest Collection::identity(const Json& result) {
  std::string text;
  for (const char* member :
       {"job", "ref", "camera", "sha256", "weights_sha256", "precision", "code", "from"}) {
    text += field(result, member) + '\n';
  }
  const std::string digits = sha256(std::as_bytes(std::span(text)));
  Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i) {
    const char* const begin = digits.data() + 16 * i;
    std::from_chars(begin, begin + 16, digest[i], 16);
  }
  return digest;
}

void Collection::add(const KafkaRecord& record) {
  const Json result = parse_result(record);
  const bool is_result =
      result.is_object() && (result.contains("quality") || result.contains("code"));
  if (!is_result) {
    ++foreign_;
    return;
  }
  if (!known_.insert(identity(result)).second) {
    ++repeated_;
    return;
  }
  ++(result.contains("code") ? dead_ : scored_);
  if (!is_csv_) return output_.write(dump(result) + "\n");
  std::vector<std::string> row;
  for (const Column& column : columns) row.push_back(field(result, column.member));
  output_.write(csv_row(row));
}

}  // namespace fliqe::tools
