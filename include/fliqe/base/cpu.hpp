// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <cstdint>
#include <cstdlib>
#include <fliqe/base/arm_core_name.hpp>
#include <fliqe/base/error.hpp>
#include <fliqe/version.hpp>
#include <optional>
#include <string>
#include <string_view>

#if defined(__x86_64__) && (defined(__GNUC__) || defined(__clang__))
#define FLIQE_X86_64 1
#include <cpuid.h>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif
#else
#define FLIQE_X86_64 0
#endif

#if defined(__aarch64__) && defined(__ARM_NEON) && !defined(__AARCH64EB__) && \
    (defined(__GNUC__) || defined(__clang__))
#define FLIQE_AARCH64 1
#if defined(__linux__)
#include <sys/auxv.h>
#endif
#else
#define FLIQE_AARCH64 0
#endif

/// Which instruction sets are compiled. FLIQE_DISABLE_AVX2, FLIQE_DISABLE_AVX512 and
/// FLIQE_DISABLE_AMX leave out that one and those above it, as FLIQE_DISABLE_NEON,
/// FLIQE_DISABLE_DOTPROD, FLIQE_DISABLE_I8MM and FLIQE_DISABLE_BF16 do on 64-bit ARM; all sources
/// of a program must agree.
#if FLIQE_X86_64 && !defined(FLIQE_DISABLE_AVX2)
#define FLIQE_HAS_AVX2 1
#else
#define FLIQE_HAS_AVX2 0
#endif
#if FLIQE_HAS_AVX2 && !defined(FLIQE_DISABLE_AVX512)
#define FLIQE_HAS_AVX512 1
#else
#define FLIQE_HAS_AVX512 0
#endif
#if FLIQE_HAS_AVX512 && !defined(FLIQE_DISABLE_AMX)
#define FLIQE_HAS_AMX 1
#else
#define FLIQE_HAS_AMX 0
#endif
#if FLIQE_AARCH64 && !defined(FLIQE_DISABLE_NEON)
#define FLIQE_HAS_NEON 1
#else
#define FLIQE_HAS_NEON 0
#endif
#if FLIQE_HAS_NEON && !defined(FLIQE_DISABLE_DOTPROD)
#define FLIQE_HAS_DOTPROD 1
#else
#define FLIQE_HAS_DOTPROD 0
#endif
#if FLIQE_HAS_DOTPROD && !defined(FLIQE_DISABLE_I8MM)
#define FLIQE_HAS_I8MM 1
#else
#define FLIQE_HAS_I8MM 0
#endif
#if FLIQE_HAS_I8MM && !defined(FLIQE_DISABLE_BF16)
#define FLIQE_HAS_BF16 1
#else
#define FLIQE_HAS_BF16 0
#endif

