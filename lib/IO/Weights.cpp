//===- Weights.cpp - Checkpoints of safetensors, mapped read-only -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source: the safetensors format, huggingface/safetensors README: 8 bytes of header size, a JSON header, data.
//
//===----------------------------------------------------------------------===//
#include "lz/IO/Weights.h"
#include "lz/IO/Json.h"

#include "llvm/ADT/StringSet.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <algorithm>

namespace mlir::lz {
namespace {

using llvm::StringRef;

/// The header of a checkpoint of a hundred thousand tensors is a tenth of this.
constexpr uint64_t largestHeader = 100u << 20;

struct SafetensorsType {
  StringRef name;
  lz_dtype_t dtype;
};
constexpr SafetensorsType types[] = {{"BOOL", {LZ_CODE_BOOL, 8, 1}},
                                     {"U8", {LZ_CODE_UINT, 8, 1}},
                                     {"I8", {LZ_CODE_INT, 8, 1}},
                                     {"F8_E5M2", {LZ_CODE_FLOAT8_E5M2, 8, 1}},
                                     {"F8_E4M3", {LZ_CODE_FLOAT8_E4M3FN, 8, 1}},
                                     {"I16", {LZ_CODE_INT, 16, 1}},
                                     {"U16", {LZ_CODE_UINT, 16, 1}},
                                     {"F16", {LZ_CODE_FLOAT, 16, 1}},
                                     {"BF16", {LZ_CODE_BFLOAT, 16, 1}},
                                     {"I32", {LZ_CODE_INT, 32, 1}},
                                     {"U32", {LZ_CODE_UINT, 32, 1}},
                                     {"F32", {LZ_CODE_FLOAT, 32, 1}},
                                     {"F64", {LZ_CODE_FLOAT, 64, 1}},
                                     {"I64", {LZ_CODE_INT, 64, 1}},
                                     {"U64", {LZ_CODE_UINT, 64, 1}}};

llvm::Error fault(StringRef path, const llvm::Twine &what) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "`" + path + "` " + what);
}

/// An entry of a header.
struct Entry {
  std::string name;
  lz_dtype_t dtype{};
  llvm::SmallVector<int64_t> shape;
  uint64_t begin = 0, end = 0;
};

/// A list of non-negative integers; nullopt where it is something else.
std::optional<llvm::SmallVector<int64_t>> integers(const llvm::json::Array *array) {
  if (!array)
    return std::nullopt;
  llvm::SmallVector<int64_t> list;
  for (const llvm::json::Value &value : *array) {
    std::optional<int64_t> integer = value.getAsInteger();
    if (!integer || *integer < 0)
      return std::nullopt;
    list.push_back(*integer);
  }
  return list;
}

/// Reads one entry; `dataSize` bounds its offsets.
llvm::Expected<Entry> readEntry(StringRef path, StringRef name, const llvm::json::Value &value, uint64_t dataSize) {
  auto bad = [&](const llvm::Twine &what) { return fault(path, "tensor `" + name + "` " + what); };
  const llvm::json::Object *object = value.getAsObject();
  std::optional<StringRef> dtype = object ? object->getString("dtype") : std::nullopt;
  auto shape = integers(object ? object->getArray("shape") : nullptr);
  auto offsets = integers(object ? object->getArray("data_offsets") : nullptr);
  if (!dtype || !shape || !offsets || offsets->size() != 2)
    return bad("needs `dtype`, `shape` and two `data_offsets`");
  const SafetensorsType *type = llvm::find_if(types, [&](const SafetensorsType &each) { return each.name == *dtype; });
  if (type == std::end(types))
    return bad("has unknown dtype `" + *dtype + "`");
  Entry entry{name.str(), type->dtype, *shape, uint64_t((*offsets)[0]), uint64_t((*offsets)[1])};
  if (entry.begin > entry.end || entry.end > dataSize)
    return bad("has offsets [" + llvm::Twine(entry.begin) + ", " + llvm::Twine(entry.end) + "], but the file has " +
               llvm::Twine(dataSize) + " bytes of data");
  std::optional<uint64_t> size = byteSize(entry.dtype, entry.shape);
  if (!size || entry.end - entry.begin != *size)
    return bad("of " + *dtype + " " + shapeText(entry.shape) + " does not fit its " +
               llvm::Twine(entry.end - entry.begin) + " bytes");
  return entry;
}

/// All entries of a header, by offset, none overlapping another.
llvm::Expected<std::vector<Entry>> readEntries(StringRef path, StringRef header, uint64_t dataSize) {
  llvm::Expected<llvm::json::Value> parsed = parseJson(header);
  if (!parsed)
    return fault(path, "has a malformed header: " + llvm::toString(parsed.takeError()));
  const llvm::json::Object *object = parsed->getAsObject();
  if (!object)
    return fault(path, "has a malformed header: no JSON object");
  std::vector<Entry> entries;
  for (const auto &[key, value] : *object) {
    if (StringRef(key) == "__metadata__")
      continue;
    llvm::Expected<Entry> entry = readEntry(path, key, value, dataSize);
    if (!entry)
      return entry.takeError();
    entries.push_back(std::move(*entry));
  }
  llvm::sort(entries, [](const Entry &a, const Entry &b) {
    return std::tie(a.begin, a.end, a.name) < std::tie(b.begin, b.end, b.name);
  });
  for (size_t i = 1; i < entries.size(); ++i)
    if (entries[i].begin < entries[i - 1].end)
      return fault(path, "tensors `" + entries[i - 1].name + "` and `" + entries[i].name + "` overlap");
  return entries;
}

} // namespace

