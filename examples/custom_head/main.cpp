// SPDX-License-Identifier: MIT
// A head of one's own on the trunk of FLIQE: learns to tell the pictures of two folders apart and
// says of others how likely they belong to the second. (For FLIQE's own head on new pictures there
// is `fliqe train-head`.)
#include <algorithm>
#include <cmath>
#include <cstdio>
#include <filesystem>
#include <fliqe/fliqe.hpp>
#include <fliqe/train.hpp>
#include <string>
#include <vector>

namespace {

using Model = fliqe::FLIQE<fliqe::AnyBackbone>;
namespace train = fliqe::train;

/// A row of trunk features for each picture.
train::Matrix<float> features_of(const Model& model, const std::vector<std::string>& paths) {
  train::Matrix<float> rows(static_cast<Eigen::Index>(paths.size()), model.spec().features());
  for (std::size_t i = 0; i < paths.size(); ++i) {
    const std::vector<float> features = model.features(fliqe::load_image(paths[i]));
    std::ranges::copy(features, rows.row(static_cast<Eigen::Index>(i)).data());
  }
  return rows;
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc < 5) {
    return std::fprintf(stderr, "usage: %s WEIGHTS FOLDER FOLDER PICTURE...\n", argv[0]), 2;
  }
  const Model model(argv[1]);
  std::vector<std::string> paths;
  train::Examples examples;
  for (const int label : {0, 1}) {
    for (const auto& file : std::filesystem::directory_iterator(argv[2 + label])) {
      paths.push_back(file.path().string());
      examples.labels.push_back(label);
    }
  }
  examples.features = features_of(model, paths);
  train::balance(examples, 2);

  // One linear layer; any layers of fliqe/train may follow one another here.
  fliqe::Random random(1);
  train::Network<float> head;
  head.add(train::Linear<float>(model.spec().features(), 1, random));
  train::TrainingState state(std::move(head));
  train::train(state, examples, examples, train::BinaryCrossEntropy(),
               {.epochs = 200, .learning_rate = 0.01}, [](const train::Epoch&) { return true; });

  const std::vector<std::string> asked(argv + 4, argv + argc);
  const auto logits = state.best.forward(features_of(model, asked), false);
  for (std::size_t i = 0; i < asked.size(); ++i) {
    const double logit = logits(static_cast<Eigen::Index>(i), 0);
    std::printf("%.4f  %s\n", 1 / (1 + std::exp(-logit)), asked[i].c_str());
  }
} catch (const fliqe::Error& error) {
  std::fprintf(stderr, "%s\n", error.what());
  return 1;
}
