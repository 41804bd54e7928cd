//===- Reporter.h - Errors and warnings of lz-import -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZ_TOOLS_LZ_IMPORT_REPORTER_H
#define LZ_TOOLS_LZ_IMPORT_REPORTER_H

#include "llvm/ADT/Twine.h"
#include "llvm/Support/raw_ostream.h"

namespace lzimport {

/// Prints each fault of the input to stderr, with the file that it is in, and counts the errors.
class Reporter {
public:
  void error(const llvm::Twine &file, const llvm::Twine &message) {
    llvm::errs() << file << ": error: " << message << "\n";
    ++errors;
  }
  void warning(const llvm::Twine &file, const llvm::Twine &message) {
    llvm::errs() << file << ": warning: " << message << "\n";
  }
  unsigned count() const { return errors; }

private:
  unsigned errors = 0;
};

} // namespace lzimport

#endif // LZ_TOOLS_LZ_IMPORT_REPORTER_H
