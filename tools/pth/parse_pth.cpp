// SPDX-License-Identifier: MIT
#include "pth/parse_pth.hpp"

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

/// Bytes of one storage, and what keeps them alive.
struct Storage {
  Bytes bytes;
  std::shared_ptr<const void> owner;
};

Storage owned(std::vector<std::byte> bytes) {
  const auto owner = std::make_shared<const std::vector<std::byte>>(std::move(bytes));
  return {*owner, owner};
}

/// Cuts tensors out of storages.
class Collector {
 public:
  /// @param owner  of the file's bytes
  Collector(const std::string& file, std::shared_ptr<const void> owner)
      : owner_(std::move(owner)), tensors_(file) {}

  const Storage* find(const std::string& key) const {
    const auto found = storages_.find(key);
    return found == storages_.end() ? nullptr : &found->second;
  }

  /// @param unpacked  holds the bytes where they are not part of the file
  const Storage& add_storage(const std::string& key, Bytes bytes,
                             std::vector<std::byte> unpacked = {}) {
    storage_bytes_ += bytes.size();
    Storage storage = unpacked.empty() ? Storage{bytes, owner_} : owned(std::move(unpacked));
    return storages_.insert_or_assign(key, std::move(storage)).first->second;
  }

  void add_tensor(const TensorRecord& record, const Storage& storage) {
    std::vector<std::byte> copy;
    Storage place{gather(record, storage.bytes, tensors_.name(), copy), storage.owner};
    if (!copy.empty()) {
      // Honest files copy each storage once at most; many views of one could ask for any amount.
      copied_bytes_ += copy.size();
      if (copied_bytes_ > 2 * storage_bytes_) {
        throw Error(ErrorCode::corrupt_file, tensors_.name() + ": the tensors overlap too much");
      }
      place = owned(std::move(copy));
    }
    tensors_.add({record.name, record.dtype, record.shape, place.bytes, std::move(place.owner)});
  }

  weights::TensorSet finish(std::vector<std::string> notes) {
    for (std::string& note : notes) tensors_.add_note(std::move(note));
    return std::move(tensors_);
  }

 private:
  std::shared_ptr<const void> owner_;
  weights::TensorSet tensors_;
  std::map<std::string, Storage> storages_;
  std::size_t storage_bytes_ = 0;
  std::size_t copied_bytes_ = 0;
};

weights::TensorSet read_zip(Bytes file, const std::string& name,
                            std::shared_ptr<const void> owner) {
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

  Collector collector(name, std::move(owner));
  std::vector<std::string> notes;
  for (const TensorRecord& record : find_tensors(pickle, name, notes)) {
    const Storage* storage = collector.find(record.storage);
    if (storage == nullptr) {
      std::vector<std::byte> unpacked;
      const Bytes bytes = zip.read(top + "data/" + record.storage, unpacked);
      storage = &collector.add_storage(record.storage, bytes, std::move(unpacked));
    }
    collector.add_tensor(record, *storage);
  }
  return collector.finish(std::move(notes));
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
weights::TensorSet read_legacy(Bytes file, const std::string& name,
                               std::shared_ptr<const void> owner) {
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
  Collector collector(name, std::move(owner));
  for (const ValueId id : keys[keys.root].items) {
    const auto known = table.find(keys[id].text);
    if (known == table.end()) reader.fail("storage '" + keys[id].text + "' belongs to no tensor");
    const auto count = reader.number<std::uint64_t>();
    const auto bytes = checked_multiply(count, weights::info(known->second.dtype).size);
    if (!bytes || *bytes != known->second.bytes) {
      reader.fail("storage '" + known->first + "': expected " +
                  std::to_string(known->second.bytes) + " bytes, found another length");
    }
    collector.add_storage(known->first, reader.take(*bytes));
  }

  std::vector<std::string> notes;
  for (const TensorRecord& record : find_tensors(pickle, name, notes)) {
    const Storage* storage = collector.find(record.storage);
    if (storage == nullptr) reader.fail("storage '" + record.storage + "' is missing");
    collector.add_tensor(record, *storage);
  }
  return collector.finish(std::move(notes));
}

}  // namespace

bool looks_like_pth(Bytes file) noexcept {
  return ZipArchive::is_zip(file) || is_legacy(file) || is_tar(file);
}

weights::TensorSet parse_pth(Bytes file, const std::string& name,
                             std::shared_ptr<const void> owner) {
  if (ZipArchive::is_zip(file)) return read_zip(file, name, std::move(owner));
  if (is_legacy(file)) return read_legacy(file, name, std::move(owner));
  if (is_tar(file)) {
    unsupported(name,
                "this is the tar format of PyTorch before 0.1.10; load and save it once with a "
                "newer PyTorch");
  }
  unsupported(name, "expected a PyTorch checkpoint (zip or legacy format)");
}

}  // namespace fliqe::pth
