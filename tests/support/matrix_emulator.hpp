// SPDX-License-Identifier: MIT
/// @file
/// Runs code for Intel AMX on hosts without it: the processor refuses each of its instructions,
/// and the signal handler carries it out (Intel 64 and IA-32 Architectures Software Developer's
/// Manual, volume 2). Thousands of times slower than the real thing, but it is the compiled code
/// that is tested.
#pragma once

#include <fliqe/base/bfloat16.hpp>
#include <fliqe/base/cpu.hpp>

#if FLIQE_X86_64 && defined(__linux__)
#define FLIQE_TEST_EMULATES_MATRICES 1

#include <signal.h>
#include <ucontext.h>

#include <cstdint>
#include <cstring>

namespace fliqe::test {

/// The matrix registers of a thread.
class MatrixRegisters {
 public:
  static MatrixRegisters& of_thread() {
    static thread_local MatrixRegisters registers;
    return registers;
  }

  /// Carries out the instruction at `code`; returns its length, or 0 when it is none of AMX or
  /// does something that a processor refuses.
  std::size_t step(const std::uint8_t* code, const greg_t* general) {
    if (code[0] != 0xc4 || (code[1] & 0x1f) != 2 || (code[2] & 0x84) != 0) return 0;
    const int prefix = code[2] & 3, opcode = code[3], modrm = code[4];
    const int source = ~(code[2] >> 3) & 15, reg = modrm >> 3 & 7, rm = modrm & 7;
    if (modrm >> 6 == 3) {
      return registers_only(prefix, opcode, reg, rm, source, modrm) ? 5 : 0;
    }
    std::size_t length = 5;
    std::ptrdiff_t stride = 0;
    std::uint8_t* memory = address(code, general, length, stride);
    return in_memory(prefix, opcode, reg, memory, stride) ? length : 0;
  }

 private:
  static constexpr int none = 0, p66 = 1, pf3 = 2, pf2 = 3;  // VEX.pp
  static constexpr int row_bytes = 64;

  struct Configuration {
    std::uint8_t palette, start_row, reserved[14];
    std::uint16_t columns[16];
    std::uint8_t rows[16];
  };

  bool registers_only(int prefix, int opcode, int reg, int rm, int source, int modrm) {
    if (opcode == 0x49 && prefix == none && modrm == 0xc0) {
      *this = {};
      return true;
    }
    if (shapes_.palette != 1) return false;
    if (opcode == 0x49 && prefix == pf2) {
      std::memset(data_[reg], 0, sizeof(data_[reg]));
      return true;
    }
    if (source > 7 || reg == rm || reg == source || rm == source || !fits(reg, rm, source)) {
      return false;
    }
    if (opcode == 0x5e && prefix == p66) return multiply_bytes(reg, rm, source), true;
    if (opcode == 0x5c && prefix == pf3) return multiply_bf16(reg, rm, source), true;
    return false;
  }

  bool in_memory(int prefix, int opcode, int reg, std::uint8_t* memory, std::ptrdiff_t stride) {
    if (opcode == 0x49 && prefix == none) {
      *this = {};
      std::memcpy(&shapes_, memory, sizeof(shapes_));
      return shapes_.palette == 1 && shapes_are_valid();
    }
    if (opcode == 0x49 && prefix == p66) {
      std::memcpy(memory, &shapes_, sizeof(shapes_));
      return true;
    }
    if (opcode != 0x4b || shapes_.palette != 1) return false;
    if (prefix == pf2 || prefix == p66) std::memset(data_[reg], 0, sizeof(data_[reg]));
    for (int row = 0; row < shapes_.rows[reg]; ++row) {
      if (prefix == pf3) {
        std::memcpy(memory + row * stride, data_[reg][row], shapes_.columns[reg]);
      } else {
        std::memcpy(data_[reg][row], memory + row * stride, shapes_.columns[reg]);
      }
    }
    return true;
  }

  bool shapes_are_valid() const {
    for (int i = 0; i < 16; ++i) {
      const bool is_used = i < 8 && shapes_.rows[i] <= 16 && shapes_.columns[i] <= row_bytes &&
                           (shapes_.rows[i] == 0) == (shapes_.columns[i] == 0);
      if (!is_used && (shapes_.rows[i] != 0 || shapes_.columns[i] != 0)) return false;
    }
    return true;
  }

