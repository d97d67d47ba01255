// SPDX-License-Identifier: MIT
#pragma once

#include <string>

#include "io/json.hpp"
#include "thermal/spots.hpp"

namespace fliqe::tools {

/// An object with a unit and an array of areas.
Json spots_json(const Spots& spots, const SpotsRequest& request);

/// The first row of the table that spots_csv() fills.
std::string spots_csv_header(const SpotsRequest& request);
/// A row for each area. Fields of an area without a value are empty.
std::string spots_csv(const std::string& file, const Spots& spots, const SpotsRequest& request);

/// Lines for people.
std::string spots_text(const Spots& spots, const SpotsRequest& request);

}  // namespace fliqe::tools
