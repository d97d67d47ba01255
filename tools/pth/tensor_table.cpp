// SPDX-License-Identifier: MIT
#include "pth/tensor_table.hpp"

#include <algorithm>
#include <array>
#include <cstring>
#include <set>
#include <string_view>
#include <utility>

namespace fliqe::pth {
namespace {

using Kind = Value::Kind;
using weights::DType;

constexpr std::size_t max_rank = 8;
constexpr int max_wrappers = 8;

constexpr std::array<std::pair<std::string_view, DType>, 10> storage_types{{
    {"torch FloatStorage", DType::f32},
    {"torch HalfStorage", DType::f16},
    {"torch BFloat16Storage", DType::bf16},
    {"torch DoubleStorage", DType::f64},
    {"torch LongStorage", DType::i64},
    {"torch IntStorage", DType::i32},
    {"torch ShortStorage", DType::i16},
    {"torch CharStorage", DType::i8},
    {"torch ByteStorage", DType::u8},
    {"torch BoolStorage", DType::boolean},
}};

/// Keys under which training scripts put the state dict, best known first.
constexpr std::array<std::string_view, 7> wrapper_keys{
    "state_dict", "model_state_dict", "model", "params_ema", "params", "net", "module"};

/// Prefixes that DataParallel and torch.compile put before every name.
constexpr std::array<std::string_view, 2> strippable_prefixes{"module.", "_orig_mod."};

bool is_call_of(const Pickle& pickle, ValueId id, std::string_view callable) {
  const Value& value = pickle[id];
  if (value.kind != Kind::call) return false;
  const Value& target = pickle[value.items[0]];
  return target.kind == Kind::global && target.text == callable;
}

const std::vector<ValueId>& arguments(const Pickle& pickle, ValueId call) {
  return pickle[pickle[call].items[1]].items;
}

/// Takes the tensor out of a torch.nn.Parameter.
ValueId unwrap_parameter(const Pickle& pickle, ValueId id) {
  const bool parameter = is_call_of(pickle, id, "torch._utils _rebuild_parameter");
  return parameter && !arguments(pickle, id).empty() ? arguments(pickle, id)[0] : id;
}

bool is_tensor(const Pickle& pickle, ValueId id) {
  id = unwrap_parameter(pickle, id);
  return is_call_of(pickle, id, "torch._utils _rebuild_tensor_v2") ||
         is_call_of(pickle, id, "torch._utils _rebuild_tensor");
}

class Finder {
 public:
  Finder(const Pickle& pickle, const std::string& file, std::vector<std::string>& notes)
      : pickle_(pickle), file_(file), notes_(notes) {}

  std::vector<TensorRecord> run() {
    ValueId dict = require_dict(pickle_.root);
    for (int depth = 0; !has_tensors(dict); ++depth) {
      const std::optional<ValueId> inner = depth < max_wrappers ? inner_dict(dict) : std::nullopt;
      if (!inner) unsupported("expected a dict of tensors, found none");
      dict = *inner;
    }
    std::vector<TensorRecord> tensors;
    const std::vector<ValueId>& items = pickle_[dict].items;
    std::set<std::string_view> names;
    std::set<std::string> left_out;
    for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
      const Value& key = pickle_[items[i]];
      if (key.kind != Kind::text) continue;
      if (is_tensor(pickle_, items[i + 1])) {
        if (!names.insert(key.text).second) corrupt(key.text, "appears twice");
        tensors.push_back(tensor(key.text, items[i + 1]));
      } else {
        left_out.insert(key.text);
      }
    }
    for (const std::string& name : left_out) notes_.push_back("left out '" + name + "': no tensor");
    strip_prefixes(tensors);
    return tensors;
  }

 private:
  [[noreturn]] void unsupported(const std::string& what) const {
    throw Error(ErrorCode::unsupported_format, file_ + ": " + what);
  }
  [[noreturn]] void corrupt(const std::string& name, const std::string& what) const {
    throw Error(ErrorCode::corrupt_file, file_ + ": tensor '" + name + "': " + what);
  }

