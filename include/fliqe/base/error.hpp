// SPDX-License-Identifier: MIT
#pragma once

#include <concepts>
#include <cstdio>
#include <cstdlib>
#include <fliqe/version.hpp>
#include <initializer_list>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

namespace fliqe::inline FLIQE_ABI {

/// What kind of failure an `Error` reports; stable, so that callers can branch on it.
enum class ErrorCode {
  invalid_argument,    ///< a caller's value is outside the documented range
  io,                  ///< the operating system refused to open, read, map or write
  unsupported_format,  ///< the bytes are of a kind that is not read here
  corrupt_file,        ///< the bytes claim to be of a known kind but break its rules
  weights_mismatch,    ///< tensors are missing, extra or of another shape than the backbone's
  no_such_capability,  ///< the weights lack the head that the call needs
  unknown_session,     ///< no session of that name
  non_finite,          ///< NaN or infinity where a number is needed
};

constexpr std::string_view to_string(ErrorCode code) noexcept {
  switch (code) {
    case ErrorCode::invalid_argument:
      return "invalid_argument";
    case ErrorCode::io:
      return "io";
    case ErrorCode::unsupported_format:
      return "unsupported_format";
    case ErrorCode::corrupt_file:
      return "corrupt_file";
    case ErrorCode::weights_mismatch:
      return "weights_mismatch";
    case ErrorCode::no_such_capability:
      return "no_such_capability";
    case ErrorCode::unknown_session:
      return "unknown_session";
    case ErrorCode::non_finite:
      return "non_finite";
  }
  return "unknown";
}

/// The only exception type that this library throws on purpose (`std::bad_alloc` may pass through).
class Error : public std::runtime_error {
 public:
  Error(ErrorCode code, const std::string& message) : std::runtime_error(message), code_(code) {}

  ErrorCode code() const noexcept { return code_; }

 private:
  ErrorCode code_;
};

class Message;

/// Text, a letter, a whole number or a message in a message. Refers to text and message.
class MessagePart {
 public:
  MessagePart(std::string_view text) noexcept : text_(text) {}
  MessagePart(const std::string& text) noexcept : text_(text) {}
  MessagePart(const char* text) noexcept : text_(text) {}
  MessagePart(const Message& message) noexcept : message_(&message), kind_(Kind::message) {}
  template <std::integral T>
  MessagePart(T number) noexcept
      : number_(static_cast<unsigned long long>(number)),
        kind_(std::same_as<T, char>     ? Kind::letter
              : std::signed_integral<T> ? Kind::signed_number
                                        : Kind::unsigned_number) {}

  void append_to(std::string& text) const;

 private:
  enum class Kind { text, letter, signed_number, unsigned_number, message };

  std::string_view text_{};
  const Message* message_ = nullptr;
  unsigned long long number_ = 0;
  Kind kind_ = Kind::text;
};

/// A message that becomes a string only when it is needed: {"expected ", 3, ", found ", count}. To
/// be used as a parameter: it refers to what it is made of.
class Message {
 public:
  Message(std::initializer_list<MessagePart> parts) noexcept : parts_(parts) {}
  Message(const char* text) noexcept : only_(text) {}
  Message(const std::string& text) noexcept : only_(text) {}
  Message(const Message&) = delete;
  Message& operator=(const Message&) = delete;

  [[gnu::cold]] std::string text() const {
    std::string text;
    only_.append_to(text);
    for (const MessagePart& part : parts_) part.append_to(text);
    return text;
  }

 private:
  MessagePart only_{""};
  std::initializer_list<MessagePart> parts_{};
};

[[gnu::cold]] inline void MessagePart::append_to(std::string& text) const {
  switch (kind_) {
    case Kind::text:
      text += text_;
      break;
    case Kind::letter:
      text += static_cast<char>(number_);
      break;
    case Kind::signed_number:
      text += std::to_string(static_cast<long long>(number_));
      break;
    case Kind::unsigned_number:
      text += std::to_string(number_);
      break;
    case Kind::message:
      text += message_->text();
      break;
  }
}

/// Throws `Error(code, message)`. Compiled without exceptions (`-fno-exceptions`), says the message
/// on standard error and ends the program.
[[noreturn, gnu::cold]] inline void raise(ErrorCode code, const Message& message) {
#if defined(__cpp_exceptions)
  throw Error(code, message.text());
#else
  std::fprintf(stderr, "fliqe: %.*s: %s\n", static_cast<int>(to_string(code).size()),
               to_string(code).data(), message.text().c_str());
  std::abort();
#endif
}

/// Throws `Error(code, message)` unless `condition` holds. When it does, nothing is allocated but
/// the strings that the caller makes parts of.
inline void require(bool condition, ErrorCode code, const Message& message) {
  if (!condition) raise(code, message);
}

namespace detail {

using fliqe::raise;
using fliqe::require;

/// What `body` returns, or what `recover` makes of the `Error` that it threw.
template <class Body, class Recover>
auto recovering(Body&& body, Recover&& recover) -> decltype(body()) {
#if defined(__cpp_exceptions)
  try {
    return body();
  } catch (const Error& error) {
    return recover(error);
  }
#else
  static_cast<void>(recover);
  return body();
#endif
}

}  // namespace detail

/// A value or the `Error` that stands in its place: what the `try_*` twins return.
template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}

  bool has_value() const noexcept { return state_.index() == 0; }
  explicit operator bool() const noexcept { return has_value(); }

  /// The value; throws the held `Error` when there is none.
  T& value() & {
    if (!has_value()) raise(error().code(), error().what());
    return *std::get_if<0>(&state_);
  }
  const T& value() const& { return const_cast<Result&>(*this).value(); }
  T&& value() && { return std::move(value()); }

  /// Precondition: `has_value()`.
  T& operator*() noexcept { return *std::get_if<0>(&state_); }
  const T& operator*() const noexcept { return *std::get_if<0>(&state_); }
  T* operator->() noexcept { return std::get_if<0>(&state_); }
  const T* operator->() const noexcept { return std::get_if<0>(&state_); }

  /// Precondition: `!has_value()`.
  const Error& error() const noexcept { return *std::get_if<1>(&state_); }

 private:
  std::variant<T, Error> state_;
};

namespace detail {

/// Runs `body` and turns a thrown `Error` into the error state of a `Result`.
template <class Body>
auto capture(Body&& body) {
#if !defined(__cpp_exceptions)
  static_assert(sizeof(Body) == 0,
                "try_* calls need exceptions: with -fno-exceptions an error ends the program");
#endif
  using Outcome = Result<decltype(body())>;
  return recovering([&]() -> Outcome { return body(); },
                    [](const Error& error) -> Outcome { return error; });
}

}  // namespace detail
}  // namespace fliqe::inline FLIQE_ABI
