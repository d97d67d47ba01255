// SPDX-License-Identifier: MIT
#pragma once

#include <array>
#include <charconv>
#include <fliqe/model/network_json.hpp>
#include <fliqe/weights/json_reader.hpp>
#include <vector>

namespace fliqe::inline FLIQE_ABI {
namespace detail {

constexpr std::string_view name_of(BlockKind block) noexcept {
  return block == BlockKind::basic ? "basic" : "bottleneck";
}
constexpr std::string_view name_of(HeadKind kind) noexcept {
  switch (kind) {
    case HeadKind::score:
      return "score";
    case HeadKind::classes:
      return "classes";
    case HeadKind::causes:
      return "causes";
  }
  return "";
}

/// Reads a description; fields that are absent keep their defaults.
class NetworkJsonReader {
 public:
  NetworkJsonReader(std::string_view text, const std::string& name) : json_(text, name) {}

  NetworkSpec read() {
    NetworkSpec spec;
    spec.heads.clear();
    json_.object([&](const std::string& key) {
      if (key == "name") return text(spec.name);
      if (key == "input") return read(spec.input);
      if (key == "stem") return read(spec.stem);
      if (key == "block")
        return choice(spec.block, std::array{BlockKind::basic, BlockKind::bottleneck});
      if (key == "stages") return list(spec.stages, [&](StageSpec& stage) { read(stage); });
      if (key == "projection") return integers(spec.projection);
      if (key == "embedding") return integer(spec.embedding);
      if (key == "heads") return read(spec.heads);
      unknown(key);
    });
    json_.expect_end();
    if (spec.name.empty() || spec.stages.empty()) json_.fail("expected a name and stages");
    return spec;
  }

 private:
  void read(InputSpec& input) {
    json_.object([&](const std::string& key) {
      if (key == "height") return integer(input.height);
      if (key == "width") return integer(input.width);
      if (key == "mean") return channels(input.mean);
      if (key == "std") return channels(input.deviation);
      unknown(key);
    });
  }

  void read(StemSpec& stem) {
    json_.object([&](const std::string& key) {
      if (key == "channels") return integer(stem.channels);
      if (key == "kernel") return integer(stem.kernel);
      if (key == "stride") return integer(stem.stride);
      if (key == "max_pool") return static_cast<void>(stem.max_pool = json_.boolean());
      unknown(key);
    });
  }

  void read(StageSpec& stage) {
    json_.object([&](const std::string& key) {
      if (key == "blocks") return integer(stage.blocks);
      if (key == "channels") return integer(stage.channels);
      if (key == "stride") return integer(stage.stride);
      unknown(key);
    });
  }

  /// The first head's tensors are named as those of the released network, the others' after it.
  void read(std::vector<HeadSpec>& heads) {
    list(heads, [&](HeadSpec& head) {
      head.prefix.clear();
      read(head);
      if (head.prefix.empty()) head.prefix = heads.size() == 1 ? "classifier." : head.name + ".";
    });
  }

  void read(HeadSpec& head) {
    json_.object([&](const std::string& key) {
      if (key == "name") return text(head.name);
      if (key == "kind") {
        return choice(head.kind, std::array{HeadKind::score, HeadKind::classes, HeadKind::causes});
      }
      if (key == "hidden") return integers(head.hidden);
      if (key == "prefix") return text(head.prefix);
      if (key == "classes") {
        return list(head.classes, [&](std::string& name) { name = json_.string(); });
      }
      unknown(key);
    });
  }

  void text(std::string& value) { value = json_.string(); }

  void integer(int& value) {
    const std::uint64_t number = json_.unsigned_integer();
    if (number > 1'000'000) json_.fail("expected a number up to 1000000");
    value = static_cast<int>(number);
  }

  void integers(std::vector<int>& values) {
    list(values, [&](int& value) { integer(value); });
  }

  void channels(std::array<float, 3>& values) {
    std::size_t count = 0;
    json_.array([&] {
      if (count == values.size()) json_.fail("expected three numbers");
      values[count++] = json_.number();
    });
    if (count != values.size()) json_.fail("expected three numbers");
  }

  template <class Kind, std::size_t Count>
  void choice(Kind& value, const std::array<Kind, Count>& kinds) {
    const std::string name = json_.string();
    std::string expected;
    for (const Kind kind : kinds) {
      if (name_of(kind) == name) return static_cast<void>(value = kind);
      expected += (expected.empty() ? "" : kind == kinds.back() ? " or " : ", ");
      expected += name_of(kind);
    }
    json_.fail({"expected ", expected, ", found '", name, "'"});
  }

