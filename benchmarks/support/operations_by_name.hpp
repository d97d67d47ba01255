// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/model/network.hpp>
#include <fliqe/model/operations.hpp>
#include <map>
#include <string>
#include <utility>

namespace fliqe::benchmarks {

/// What the steps of a network compute, by their names.
inline std::map<std::string, model::Operation> operations_by_name(const model::Network& network) {
  std::map<std::string, model::Operation> operations;
  for (model::Operation& each : model::OperationList::of(network.spec(), network.kind())) {
    operations[each.name] = std::move(each);
  }
  return operations;
}

}  // namespace fliqe::benchmarks
