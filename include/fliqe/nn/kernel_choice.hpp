// SPDX-License-Identifier: MIT
#pragma once

#include <fliqe/kernels/dispatch.hpp>
#include <fliqe/version.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI::nn {

/// The arithmetics that layers compute in.
using kernels::Bf16;
using kernels::F32;
using kernels::Int8;

/// The kernels that a layer uses. By default the fastest of default_isa(); an Isa converts to the
/// fastest that this host can use with it.
template <class Arithmetic>
class Kernels {
 public:
  using Table = kernels::KernelTable<Arithmetic>;

  Kernels() : Kernels(default_isa()) {}

  /// @throws Error `invalid_argument` when this host cannot run `isa`
  Kernels(Isa isa)
      : Kernels(kernels::variants<Arithmetic>()[kernels::fastest_variant<Arithmetic>(isa)],
                kernels::table_for<Arithmetic>(isa)) {}

  /// All that are compiled, slowest first, whether this host can run them or not.
  static std::vector<Kernels> all() {
    std::vector<Kernels> all;
    const auto tables = kernels::compiled_tables<Arithmetic>();
    for (std::size_t i = 0; i < tables.size(); ++i) {
      all.push_back(Kernels(kernels::variants<Arithmetic>()[i], *tables[i]));
    }
    return all;
  }

  /// Those that this host can use when it may use `isa`, slowest first.
  static std::vector<Kernels> usable(Isa isa = all_isas.back()) {
    std::vector<Kernels> usable;
    for (const Kernels& kernels : all()) {
      if (kernels.variant().is_usable(isa)) usable.push_back(kernels);
    }
    return usable;
  }

  /// These, or the fastest slower ones that take so many input channels.
  Kernels for_depth(int in_channels) const noexcept {
    const auto all = kernels::variants<Arithmetic>();
    const auto tables = kernels::compiled_tables<Arithmetic>();
    auto index = static_cast<std::size_t>(variant_ - all.data());
    while (index > 0 && in_channels % tables[index]->weight_word != 0) --index;
    return {all[index], *tables[index]};
  }

  const kernels::KernelVariant& variant() const noexcept { return *variant_; }
  const Table& table() const noexcept { return *table_; }

 private:
  Kernels(const kernels::KernelVariant& variant, const Table& table)
      : variant_(&variant), table_(&table) {}

  const kernels::KernelVariant* variant_;
  const Table* table_;
};

}  // namespace fliqe::inline FLIQE_ABI::nn
