//===- Checkpoint.cpp - The tensors of a safetensors checkpoint -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Checkpoint.h"

#include "Json.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/ADT/StringSwitch.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MathExtras.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"

#include <map>
#include <set>

using namespace llvm;
using namespace lzimport;

/// The format's own bound on a header.
static constexpr uint64_t maxHeader = 100000000;
static constexpr uint64_t maxIndex = 100000000;

std::string lzimport::shapeText(ArrayRef<int64_t> shape) {
  std::string text;
  raw_string_ostream(text) << "[" << join(map_range(shape, [](int64_t extent) { return Twine(extent).str(); }), ", ")
                           << "]";
  return text;
}

/// The size of a regular file.
static std::optional<uint64_t> sizeOf(StringRef path, Reporter &reporter) {
  sys::fs::file_status status;
  if (std::error_code code = sys::fs::status(path, status)) {
    reporter.error(path, code.message());
    return std::nullopt;
  }
  if (status.type() != sys::fs::file_type::regular_file) {
    reporter.error(path, "is no regular file");
    return std::nullopt;
  }
  return status.getSize();
}

static std::optional<std::string> readSlice(StringRef path, uint64_t offset, uint64_t length, Reporter &reporter) {
  auto buffer = MemoryBuffer::getFileSlice(path, length, offset);
  if (!buffer) {
    reporter.error(path, buffer.getError().message());
    return std::nullopt;
  }
  return (*buffer)->getBuffer().str();
}

std::optional<std::string> lzimport::readFile(StringRef path, uint64_t limit, Reporter &reporter) {
  std::optional<uint64_t> size = sizeOf(path, reporter);
  if (!size)
    return std::nullopt;
  if (*size > limit) {
    reporter.error(path, "has " + Twine(*size) + " bytes, the limit is " + Twine(limit));
    return std::nullopt;
  }
  return readSlice(path, 0, *size, reporter);
}

/// Bytes of an element; nothing for the types that no model of ours has, whose size is then not checked.
static std::optional<uint64_t> elementSize(StringRef dtype) {
  uint64_t size = StringSwitch<uint64_t>(dtype)
                      .Cases({"F64", "I64", "U64"}, 8)
                      .Cases({"F32", "I32", "U32"}, 4)
                      .Cases({"F16", "BF16", "I16", "U16"}, 2)
                      .Cases({"BOOL", "I8", "U8"}, 1)
                      .Default(0);
  return size ? std::optional(size) : std::nullopt;
}

namespace {

/// One file's header.
class HeaderReader {
public:
  HeaderReader(StringRef path, Reporter &reporter) : path(path.str()), reporter(reporter) {}

  bool read(StringMap<StoredTensor> &tensors);

private:
  std::optional<std::string> readText();
  bool readEntry(StringRef name, const json::Value &value, StringMap<StoredTensor> &tensors);
  bool readShape(StringRef name, const json::Object &entry, SmallVector<int64_t> &shape);
  bool checkRange(StringRef name, const json::Object &entry, const StoredTensor &tensor);
  bool error(const Twine &message) {
    reporter.error(path, message);
    return false;
  }

  std::string path;
  Reporter &reporter;
  uint64_t dataSize = 0;
};

} // namespace

std::optional<std::string> HeaderReader::readText() {
  std::optional<uint64_t> size = sizeOf(path, reporter);
  if (!size)
    return std::nullopt;
  if (*size < 8) {
    error("is truncated: a safetensors file starts with 8 bytes of header length");
    return std::nullopt;
  }
  std::optional<std::string> prefix = readSlice(path, 0, 8, reporter);
  if (!prefix)
    return std::nullopt;
  uint64_t length = support::endian::read64le(prefix->data());
  if (length > maxHeader || length > *size - 8) {
    error("has a header length of " + Twine(length) + ", but " + Twine(*size - 8) + " bytes follow, and the limit is " +
          Twine(maxHeader));
    return std::nullopt;
  }
  dataSize = *size - 8 - length;
  return readSlice(path, 8, length, reporter);
}

bool HeaderReader::readShape(StringRef name, const json::Object &entry, SmallVector<int64_t> &shape) {
  const json::Array *extents = entry.getArray("shape");
  if (!extents)
    return error("tensor `" + name + "` has no `shape`");
  for (const json::Value &value : *extents) {
    std::optional<int64_t> extent = value.getAsInteger();
    if (!extent || *extent < 0)
      return error("tensor `" + name + "` has an extent that is no integer from 0 on");
    shape.push_back(*extent);
  }
  return true;
}

