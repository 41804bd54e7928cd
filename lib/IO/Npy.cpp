//===- Npy.cpp - NumPy's array files -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
//
// Source: NumPy's documentation, "NEP 1 - A simple file format for NumPy arrays".
//
//===----------------------------------------------------------------------===//
#include "lz/IO/Npy.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Endian.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/raw_ostream.h"

namespace mlir::lz {
namespace {

using llvm::StringRef;

constexpr StringRef magic("\x93NUMPY", 6);

/// The element types that NumPy can write, little endian on this machine.
struct NpyType {
  StringRef descr;
  lz_dtype_t dtype;
};
constexpr NpyType types[] = {
    {"<f2", {LZ_CODE_FLOAT, 16, 1}}, {"<f4", {LZ_CODE_FLOAT, 32, 1}}, {"<f8", {LZ_CODE_FLOAT, 64, 1}},
    {"|i1", {LZ_CODE_INT, 8, 1}},    {"<i2", {LZ_CODE_INT, 16, 1}},   {"<i4", {LZ_CODE_INT, 32, 1}},
    {"<i8", {LZ_CODE_INT, 64, 1}},   {"|u1", {LZ_CODE_UINT, 8, 1}},   {"<u2", {LZ_CODE_UINT, 16, 1}},
    {"<u4", {LZ_CODE_UINT, 32, 1}},  {"<u8", {LZ_CODE_UINT, 64, 1}},  {"|b1", {LZ_CODE_BOOL, 8, 1}},
    {"|V2", {LZ_CODE_BFLOAT, 16, 1}}};

llvm::Error fault(StringRef path, const llvm::Twine &what) {
  return llvm::createStringError(llvm::inconvertibleErrorCode(), "`" + path + "` " + what);
}

/// What the header's dictionary says.
struct Header {
  std::string descr;
  bool fortranOrder = false;
  llvm::SmallVector<int64_t> shape;
};

/// Reads the dictionary's literal: strings, booleans, and a tuple of integers. False where it is not of that form.
class HeaderParser {
public:
  explicit HeaderParser(StringRef text) : text(text) {}

  bool parse(Header *out) {
    bool hasDescr = false, hasOrder = false, hasShape = false;
    if (!eat('{'))
      return false;
    while (!eat('}')) {
      std::string key;
      if (!string(&key) || !eat(':'))
        return false;
      bool *seen = key == "descr"           ? &hasDescr
                   : key == "fortran_order" ? &hasOrder
                   : key == "shape"         ? &hasShape
                                            : nullptr;
      if (!seen || *seen)
        return false;
      *seen = true;
      if (!(key == "descr" ? string(&out->descr) : key == "shape" ? tuple(&out->shape) : boolean(&out->fortranOrder)))
        return false;
      if (!eat(',') && !peek('}'))
        return false;
    }
    return hasDescr && hasOrder && hasShape && text.trim().empty();
  }

private:
  bool peek(char c) {
    text = text.ltrim();
    return text.starts_with(StringRef(&c, 1));
  }
  bool eat(char c) {
    if (!peek(c))
      return false;
    text = text.drop_front();
    return true;
  }
  bool string(std::string *out) {
    char quote = peek('\'') ? '\'' : '"';
    if (!eat(quote))
      return false;
    size_t end = text.find(quote);
    if (end == StringRef::npos)
      return false;
    *out = text.take_front(end).str();
    text = text.drop_front(end + 1);
    return true;
  }
  bool boolean(bool *out) {
    text = text.ltrim();
    *out = text.consume_front("True");
    return *out || text.consume_front("False");
  }
  bool tuple(llvm::SmallVector<int64_t> *out) {
    if (!eat('('))
      return false;
    while (!eat(')')) {
      int64_t extent;
      text = text.ltrim();
      if (text.consumeInteger(10, extent) || extent < 0)
        return false;
      text.consume_front("L");
      out->push_back(extent);
      if (!eat(',') && !peek(')'))
        return false;
    }
    return true;
  }