  ValueId require_dict(ValueId id) const {
    const Value& value = pickle_[id];
    if (value.kind == Kind::dict) return id;
    if (value.kind == Kind::call && pickle_[value.items[0]].kind == Kind::global) {
      unsupported("this is a pickled object of class '" + pickle_[value.items[0]].text +
                  "'; save its state dict instead: torch.save(model.state_dict(), path)");
    }
    unsupported("expected a state dict (a dict of tensors)");
  }

  bool has_tensors(ValueId dict) const {
    const std::vector<ValueId>& items = pickle_[dict].items;
    for (std::size_t i = 1; i < items.size(); i += 2) {
      if (is_tensor(pickle_, items[i])) return true;
    }
    return false;
  }

  std::optional<ValueId> inner_dict(ValueId dict) const {
    const std::vector<ValueId>& items = pickle_[dict].items;
    for (const std::string_view wanted : wrapper_keys) {
      for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
        const Value& key = pickle_[items[i]];
        if (key.kind != Kind::text || key.text != wanted) continue;
        notes_.push_back("unwrapped '" + key.text + "'");
        return require_dict(items[i + 1]);
      }
    }
    return std::nullopt;
  }

  void strip_prefixes(std::vector<TensorRecord>& tensors) const {
    if (tensors.empty()) return;
    std::size_t stripped = 0;
    for (bool again = true; again;) {
      again = false;
      for (const std::string_view prefix : strippable_prefixes) {
        if (!std::ranges::all_of(tensors, [&](const TensorRecord& tensor) {
              return std::string_view(tensor.name).substr(stripped).starts_with(prefix);
            })) {
          continue;
        }
        stripped += prefix.size();
        notes_.push_back("stripped '" + std::string(prefix) + "' from all names");
        again = true;
      }
    }
    for (TensorRecord& tensor : tensors) tensor.name.erase(0, stripped);
  }

  /// _rebuild_tensor_v2(storage, offset, size, stride, requires_grad, hooks[, metadata]).
  TensorRecord tensor(const std::string& name, ValueId id) const {
    const std::vector<ValueId>& parts = arguments(pickle_, unwrap_parameter(pickle_, id));
    if (parts.size() < 4) corrupt(name, "expected storage, offset, size and stride");
    const std::optional<StorageId> storage = storage_id(pickle_, parts[0]);
    if (!storage) corrupt(name, "expected a storage of a known type");
    TensorRecord record;
    record.name = name;
    record.dtype = storage->dtype;
    record.storage = storage->key;
    record.storage_bytes = storage->bytes;
    record.offset = static_cast<std::uint64_t>(non_negative(name, parts[1]));
    record.shape = integers(name, parts[2]);
    record.stride = integers(name, parts[3]);
    if (record.shape.size() != record.stride.size() || record.shape.size() > max_rank) {
      corrupt(name, "expected as many strides as sizes, at most " + std::to_string(max_rank));
    }
    return record;
  }

  std::int64_t non_negative(const std::string& name, ValueId id) const {
    const Value& value = pickle_[id];
    if (value.kind != Kind::integer || value.integer < 0) {
      corrupt(name, "expected a size that is not negative");
    }
    return value.integer;
  }

  std::vector<std::int64_t> integers(const std::string& name, ValueId id) const {
    // torch.Size is pickled as a call with one tuple.
    if (is_call_of(pickle_, id, "torch Size") && !arguments(pickle_, id).empty()) {
      id = arguments(pickle_, id)[0];
    }
    const Value& value = pickle_[id];
    if (value.kind != Kind::tuple && value.kind != Kind::list) corrupt(name, "expected sizes");
    std::vector<std::int64_t> numbers;
    for (const ValueId item : value.items) numbers.push_back(non_negative(name, item));
    return numbers;
  }

