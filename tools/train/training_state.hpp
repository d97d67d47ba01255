// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/train/trainer.hpp>
#include <string>

#include "io/json.hpp"

namespace fliqe::tools {

/// What a stored state belongs to: the data, the loss and the options, but for the number of
/// epochs.
std::string fingerprint(const train::Examples& training, const train::Examples& validation,
                        const train::TrainingOptions& options, const std::string& loss);

/// Everything that training goes on from, as a safetensors file.
void write_state(const std::string& path, train::TrainingState& state,
                 const std::string& fingerprint);

/// Takes up what write_state() stored; training then gives the bits that it would have given.
/// @throws Error `invalid_argument` when it belongs to something else, or as any weights file
void read_state(const std::string& path, train::TrainingState& state,
                const std::string& fingerprint);

Json epochs_to_json(const std::vector<train::Epoch>& epochs);

}  // namespace fliqe::tools