  StringRef text;
};

/// Splits off the header; the rest is data.
llvm::Expected<Header> readHeader(StringRef path, StringRef *bytes) {
  if (!bytes->consume_front(magic) || bytes->size() < 4)
    return fault(path, "is no .npy file");
  unsigned major = uint8_t((*bytes)[0]);
  if (major < 1 || major > 3)
    return fault(path, "has .npy format version " + llvm::Twine(major) + ", versions 1 to 3 are read");
  size_t lengthSize = major == 1 ? 2 : 4;
  if (bytes->size() < 2 + lengthSize)
    return fault(path, "is cut off in its header");
  const char *at = bytes->data() + 2;
  size_t length = major == 1 ? llvm::support::endian::read16le(at) : llvm::support::endian::read32le(at);
  *bytes = bytes->drop_front(2 + lengthSize);
  if (bytes->size() < length)
    return fault(path, "is cut off in its header");
  Header header;
  if (!HeaderParser(bytes->take_front(length)).parse(&header))
    return fault(path, "has a malformed .npy header");
  *bytes = bytes->drop_front(length);
  return header;
}

std::optional<lz_dtype_t> typeOf(StringRef descr) {
  std::string plain = descr.str();
  // One byte has no order, and V2 is written with any.
  if (descr.ends_with("1") || descr.ends_with("V2"))
    plain[0] = '|';
  for (const NpyType &type : types)
    if (type.descr == plain)
      return type.dtype;
  return std::nullopt;
}

} // namespace

llvm::Expected<HostTensor> readNpy(StringRef path) {
  auto buffer = llvm::MemoryBuffer::getFile(path, /*IsText=*/false, /*RequiresNullTerminator=*/false);
  if (!buffer)
    return fault(path, "cannot be read: " + buffer.getError().message());
  StringRef bytes = (*buffer)->getBuffer();
  llvm::Expected<Header> header = readHeader(path, &bytes);
  if (!header)
    return header.takeError();
  if (StringRef(header->descr).starts_with(">"))
    return fault(path, "is big endian (`" + header->descr + "`); save it as little endian");
  std::optional<lz_dtype_t> dtype = typeOf(header->descr.empty() ? "?" : header->descr);
  if (!dtype)
    return fault(path, "has element type `" + header->descr +
                           "`; f2, f4, f8, i1 to i8, u1 to u8, b1 and V2 (bfloat16) are read");
  if (header->fortranOrder && header->shape.size() > 1)
    return fault(path, "is in Fortran order; save numpy.ascontiguousarray(x)");
  std::optional<uint64_t> size = byteSize(*dtype, header->shape);
  if (!size || bytes.size() != *size)
    return fault(path, "has " + llvm::Twine(bytes.size()) + " bytes of data, but its shape " +
                           shapeText(header->shape) + " of " + dtypeText(*dtype) + " needs " +
                           (size ? std::to_string(*size) : std::string("more than fits")));
  std::optional<HostTensor> tensor = HostTensor::allocate(*dtype, header->shape);
  if (!tensor)
    return fault(path, "does not fit into memory");
  std::copy(bytes.begin(), bytes.end(), static_cast<char *>(tensor->data()));
  return std::move(*tensor);
}

llvm::Error writeNpy(StringRef path, const HostTensor &tensor) {
  const NpyType *type = llvm::find_if(types, [&](const NpyType &each) { return isSame(each.dtype, tensor.dtype); });
  if (type == std::end(types))
    return fault(path, "cannot be written: NumPy has no element type for " + dtypeText(tensor.dtype));
  std::string header = "{'descr': '" + type->descr.str() + "', 'fortran_order': False, 'shape': (";
  for (int64_t extent : tensor.shape)
    header += std::to_string(extent) + ", ";
  header += "), }";
  // Data starts at a multiple of 64 bytes; the header ends in a line feed.
  size_t preamble = magic.size() + 4;
  header.append(63 - (preamble + header.size()) % 64, ' ');
  header += '\n';
  std::error_code error;
  llvm::raw_fd_ostream out(path, error);
  if (error)
    return fault(path, "cannot be written: " + error.message());
  char length[2];
  llvm::support::endian::write16le(length, uint16_t(header.size()));
  out << magic << '\1' << '\0' << StringRef(length, 2) << header;
  out.write(static_cast<const char *>(tensor.data()), *byteSize(tensor.dtype, tensor.shape));
  out.close();
  if (!out.has_error())
    return llvm::Error::success();
  std::string why = out.error().message();
  out.clear_error();
  return fault(path, "cannot be written: " + why);
}

} // namespace mlir::lz