  /// (rows x words) times (words x columns).
  bool fits(int sum, int a, int b) const {
    return shapes_.rows[sum] == shapes_.rows[a] && shapes_.columns[sum] == shapes_.columns[b] &&
           shapes_.columns[a] / 4 == shapes_.rows[b] && shapes_.columns[a] % 4 == 0;
  }

  template <class Add>
  void for_each_product(int sum, int a, int b, const Add& add) {
    for (int row = 0; row < shapes_.rows[sum]; ++row) {
      for (int word = 0; word < shapes_.columns[a] / 4; ++word) {
        for (int column = 0; column < shapes_.columns[sum] / 4; ++column) {
          add(&data_[sum][row][4 * column], &data_[a][row][4 * word], &data_[b][word][4 * column]);
        }
      }
    }
  }

  void multiply_bytes(int sum, int a, int b) {
    for_each_product(sum, a, b, [](std::uint8_t* to, const std::uint8_t* x, const std::uint8_t* w) {
      std::int32_t total = 0;
      std::memcpy(&total, to, sizeof(total));
      for (int i = 0; i < 4; ++i) total += x[i] * static_cast<std::int8_t>(w[i]);
      std::memcpy(to, &total, sizeof(total));
    });
  }

  void multiply_bf16(int sum, int a, int b) {
    for_each_product(sum, a, b, [](std::uint8_t* to, const std::uint8_t* x, const std::uint8_t* w) {
      float total = 0;
      bfloat16 left[2], right[2];
      std::memcpy(&total, to, sizeof(total));
      std::memcpy(left, x, sizeof(left));
      std::memcpy(right, w, sizeof(right));
      for (int i = 0; i < 2; ++i) total += to_float(left[i]) * to_float(right[i]);
      std::memcpy(to, &total, sizeof(total));
    });
  }

  /// The memory operand; `stride` is its index register, which AMX does not scale or add.
  static std::uint8_t* address(const std::uint8_t* code, const greg_t* general, std::size_t& length,
                               std::ptrdiff_t& stride) {
    static constexpr int place[16] = {REG_RAX, REG_RCX, REG_RDX, REG_RBX, REG_RSP, REG_RBP,
                                      REG_RSI, REG_RDI, REG_R8,  REG_R9,  REG_R10, REG_R11,
                                      REG_R12, REG_R13, REG_R14, REG_R15};
    const int mode = code[4] >> 6, rm = code[4] & 7;
    const int base_high = (~code[1] >> 5 & 1) << 3, index_high = (~code[1] >> 6 & 1) << 3;
    int base = rm | base_high;
    bool has_base = !(mode == 0 && rm == 5);
    if (rm == 4) {
      const int sib = code[length++];
      const int index = (sib >> 3 & 7) | index_high;
      if (index != 4) stride = general[place[index]] << (sib >> 6);
      base = (sib & 7) | base_high;
      has_base = !(mode == 0 && (sib & 7) == 5);
    }
    std::int64_t offset = 0;
    if (mode == 1) {
      offset = static_cast<std::int8_t>(code[length]);
      length += 1;
    } else if (mode == 2 || !has_base) {
      std::int32_t displacement = 0;
      std::memcpy(&displacement, code + length, sizeof(displacement));
      offset = displacement;
      length += 4;
    }
    std::int64_t start = has_base ? general[place[base]] : 0;
    if (!has_base && rm == 5) start = reinterpret_cast<std::int64_t>(code + length);
    return reinterpret_cast<std::uint8_t*>(start + offset);
  }

  Configuration shapes_{};
  std::uint8_t data_[8][16][row_bytes] = {};
};

/// From now on this process runs instructions of AMX.
inline void emulate_matrices() {
  struct sigaction action {};
  action.sa_flags = SA_SIGINFO | SA_NODEFER;
  action.sa_sigaction = [](int signal_number, siginfo_t*, void* context) {
    greg_t* general = static_cast<ucontext_t*>(context)->uc_mcontext.gregs;
    const auto* code = reinterpret_cast<const std::uint8_t*>(general[REG_RIP]);
    const std::size_t length = MatrixRegisters::of_thread().step(code, general);
    if (length == 0) {
      signal(signal_number, SIG_DFL);  // a real fault: it happens again
      return;
    }
    general[REG_RIP] += static_cast<greg_t>(length);
  };
  sigaction(SIGILL, &action, nullptr);
}

}  // namespace fliqe::test

#else
#define FLIQE_TEST_EMULATES_MATRICES 0
#endif
