// SPDX-License-Identifier: MIT
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace fliqe::tools {

/// An output that the client wants.
struct KserveOutput {
  std::string name;  ///< quality or embedding
  bool is_binary = false;
};

/// A request for an inference, of the Open Inference Protocol.
struct KserveRequest {
  std::string id;
  std::vector<KserveOutput> outputs;       ///< each at most once
  std::vector<std::string> decoded;        ///< what the pictures view if they were Base64
  std::vector<std::string_view> pictures;  ///< encoded; of `decoded` or of the body
};

/// @param length  of the JSON, from the header Inference-Header-Content-Length; binary data follows
///                it. Empty: all of the body is JSON
/// @throws Error saying what is wrong
KserveRequest parse_kserve_request(std::string_view body, std::string_view length);

}  // namespace fliqe::tools
