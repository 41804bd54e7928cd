//===- lz-policy.cpp - Check and explain policies -*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#include "Commands.h"

int main(int count, char **arguments) {
  lzpolicy::Parsed parsed = lzpolicy::parseOptions({arguments + 1, arguments + count});
  if (!parsed.options)
    return parsed.code;
  return parsed.options->command == lzpolicy::Command::Check ? lzpolicy::check(*parsed.options)
                                                             : lzpolicy::explain(*parsed.options);
}
