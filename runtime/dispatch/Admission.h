//===- Admission.h - A call that a breaker was asked about ------*- C++ -*-===//
//
// Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef LZRT_DISPATCH_ADMISSION_H
#define LZRT_DISPATCH_ADMISSION_H

#include "Dispatcher.h"

namespace lzrt {

/// Whether a status counts against the kernel that returned it (S9).
inline bool isCharged(int32_t status) {
  return status != LZ_STATUS_OK && status != LZ_STATUS_UNSUPPORTED && status != LZ_STATUS_INVALID_ARGUMENT;
}
inline Outcome outcomeOf(int32_t status) {
  if (status == LZ_STATUS_OK)
    return Outcome::Success;
  return isCharged(status) ? Outcome::Failure : Outcome::Neither;
}

/// Asks the breaker of a kernel for one call, and gives back its place on every path: a call that does not report came
/// to nothing.
class AdmittedCall {
public:
  AdmittedCall(Dispatcher &dispatcher, const BreakerLimits &limits, int kernel, const lz_device_t &device)
      : AdmittedCall(dispatcher, limits, kernel, device,
                     dispatcher.health().of(kernel, device).breaker.admit(limits, monotonicNow())) {
    if (admission.transition) // where this throws, the destructor gives the place back
      dispatcher.changed(kernel, device, admission.transition);
  }
  ~AdmittedCall() {
    if (admission.ticket)
      dispatcher.report(limits, kernel, device, *admission.ticket, Outcome::Neither);
  }
  AdmittedCall(const AdmittedCall &) = delete;
  AdmittedCall &operator=(const AdmittedCall &) = delete;

  bool isAdmitted() const { return admission.ticket.has_value(); }
  void report(int32_t status) {
    dispatcher.report(limits, kernel, device, *std::exchange(admission.ticket, std::nullopt), outcomeOf(status));
  }

private:
  AdmittedCall(Dispatcher &dispatcher, const BreakerLimits &limits, int kernel, const lz_device_t &device,
               Admission admission)
      : dispatcher(dispatcher), limits(limits), kernel(kernel), device(device), admission(std::move(admission)) {}

  Dispatcher &dispatcher;
  const BreakerLimits limits;
  const int kernel;
  const lz_device_t device;
  Admission admission;
};

} // namespace lzrt
#endif // LZRT_DISPATCH_ADMISSION_H
