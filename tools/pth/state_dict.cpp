// SPDX-License-Identifier: MIT
#include "pth/state_dict.hpp"

#include <map>
#include <utility>

#include "pth/pickle.hpp"
#include "pth/tensor_table.hpp"
#include "pth/zip_archive.hpp"

namespace fliqe::pth {
namespace {

/// PROTO 2, then LONG1 of ten bytes: 0x1950a86a20f9469cfc6c.
constexpr std::string_view legacy_magic =
    "\x80\x02\x8a\x0a\x6c\xfc\x9c\x46\xf9\x20\x6a\xa8\x50\x19";
constexpr std::int64_t legacy_protocol = 1001;
constexpr std::size_t tar_magic_offset = 257;
constexpr std::uint64_t max_pickle = 16 << 20;

[[noreturn]] void unsupported(const std::string& name, const std::string& what) {
  throw Error(ErrorCode::unsupported_format, name + ": " + what);
}

bool is_legacy(Bytes file) noexcept {
  return as_text(file).starts_with(legacy_magic);
}

bool is_tar(Bytes file) noexcept {
  return as_text(file).substr(0, tar_magic_offset + 5).ends_with("ustar");
}

/// Collects tensors; keeps storages and copies alive.
class Collector {
 public:
  explicit Collector(const std::string& file) : file_(file) {}

  std::vector<std::string>& notes() noexcept { return dict_.notes; }

  const Bytes* find(const std::string& key) const {
    const auto found = storages_.find(key);
    return found == storages_.end() ? nullptr : &found->second;
  }

  /// `owner` holds the bytes if they are not part of the file; moving it keeps their address.
  const Bytes* add_storage(const std::string& key, Bytes bytes, std::vector<std::byte> owner = {}) {
    if (!owner.empty()) dict_.storage.push_back(std::move(owner));
    storage_bytes_ += bytes.size();
    return &storages_.insert_or_assign(key, bytes).first->second;
  }

  void add_tensor(const TensorRecord& record, Bytes storage) {
    std::vector<std::byte> copy;
    const Bytes bytes = gather(record, storage, file_, copy);
    dict_.tensors.push_back({record.name, record.dtype, record.shape, bytes});
    if (copy.empty()) return;
    // Honest files copy each storage once at most; many views of one could ask for any amount.
    copied_bytes_ += copy.size();
    if (copied_bytes_ > 2 * storage_bytes_) {
      throw Error(ErrorCode::corrupt_file, file_ + ": the tensors overlap too much");
    }
    dict_.storage.push_back(std::move(copy));
  }

  StateDict finish() { return std::move(dict_); }

 private:
  const std::string& file_;
  StateDict dict_;
  std::map<std::string, Bytes> storages_;
  std::size_t storage_bytes_ = 0;
  std::size_t copied_bytes_ = 0;
};

StateDict read_zip(Bytes file, const std::string& name) {
  const ZipArchive zip(file, name);
  const std::string& top = zip.top_folder();
  if (zip.contains(top + "constants.pkl")) {
    unsupported(name,
                "this is a TorchScript program; save a state dict instead: "
                "torch.save(model.state_dict(), path)");
  }
  if (!zip.contains(top + "data.pkl")) {
    unsupported(name, "expected a PyTorch checkpoint, found a zip archive without data.pkl");
  }
  if (zip.contains(top + "byteorder")) {
    std::vector<std::byte> storage;
    const std::string_view order = as_text(zip.read(top + "byteorder", storage));
    if (order != "little")
      unsupported(name, "expected little-endian data, found " + std::string(order));
  }
  if (zip.size(top + "data.pkl") > max_pickle) unsupported(name, "data.pkl is larger than 16 MiB");
  std::vector<std::byte> pickle_storage;
  ByteReader reader(zip.read(top + "data.pkl", pickle_storage), name + ": data.pkl");
  const Pickle pickle = read_pickle(reader);

  Collector collector(name);
  for (const TensorRecord& record : find_tensors(pickle, name, collector.notes())) {
    const Bytes* storage = collector.find(record.storage);
    if (storage == nullptr) {
      std::vector<std::byte> owner;
      const Bytes bytes = zip.read(top + "data/" + record.storage, owner);
      storage = collector.add_storage(record.storage, bytes, std::move(owner));
    }
    collector.add_tensor(record, *storage);
  }
  return collector.finish();
}

std::int64_t read_integer(ByteReader& reader, const char* what) {
  const Pickle pickle = read_pickle(reader);
  if (pickle[pickle.root].kind != Value::Kind::integer) {
    reader.fail(std::string("expected ") + what);
  }
  return pickle[pickle.root].integer;
}

/// {'protocol_version': 1001, 'little_endian': True, 'type_sizes': {...}}.
void require_little_endian(const Pickle& info, const std::string& name) {
  const std::vector<ValueId>& items = info[info.root].items;
  for (std::size_t i = 0; i + 1 < items.size(); i += 2) {
    if (info[items[i]].text == "little_endian" && info[items[i + 1]].integer == 0) {
      unsupported(name, "expected little-endian data, found big-endian");
    }
  }
}

/// Bytes of every storage that the pickle refers to, by key.
std::map<std::string, StorageId> storage_table(const Pickle& pickle) {
  std::map<std::string, StorageId> table;
  for (ValueId id = 0; id < pickle.values.size(); ++id) {
    if (const auto storage = storage_id(pickle, id)) table.emplace(storage->key, *storage);
  }
  return table;
}

/// Magic, protocol, system, object and list of storage keys as five pickles; then for each key a
/// count of elements and the data.
StateDict read_legacy(Bytes file, const std::string& name) {
  ByteReader reader(file, name);
  read_pickle(reader);
  if (const auto protocol = read_integer(reader, "a protocol number");
      protocol != legacy_protocol) {
    unsupported(name, "expected legacy protocol 1001, found " + std::to_string(protocol));
  }
  require_little_endian(read_pickle(reader), name);
  const Pickle pickle = read_pickle(reader);
  const Pickle keys = read_pickle(reader);

  const std::map<std::string, StorageId> table = storage_table(pickle);
  Collector collector(name);
  for (const ValueId id : keys[keys.root].items) {
    const auto known = table.find(keys[id].text);
    if (known == table.end()) reader.fail("storage '" + keys[id].text + "' belongs to no tensor");
    const auto count = reader.number<std::uint64_t>();
    const auto bytes = weights::checked_multiply(count, weights::info(known->second.dtype).size);
    if (!bytes || *bytes != known->second.bytes) {
      reader.fail("storage '" + known->first + "': expected " +
                  std::to_string(known->second.bytes) + " bytes, found another length");
    }
    collector.add_storage(known->first, reader.take(*bytes));
  }

  for (const TensorRecord& record : find_tensors(pickle, name, collector.notes())) {
    const Bytes* storage = collector.find(record.storage);
    if (storage == nullptr) reader.fail("storage '" + record.storage + "' is missing");
    collector.add_tensor(record, *storage);
  }
  return collector.finish();
}

}  // namespace

bool looks_like_pth(Bytes file) noexcept {
  return ZipArchive::is_zip(file) || is_legacy(file) || is_tar(file);
}

StateDict read_pth(Bytes file, const std::string& name) {
  if (ZipArchive::is_zip(file)) return read_zip(file, name);
  if (is_legacy(file)) return read_legacy(file, name);
  if (is_tar(file)) {
    unsupported(name,
                "this is the tar format of PyTorch before 0.1.10; load and save it once with a "
                "newer PyTorch");
  }
  unsupported(name, "expected a PyTorch checkpoint (zip or legacy format)");
}

}  // namespace fliqe::pth