  const Pickle& pickle_;
  const std::string& file_;
  std::vector<std::string>& notes_;
};

}  // namespace

/// ('storage', type, key, location, numel[, view]).
std::optional<StorageId> storage_id(const Pickle& pickle, ValueId id) {
  const Value& persistent = pickle[id];
  if (persistent.kind != Kind::persistent) return std::nullopt;
  const Value& tuple = pickle[persistent.items[0]];
  if (tuple.kind != Kind::tuple || tuple.items.size() < 5) return std::nullopt;
  const auto item = [&](std::size_t i) -> const Value& { return pickle[tuple.items[i]]; };
  const bool typed = item(0).kind == Kind::text && item(0).text == "storage" &&
                     item(1).kind == Kind::global && item(2).kind == Kind::text &&
                     item(4).kind == Kind::integer && item(4).integer >= 0;
  if (!typed) return std::nullopt;
  for (const auto& [name, dtype] : storage_types) {
    if (item(1).text != name) continue;
    const auto bytes =
        checked_multiply(static_cast<std::uint64_t>(item(4).integer), weights::info(dtype).size);
    if (!bytes) return std::nullopt;
    return StorageId{item(2).text, dtype, *bytes};
  }
  return std::nullopt;
}

std::vector<TensorRecord> find_tensors(const Pickle& pickle, const std::string& file,
                                       std::vector<std::string>& notes) {
  return Finder(pickle, file, notes).run();
}

Bytes gather(const TensorRecord& tensor, Bytes storage, const std::string& file,
             std::vector<std::byte>& copy) {
  const auto corrupt = [&](const std::string& what) -> void {
    throw Error(ErrorCode::corrupt_file, file + ": tensor '" + tensor.name + "': " + what);
  };
  if (storage.size() != tensor.storage_bytes) {
    corrupt("expected a storage of " + std::to_string(tensor.storage_bytes) + " bytes, found " +
            std::to_string(storage.size()));
  }
  const std::size_t size = weights::info(tensor.dtype).size;
  const std::size_t available = storage.size() / size;
  const std::optional<std::size_t> count = weights::element_count(tensor.shape);
  // A tensor may not be larger than its storage: that rules out stride tricks that would multiply
  // data.
  if (!count || *count > available) corrupt("its shape needs more elements than its storage has");
  if (*count == 0) return {};

  std::uint64_t last = tensor.offset;
  bool contiguous = true;
  std::int64_t expected = 1;
  for (std::size_t i = tensor.shape.size(); i-- > 0;) {
    const auto steps = static_cast<std::uint64_t>(tensor.shape[i] - 1);
    const auto reach = checked_multiply(steps, static_cast<std::uint64_t>(tensor.stride[i]));
    if (!reach || *reach > available || last > available) corrupt("it reaches outside its storage");
    last += *reach;
    contiguous = contiguous && (tensor.shape[i] == 1 || tensor.stride[i] == expected);
    expected *= tensor.shape[i];
  }
  if (last >= available) corrupt("it reaches outside its storage");
  if (contiguous) {
    return storage.subspan(static_cast<std::size_t>(tensor.offset) * size, *count * size);
  }

  copy.resize(*count * size);
  std::vector<std::int64_t> index(tensor.shape.size(), 0);
  auto from = static_cast<std::size_t>(tensor.offset);
  for (std::size_t to = 0; to < *count; ++to) {
    std::memcpy(copy.data() + to * size, storage.data() + from * size, size);
    for (std::size_t i = index.size(); i-- > 0;) {
      from += static_cast<std::size_t>(tensor.stride[i]);
      if (++index[i] < tensor.shape[i]) break;
      from -= static_cast<std::size_t>(tensor.stride[i] * tensor.shape[i]);
      index[i] = 0;
    }
  }
  return copy;
}

}  // namespace fliqe::pth