Weights::Weights() = default;
Weights::~Weights() = default;

llvm::Error Weights::addFile(StringRef path, const llvm::StringMap<std::string> *only) {
  using namespace llvm::sys::fs;
  llvm::Expected<file_t> file = openNativeFileForRead(path);
  if (!file)
    return fault(path, "cannot be read: " + llvm::toString(file.takeError()));
  file_status status;
  std::error_code error = llvm::sys::fs::status(*file, status);
  bool usable = !error && status.type() == file_type::regular_file && status.getSize() >= 8;
  std::unique_ptr<mapped_file_region> region;
  if (usable)
    region = std::make_unique<mapped_file_region>(*file, mapped_file_region::readonly, status.getSize(), 0, error);
  closeFile(*file);
  if (error)
    return fault(path, "cannot be mapped: " + error.message());
  if (!usable)
    return fault(path, "is no safetensors file");
  uint64_t size = status.getSize(), header = llvm::support::endian::read64le(region->const_data());
  if (header > largestHeader || header > size - 8)
    return fault(path, "is no safetensors file: a header of " + llvm::Twine(header) + " bytes in a file of " +
                           llvm::Twine(size));
  auto entries = readEntries(path, StringRef(region->const_data() + 8, header), size - 8 - header);
  if (!entries)
    return entries.takeError();
  for (Entry &entry : *entries) {
    if (only && !only->count(entry.name))
      continue;
    const char *data = region->const_data() + 8 + header + entry.begin;
    if (reinterpret_cast<uintptr_t>(data) % std::max(1, entry.dtype.bits / 8) != 0) {
      std::optional<HostTensor> copy = HostTensor::allocate(entry.dtype, entry.shape);
      if (!copy)
        return fault(path, "tensor `" + entry.name + "` does not fit into memory");
      std::copy_n(data, entry.end - entry.begin, static_cast<char *>(copy->data()));
      copies.push_back(std::move(*copy));
      data = static_cast<const char *>(copies.back().data());
    }
    if (!weights.try_emplace(entry.name, Weight{entry.dtype, entry.shape, data}).second)
      return fault(path, "tensor `" + entry.name + "` stands in another file of the checkpoint too");
  }
  files.push_back(std::move(region));
  return llvm::Error::success();
}

llvm::Error Weights::addIndex(StringRef directory, StringRef index) {
  auto buffer = llvm::MemoryBuffer::getFile(index);
  if (!buffer)
    return fault(index, "cannot be read: " + buffer.getError().message());
  llvm::Expected<llvm::json::Value> parsed = parseJson((*buffer)->getBuffer());
  if (!parsed)
    return fault(index, "is malformed: " + llvm::toString(parsed.takeError()));
  const llvm::json::Object *object = parsed->getAsObject();
  const llvm::json::Object *map = object ? object->getObject("weight_map") : nullptr;
  if (!map)
    return fault(index, "has no `weight_map`");
  llvm::StringMap<llvm::StringMap<std::string>> byFile;
  for (const auto &[name, value] : *map) {
    std::optional<StringRef> file = value.getAsString();
    if (!file || file->empty() || llvm::sys::path::filename(*file) != *file || *file == "..")
      return fault(index, "must name a file beside it for tensor `" + StringRef(name) + "`");
    byFile[*file].try_emplace(name, "");
  }
  std::vector<StringRef> names;
  for (const auto &file : byFile)
    names.push_back(file.getKey());
  llvm::sort(names);
  for (StringRef name : names) {
    llvm::SmallString<256> path(directory);
    llvm::sys::path::append(path, name);
    if (llvm::Error error = addFile(path, &byFile[name]))
      return error;
    for (const auto &tensor : byFile[name])
      if (!weights.count(tensor.getKey()))
        return fault(path, "lacks tensor `" + tensor.getKey() + "`, which the index says it holds");
  }
  return llvm::Error::success();
}

llvm::Expected<std::unique_ptr<Weights>> Weights::open(StringRef path) {
  std::unique_ptr<Weights> opened(new Weights);
  llvm::SmallString<256> file(path);
  if (llvm::sys::fs::is_directory(path)) {
    llvm::sys::path::append(file, "model.safetensors");
    if (!llvm::sys::fs::exists(file)) {
      llvm::SmallString<256> index(path);
      llvm::sys::path::append(index, "model.safetensors.index.json");
      if (!llvm::sys::fs::exists(index))
        return fault(path, "holds neither `model.safetensors` nor `model.safetensors.index.json`");
      if (llvm::Error error = opened->addIndex(path, index))
        return error;
      return opened;
    }
  }
  if (llvm::Error error = opened->addFile(file, nullptr))
    return error;
  return opened;
}

const Weight *Weights::find(StringRef name) const {
  auto found = weights.find(name);
  return found == weights.end() ? nullptr : &found->second;
}

std::vector<StringRef> Weights::names() const {
  std::vector<StringRef> list;
  for (const auto &entry : weights)
    list.push_back(entry.getKey());
  llvm::sort(list);
  return list;
}

} // namespace mlir::lz