  template <class T, class Read>
  void list(std::vector<T>& values, const Read& read_element) {
    values.clear();
    json_.array([&] {
      if (values.size() == max_channels) json_.fail("the list is too long");
      read_element(values.emplace_back());
    });
  }

  [[noreturn]] void unknown(const std::string& key) { json_.fail("unknown field '" + key + "'"); }

  weights::JsonReader json_;
};

/// Writes JSON without white space.
class JsonWriter {
 public:
  /// A field of the object that is open; `value` is JSON.
  JsonWriter& field(std::string_view key, const std::string& value) {
    text_ += (text_.empty() ? "{" : ",") + quoted(key) + ":" + value;
    return *this;
  }
  std::string close() const { return text_ + "}"; }

  static std::string quoted(std::string_view text) {
    constexpr std::string_view digits = "0123456789abcdef";
    std::string result = "\"";
    for (const char letter : text) {
      const auto code = static_cast<unsigned char>(letter);
      if (letter == '"' || letter == '\\') {
        result += {'\\', letter};
      } else if (code < 0x20) {
        result += "\\u00";
        result += {digits[code >> 4], digits[code & 15]};
      } else {
        result += letter;
      }
    }
    return result + "\"";
  }

  /// The shortest text that reads as the same float.
  static std::string number(float value) {
    std::array<char, 32> text{};
    return {text.data(), std::to_chars(text.begin(), text.end(), value).ptr};
  }

  template <class List, class Write>
  static std::string array(const List& values, const Write& write) {
    std::string text = "[";
    for (const auto& value : values) text += (text.size() > 1 ? "," : "") + write(value);
    return text + "]";
  }
  static std::string array(const std::vector<int>& values) {
    return array(values, [](int value) { return std::to_string(value); });
  }

 private:
  std::string text_;
};

inline std::string to_json(const InputSpec& input) {
  return JsonWriter()
      .field("height", std::to_string(input.height))
      .field("width", std::to_string(input.width))
      .field("mean", JsonWriter::array(input.mean, JsonWriter::number))
      .field("std", JsonWriter::array(input.deviation, JsonWriter::number))
      .close();
}

inline std::string to_json(const StemSpec& stem) {
  return JsonWriter()
      .field("channels", std::to_string(stem.channels))
      .field("kernel", std::to_string(stem.kernel))
      .field("stride", std::to_string(stem.stride))
      .field("max_pool", stem.max_pool ? "true" : "false")
      .close();
}

inline std::string to_json(const StageSpec& stage) {
  return JsonWriter()
      .field("blocks", std::to_string(stage.blocks))
      .field("channels", std::to_string(stage.channels))
      .field("stride", std::to_string(stage.stride))
      .close();
}

inline std::string to_json(const HeadSpec& head) {
  JsonWriter json;
  json.field("name", JsonWriter::quoted(head.name))
      .field("kind", JsonWriter::quoted(name_of(head.kind)))
      .field("hidden", JsonWriter::array(head.hidden))
      .field("prefix", JsonWriter::quoted(head.prefix));
  if (head.kind != HeadKind::score) {
    json.field("classes", JsonWriter::array(head.classes, JsonWriter::quoted));
  }
  return json.close();
}

}  // namespace detail

FLIQE_INLINE std::string to_json(const NetworkSpec& spec) {
  using detail::JsonWriter;
  const auto write = [](const auto& part) { return detail::to_json(part); };
  return JsonWriter()
      .field("name", JsonWriter::quoted(spec.name))
      .field("input", detail::to_json(spec.input))
      .field("stem", detail::to_json(spec.stem))
      .field("block", JsonWriter::quoted(detail::name_of(spec.block)))
      .field("stages", JsonWriter::array(spec.stages, write))
      .field("projection", JsonWriter::array(spec.projection))
      .field("embedding", std::to_string(spec.embedding))
      .field("heads", JsonWriter::array(spec.heads, write))
      .close();
}

FLIQE_INLINE NetworkSpec network_from_json(std::string_view text, const std::string& name) {
  const NetworkSpec spec = detail::NetworkJsonReader(text, name).read();
  validate(spec);
  return spec;
}

}  // namespace fliqe::inline FLIQE_ABI
