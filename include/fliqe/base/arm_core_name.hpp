// SPDX-License-Identifier: MIT
#pragma once

#include <cstdint>
#include <fliqe/version.hpp>
#include <string>
#include <string_view>

namespace fliqe::inline FLIQE_ABI::detail {

/// The name of a core by its main ID register, MIDR_EL1 (Arm Architecture Reference Manual; part
/// numbers from each core's Technical Reference Manual); "Arm core 0xd99" for one not known here.
inline std::string arm_core_name(std::uint64_t main_id) {
  struct Core {
    unsigned part;
    std::string_view name;
  };
  static constexpr Core cores[] = {
      {0xd03, "Cortex-A53"},   {0xd04, "Cortex-A35"},  {0xd05, "Cortex-A55"},
      {0xd07, "Cortex-A57"},   {0xd08, "Cortex-A72"},  {0xd09, "Cortex-A73"},
      {0xd0a, "Cortex-A75"},   {0xd0b, "Cortex-A76"},  {0xd0c, "Neoverse-N1"},
      {0xd0d, "Cortex-A77"},   {0xd40, "Neoverse-V1"}, {0xd41, "Cortex-A78"},
      {0xd42, "Cortex-A78AE"}, {0xd44, "Cortex-X1"},   {0xd46, "Cortex-A510"},
      {0xd47, "Cortex-A710"},  {0xd48, "Cortex-X2"},   {0xd49, "Neoverse-N2"},
      {0xd4b, "Cortex-A78C"},  {0xd4d, "Cortex-A715"}, {0xd4f, "Neoverse-V2"}};
  const auto implementer = static_cast<unsigned>(main_id >> 24 & 0xff);
  const auto part = static_cast<unsigned>(main_id >> 4 & 0xfff);
  constexpr unsigned arm = 0x41;
  for (const Core& core : cores) {
    if (implementer == arm && core.part == part) return std::string(core.name);
  }
  constexpr char digits[] = "0123456789abcdef";
  std::string name = implementer == arm ? "Arm core 0x" : "core 0x";
  for (const unsigned shift : {8u, 4u, 0u}) name.push_back(digits[part >> shift & 15]);
  return name;
}

}  // namespace fliqe::inline FLIQE_ABI::detail
