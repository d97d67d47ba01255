// SPDX-License-Identifier: MIT
#pragma once

#include <fstream>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "support/files.hpp"

namespace fliqe::test {

/// What PyTorch, Pillow and OpenCV say of a picture.
struct Golden {
  std::string image;
  std::string decoded_sha256;
  std::string resized_sha256;
  std::vector<float> embedding;
  std::vector<float> first_features;
  double logit = 0;
  double quality = 0;
};

/// Those of the example pictures with the default weights.
inline fs::path example_golden() {
  return source_dir() / "tests/data/golden-examples.json";
}

inline std::vector<Golden> read_golden(const fs::path& path) {
  std::ifstream file(path);
  std::vector<Golden> entries;
  for (const auto& entry : nlohmann::json::parse(file)) {
    entries.push_back({entry["image"], entry["decoded_sha256"], entry["resized_sha256"],
                       entry["embedding"].get<std::vector<float>>(),
                       entry["feature_first8"].get<std::vector<float>>(), entry["logit"],
                       entry["quality"]});
  }
  return entries;
}

}  // namespace fliqe::test
