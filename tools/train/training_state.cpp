// SPDX-License-Identifier: MIT
#include "train/training_state.hpp"

#include <algorithm>
#include <fliqe/weights/float_tensor.hpp>
#include <fliqe/weights/safetensors.hpp>
#include <span>

#include "io/sha256.hpp"
#include "train/stored_network.hpp"
#include "weights/safetensors_writer.hpp"

namespace fliqe::tools {
namespace {

template <class T>
void append(std::string& text, const T* values, std::size_t count) {
  text.append(reinterpret_cast<const char*>(values), count * sizeof(T));
}

void append(std::string& text, const train::Examples& examples) {
  text += std::to_string(examples.count()) + "/" + std::to_string(examples.features.cols()) + "/";
  append(text, examples.features.data(), static_cast<std::size_t>(examples.features.size()));
  append(text, examples.labels.data(), examples.labels.size());
}

/// The optimiser's arrays by name: `see(name, values)`.
template <class See>
void for_each_moment(train::TrainingState& state, const See& see) {
  for (std::size_t i = 0; i < state.optimizer.moments.size(); ++i) {
    auto& [first, second] = state.optimizer.moments[i];
    see("optimizer.first." + std::to_string(i), first);
    see("optimizer.second." + std::to_string(i), second);
  }
}

std::vector<train::Epoch> epochs_from(const Json& json) {
  std::vector<train::Epoch> epochs;
  for (const Json& each : json) {
    epochs.push_back({each.at("number"), each.at("training_loss"), each.at("validation_loss"),
                      each.at("learning_rate"), each.at("is_best")});
  }
  return epochs;
}

}  // namespace

std::string fingerprint(const train::Examples& training, const train::Examples& validation,
                        const train::TrainingOptions& options, const std::string& loss) {
  std::string text = loss + "/" + std::to_string(options.batch) + "/" +
                     digits9(options.learning_rate) + "/" + digits9(options.decay) + "/" +
                     std::to_string(options.patience) + "/" + std::to_string(options.seed) + "/";
  append(text, training);
  append(text, validation);
  return sha256(std::as_bytes(std::span(text.data(), text.size())));
}

Json epochs_to_json(const std::vector<train::Epoch>& epochs) {
  Json json = Json::array();
  for (const train::Epoch& epoch : epochs) {
    json.push_back({{"number", epoch.number},
                    {"training_loss", epoch.training_loss},
                    {"validation_loss", epoch.validation_loss},
                    {"learning_rate", epoch.learning_rate},
                    {"is_best", epoch.is_best}});
  }
  return json;
}

void write_state(const std::string& path, train::TrainingState& state,
                 const std::string& fingerprint) {
  weights::TensorSet tensors(path, tensors_of(state.current, "current."),
                             {{"content", "training state"},
                              {"fingerprint", fingerprint},
                              {"steps", std::to_string(state.optimizer.steps)},
                              {"epochs", dump(epochs_to_json(state.epochs))}});
  for (weights::TensorEntry& each : tensors_of(state.best, "best.")) tensors.add(std::move(each));
  for_each_moment(state, [&](const std::string& name, train::Matrix<float>& values) {
    const std::span<const float> all(values.data(), static_cast<std::size_t>(values.size()));
    tensors.add({name, weights::DType::f32, train::matrix_shape(values), std::as_bytes(all)});
  });
  write_safetensors(path, tensors);
}

void read_state(const std::string& path, train::TrainingState& state,
                const std::string& fingerprint) {
  const auto file = weights::read_safetensors(path);
  require(file.metadata("fingerprint") == fingerprint, ErrorCode::invalid_argument,
          path +
              ": expected the state of this training, found that of other data or "
              "options; remove it to begin anew");
  load_network(state.current, file, "current.");
  load_network(state.best, file, "best.");
  for_each_moment(state, [&](const std::string& name, train::Matrix<float>& values) {
    const weights::TensorEntry* entry = file.find(name);
    require(entry != nullptr && entry->shape == train::matrix_shape(values),
            ErrorCode::weights_mismatch,
            path + ": expected a tensor named " + name + " of shape " +
                weights::to_string(train::matrix_shape(values)));
    const weights::FloatTensor numbers(*entry);
    std::ranges::copy(numbers.values(), values.data());
  });
  try {
    state.epochs = epochs_from(Json::parse(file.metadata("epochs").value_or("")));
    state.optimizer.steps = std::stoi(file.metadata("steps").value_or(""));
  } catch (const std::exception& error) {
    throw Error(ErrorCode::corrupt_file,
                path + ": expected a list of epochs in the metadata: " + error.what());
  }
}

}  // namespace fliqe::tools