bool HeaderReader::checkRange(StringRef name, const json::Object &entry, const StoredTensor &tensor) {
  const json::Array *offsets = entry.getArray("data_offsets");
  std::optional<int64_t> begin, end;
  if (offsets && offsets->size() == 2) {
    begin = (*offsets)[0].getAsInteger();
    end = (*offsets)[1].getAsInteger();
  }
  if (!begin || !end || *begin < 0 || *end < *begin)
    return error("tensor `" + name + "` has no valid `data_offsets`");
  if (uint64_t(*end) > dataSize)
    return error("tensor `" + name + "` ends at byte " + Twine(*end) + " of the data, which has " + Twine(dataSize));
  std::optional<uint64_t> size = elementSize(tensor.dtype);
  if (!size)
    return true;
  bool overflows = false;
  uint64_t expected = *size;
  for (int64_t extent : tensor.shape) {
    bool overflow = false;
    expected = SaturatingMultiply(expected, uint64_t(extent), &overflow);
    overflows |= overflow;
  }
  if (overflows || uint64_t(*end - *begin) != expected)
    return error("tensor `" + name + "` of type " + tensor.dtype + " and shape " + shapeText(tensor.shape) +
                 " does not fit its " + Twine(*end - *begin) + " bytes");
  return true;
}

bool HeaderReader::readEntry(StringRef name, const json::Value &value, StringMap<StoredTensor> &tensors) {
  const json::Object *entry = value.getAsObject();
  if (!entry)
    return error("the entry of tensor `" + name + "` must be an object");
  StoredTensor tensor;
  tensor.file = sys::path::filename(path).str();
  std::optional<StringRef> dtype = entry->getString("dtype");
  if (!dtype)
    return error("tensor `" + name + "` has no `dtype`");
  tensor.dtype = dtype->str();
  if (!readShape(name, *entry, tensor.shape) || !checkRange(name, *entry, tensor))
    return false;
  if (!tensors.try_emplace(name, tensor).second)
    return error("tensor `" + name + "` is also in " + tensors[name].file);
  return true;
}

bool HeaderReader::read(StringMap<StoredTensor> &tensors) {
  std::optional<std::string> text = readText();
  if (!text)
    return false;
  std::optional<json::Object> header = parseObject(*text, path, "in the header: ", reporter);
  if (!header)
    return false;
  bool isSound = true;
  for (const auto &[name, value] : *header)
    if (StringRef(name) != "__metadata__")
      isSound &= readEntry(name, value, tensors);
  return isSound;
}

/// The file of each tensor that an index lists.
using Index = std::map<std::string, std::string>;

/// The files must stand beside the index.
static std::optional<Index> readIndex(StringRef path, Reporter &reporter) {
  std::optional<std::string> text = readFile(path, maxIndex, reporter);
  if (!text)
    return std::nullopt;
  std::optional<json::Object> object = parseObject(*text, path, "", reporter);
  if (!object)
    return std::nullopt;
  const json::Object *map = object->getObject("weight_map");
  if (!map) {
    reporter.error(path, "has no object `weight_map`");
    return std::nullopt;
  }
  Index files;
  for (const auto &[tensor, value] : *map) {
    std::optional<StringRef> file = value.getAsString();
    if (!file || file->empty() || sys::path::filename(*file) != *file || *file == "." || *file == "..") {
      reporter.error(path, "the file of tensor `" + StringRef(tensor) + "` must be a name in the same directory");
      return std::nullopt;
    }
    files[StringRef(tensor).str()] = file->str();
  }
  return files;
}

/// Whether each tensor stands in the file that the index names, where whoever maps the weights looks for it.
static bool checkIndex(const Index &index, const StringMap<StoredTensor> &tensors, StringRef path, Reporter &reporter) {
  bool isSound = true;
  for (const auto &[name, file] : index) {
    auto found = tensors.find(name);
    if (found != tensors.end() && found->second.file == file)
      continue;
    std::string where = found == tensors.end() ? "no listed file holds it" : "it is in `" + found->second.file + "`";
    reporter.error(path, "puts tensor `" + name + "` into `" + file + "`, but " + where);
    isSound = false;
  }
  return isSound;
}

std::optional<Checkpoint> Checkpoint::open(StringRef directory, Reporter &reporter) {
  auto inDirectory = [&](StringRef name) {
    SmallString<256> path(directory);
    sys::path::append(path, name);
    return path;
  };
  constexpr StringLiteral single = "model.safetensors";
  SmallString<256> indexPath = inDirectory("model.safetensors.index.json");
  Index index;
  std::set<std::string> files;
  if (!sys::fs::exists(inDirectory(single)) && sys::fs::exists(indexPath)) {
    std::optional<Index> listed = readIndex(indexPath, reporter);
    if (!listed)
      return std::nullopt;
    index = std::move(*listed);
    for (const auto &[tensor, file] : index)
      files.insert(file);
  } else {
    files.insert(single.str());
  }
  Checkpoint checkpoint;
  bool isSound = true;
  for (StringRef file : files)
    isSound &= HeaderReader(inDirectory(file), reporter).read(checkpoint.tensors);
  isSound = isSound && checkIndex(index, checkpoint.tensors, indexPath, reporter);
  return isSound ? std::optional(std::move(checkpoint)) : std::nullopt;
}