namespace fliqe::inline FLIQE_ABI {

/// Instruction sets with kernels of their own, slowest first in each family of processors.
/// `baseline` is whatever the including translation unit is compiled for (SSE2 on x86-64, NEON on
/// AArch64), in portable code. `amx` differs from `avx512` in bf16 and int8 only; of those of
/// AArch64, `dotprod` and `i8mm` differ from the one before in int8 and `bf16` in bf16 only.
enum class Isa { baseline, avx2, avx512, amx, neon, dotprod, i8mm, bf16 };

inline constexpr std::array all_isas{Isa::baseline, Isa::avx2,    Isa::avx512, Isa::amx,
                                     Isa::neon,     Isa::dotprod, Isa::i8mm,   Isa::bf16};

constexpr std::string_view to_string(Isa isa) noexcept {
  switch (isa) {
    case Isa::baseline:
      return "baseline";
    case Isa::avx2:
      return "avx2";
    case Isa::avx512:
      return "avx512";
    case Isa::amx:
      return "amx";
    case Isa::neon:
      return "neon";
    case Isa::dotprod:
      return "dotprod";
    case Isa::i8mm:
      return "i8mm";
    case Isa::bf16:
      return "bf16";
  }
  return "unknown";
}

constexpr std::optional<Isa> isa_from_string(std::string_view name) noexcept {
  for (const Isa isa : all_isas) {
    if (to_string(isa) == name) return isa;
  }
  return std::nullopt;
}

/// What the processor and the operating system offer together.
struct CpuFeatures {
  bool avx2 = false;
  bool fma = false;
  bool f16c = false;
  bool avx512f = false;
  bool avx512bw = false;
  bool avx512dq = false;
  bool avx512vl = false;
  bool avx512_vnni = false;
  bool avx512_bf16 = false;
  bool avx_vnni = false;
  bool amx_tile = false;
  bool amx_bf16 = false;
  bool amx_int8 = false;
  bool arm_dotprod = false;
  bool arm_i8mm = false;
  bool arm_bf16 = false;
  std::string name;  ///< of the processor or, on ARM, of this core; empty where it does not tell
};

namespace detail {

#if FLIQE_X86_64
struct CpuidLeaf {
  unsigned eax = 0, ebx = 0, ecx = 0, edx = 0;
};

inline CpuidLeaf cpuid(unsigned leaf, unsigned subleaf = 0) noexcept {
  CpuidLeaf registers;
  if (__get_cpuid_count(leaf, subleaf, &registers.eax, &registers.ebx, &registers.ecx,
                        &registers.edx) == 0) {
    return {};
  }
  return registers;
}

/// The register states that the operating system saves (XCR0).
inline unsigned saved_states() noexcept {
  if ((cpuid(1).ecx & (1u << 27)) == 0) return 0;  // no OSXSAVE
  unsigned low = 0, high = 0;
  __asm__ volatile("xgetbv" : "=a"(low), "=d"(high) : "c"(0));
  return low;
}

inline std::string cpu_brand() {
  if (cpuid(0x80000000u).eax < 0x80000004u) return {};
  std::string brand;
  for (unsigned leaf = 0x80000002u; leaf <= 0x80000004u; ++leaf) {
    const CpuidLeaf part = cpuid(leaf);
    for (const unsigned word : {part.eax, part.ebx, part.ecx, part.edx}) {
      for (int byte = 0; byte < 4; ++byte) {
        const char letter = static_cast<char>(word >> (8 * byte));
        if (letter != '\0') brand.push_back(letter);
      }
    }
  }
  return brand;
}

inline CpuFeatures detect_cpu() {
  constexpr unsigned ymm_states = 0x6, zmm_states = 0xe6, tile_states = 0x60000;
  const unsigned states = saved_states();
  const bool ymm = (states & ymm_states) == ymm_states;
  const bool zmm = (states & zmm_states) == zmm_states;
  const bool tiles = (states & tile_states) == tile_states;
  const CpuidLeaf leaf1 = cpuid(1), leaf7 = cpuid(7), leaf7_1 = cpuid(7, 1);
  const auto bit = [](unsigned word, int index) { return ((word >> index) & 1u) != 0; };

  CpuFeatures features;
  features.fma = ymm && bit(leaf1.ecx, 12);
  features.f16c = ymm && bit(leaf1.ecx, 29);
  features.avx2 = ymm && bit(leaf7.ebx, 5);
  features.avx_vnni = ymm && bit(leaf7_1.eax, 4);
  features.avx512f = zmm && bit(leaf7.ebx, 16);
  features.avx512dq = zmm && bit(leaf7.ebx, 17);
  features.avx512bw = zmm && bit(leaf7.ebx, 30);
  features.avx512vl = zmm && bit(leaf7.ebx, 31);
  features.avx512_vnni = zmm && bit(leaf7.ecx, 11);
  features.avx512_bf16 = zmm && bit(leaf7_1.eax, 5);
  features.amx_bf16 = tiles && bit(leaf7.edx, 22);
  features.amx_tile = tiles && bit(leaf7.edx, 24);
  features.amx_int8 = tiles && bit(leaf7.edx, 25);
  features.name = cpu_brand();
  return features;
}
#elif FLIQE_AARCH64
inline CpuFeatures detect_cpu() {
  CpuFeatures features;
#if defined(__linux__)
  // Documentation/arch/arm64/elf_hwcaps.rst; <asm/hwcap.h> may be older than the processor.
  constexpr unsigned long hwcap_cpuid = 1ul << 11, hwcap_asimddp = 1ul << 20,
                          hwcap2_i8mm = 1ul << 13, hwcap2_bf16 = 1ul << 14;
  const unsigned long hwcap = getauxval(AT_HWCAP), hwcap2 = getauxval(AT_HWCAP2);
  features.arm_dotprod = (hwcap & hwcap_asimddp) != 0;
  features.arm_i8mm = (hwcap2 & hwcap2_i8mm) != 0;
  features.arm_bf16 = (hwcap2 & hwcap2_bf16) != 0;
  if ((hwcap & hwcap_cpuid) != 0) {  // the kernel reads it for the program
    std::uint64_t main_id = 0;
    __asm__("mrs %0, midr_el1" : "=r"(main_id));
    features.name = arm_core_name(main_id);
  }
#else
  // Where the system is not asked: what this translation unit may use anyway.
#if defined(__ARM_FEATURE_DOTPROD)
  features.arm_dotprod = true;
#endif
#if defined(__ARM_FEATURE_MATMUL_INT8)
  features.arm_i8mm = true;
#endif
#if defined(__ARM_FEATURE_BF16_VECTOR_ARITHMETIC)
  features.arm_bf16 = true;
#endif
#endif
  return features;
}
#else
inline CpuFeatures detect_cpu() {
  return {};
}
#endif

}  // namespace detail

/// Detected once; thread-safe.
inline const CpuFeatures& cpu_features() {
  static const CpuFeatures features = detail::detect_cpu();
  return features;
}

namespace detail {

/// Linux gives a process the matrix registers only when it asks for them, which may be refused
/// (Documentation/arch/x86/xstate.rst). Elsewhere nothing is known, so they stay unused.
inline bool request_tiles() noexcept {
#if FLIQE_X86_64 && defined(__linux__)
  constexpr long request_permission = 0x1023, get_permission = 0x1022, tile_data = 18;
  if (syscall(SYS_arch_prctl, request_permission, tile_data) != 0) return false;
  unsigned long permitted = 0;
  return syscall(SYS_arch_prctl, get_permission, &permitted) == 0 &&
         (permitted >> tile_data & 1ul) != 0;
#else
  return false;
#endif
}

/// Asked for once in a process.
inline bool may_use_tiles() noexcept {
  static const bool permitted = request_tiles();
  return permitted;
}

}  // namespace detail

/// Whether this program has kernels for `isa`; see FLIQE_HAS_AVX2 and its kin.
constexpr bool is_compiled(Isa isa) noexcept {
  switch (isa) {
    case Isa::baseline:
      return true;
    case Isa::avx2:
      return FLIQE_HAS_AVX2 != 0;
    case Isa::avx512:
      return FLIQE_HAS_AVX512 != 0;
    case Isa::amx:
      return FLIQE_HAS_AMX != 0;
    case Isa::neon:
      return FLIQE_HAS_NEON != 0;
    case Isa::dotprod:
      return FLIQE_HAS_DOTPROD != 0;
    case Isa::i8mm:
      return FLIQE_HAS_I8MM != 0;
    case Isa::bf16:
      return FLIQE_HAS_BF16 != 0;
  }
  return false;
}

/// Whether this program has kernels for `isa` and this host can run them.
inline bool is_supported(Isa isa) {
  if (!is_compiled(isa)) return false;
  const CpuFeatures& cpu = cpu_features();
  const bool avx2 = cpu.avx2 && cpu.fma;
  const bool avx512 = avx2 && cpu.avx512f && cpu.avx512bw && cpu.avx512dq && cpu.avx512vl;
  const bool i8mm = cpu.arm_dotprod && cpu.arm_i8mm;
  switch (isa) {
    case Isa::baseline:
    case Isa::neon:
      return true;
    case Isa::avx2:
      return avx2;
    case Isa::avx512:
      return avx512;
    case Isa::amx:
      return avx512 && cpu.amx_tile && cpu.amx_bf16 && cpu.amx_int8 && detail::may_use_tiles();
    case Isa::dotprod:
      return cpu.arm_dotprod;
    case Isa::i8mm:
      return i8mm;
    case Isa::bf16:
      return i8mm && cpu.arm_bf16;
  }
  return false;
}

namespace detail {

/// "baseline, avx2, avx512 or amx": those that this program has kernels for.
inline std::string compiled_isa_names() {
  std::string names;
  Isa last = Isa::baseline;
  for (const Isa isa : all_isas) {
    if (is_compiled(isa)) last = isa;
  }
  for (const Isa isa : all_isas) {
    if (!is_compiled(isa)) continue;
    if (isa != Isa::baseline) names += isa == last ? " or " : ", ";
    names += to_string(isa);
  }
  return names;
}

}  // namespace detail

/// @throws Error `invalid_argument` when `isa` is not supported. `setting` names its source
inline void require_supported(std::string_view setting, Isa isa) {
  if (is_supported(isa)) return;
  const std::string kernels = " '" + std::string(to_string(isa)) + "' code";
  detail::raise(ErrorCode::invalid_argument,
                {setting, (is_compiled(isa) ? ": this processor cannot run" + kernels
                                            : ": this program was built without" + kernels)});
}

/// The instruction set of that name. `setting` names the source of `name` in messages.
/// @throws Error `invalid_argument` when there is none or this host lacks it
inline Isa require_isa(std::string_view setting, std::string_view name) {
  const std::optional<Isa> isa = isa_from_string(name);
  if (!isa) {
    detail::raise(ErrorCode::invalid_argument,
                  {setting, ": expected ", detail::compiled_isa_names(), ", found '", name, "'"});
  }
  require_supported(setting, *isa);
  return *isa;
}

/// The fastest supported instruction set, or the one that the environment variable `FLIQE_ISA`
/// forces by its name.
/// @throws Error `invalid_argument` when `FLIQE_ISA` names none of them or one this host lacks.
inline Isa select_isa() {
  if (const char* forced = std::getenv("FLIQE_ISA"); forced != nullptr && *forced != '\0') {
    return require_isa("FLIQE_ISA", forced);
  }
  Isa best = Isa::baseline;
  for (const Isa isa : all_isas) {
    if (is_supported(isa)) best = isa;
  }
  return best;
}

/// select_isa(), chosen once per process.
inline Isa default_isa() {
  static const Isa isa = select_isa();
  return isa;
}

}  // namespace fliqe::inline FLIQE_ABI
