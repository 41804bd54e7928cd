/* Element types of the kernel ABI: DLPack's type codes, with the names that policies and manifests use (P4).
 *
 * Part of LZ, under the Apache License v2.0 with LLVM Exceptions. See LICENSE.
 * SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
 *
 * Source of codes: DLPack 1.1, `DLDataTypeCode`. Sub-byte types are packed: element i of a float4 tensor is the low
 * nibble of byte i/2 for even i, the high nibble for odd i; float6 types take 6 consecutive bits, little endian. */
#ifndef LZRT_ABI_DTYPE_H
#define LZRT_ABI_DTYPE_H

#include <stddef.h>
#include <stdint.h>

typedef enum lz_dtype_code {
  LZ_CODE_INT = 0,
  LZ_CODE_UINT = 1,
  LZ_CODE_FLOAT = 2,
  LZ_CODE_OPAQUE = 3,
  LZ_CODE_BFLOAT = 4,
  LZ_CODE_COMPLEX = 5,
  LZ_CODE_BOOL = 6,
  LZ_CODE_FLOAT8_E3M4 = 7,
  LZ_CODE_FLOAT8_E4M3 = 8,
  LZ_CODE_FLOAT8_E4M3B11FNUZ = 9,
  LZ_CODE_FLOAT8_E4M3FN = 10,
  LZ_CODE_FLOAT8_E4M3FNUZ = 11,
  LZ_CODE_FLOAT8_E5M2 = 12,
  LZ_CODE_FLOAT8_E5M2FNUZ = 13,
  LZ_CODE_FLOAT8_E8M0FNU = 14,
  LZ_CODE_FLOAT6_E2M3FN = 15,
  LZ_CODE_FLOAT6_E3M2FN = 16,
  LZ_CODE_FLOAT4_E2M1FN = 17
} lz_dtype_code_t;

/* DLPack's DLDataType. */
typedef struct lz_dtype {
  uint8_t code;
  uint8_t bits;
  uint16_t lanes;
} lz_dtype_t;

/* X(ID, name, CODE, bits): the element types that have a name in a policy. */
#define LZ_DTYPES(X)                                                                                                   \
  X(BOOL, "bool", BOOL, 8)                                                                                             \
  X(INT8, "int8", INT, 8)                                                                                              \
  X(INT16, "int16", INT, 16)                                                                                           \
  X(INT32, "int32", INT, 32)                                                                                           \
  X(INT64, "int64", INT, 64)                                                                                           \
  X(UINT8, "uint8", UINT, 8)                                                                                           \
  X(UINT16, "uint16", UINT, 16)                                                                                        \
  X(UINT32, "uint32", UINT, 32)                                                                                        \
  X(UINT64, "uint64", UINT, 64)                                                                                        \
  X(FLOAT16, "float16", FLOAT, 16)                                                                                     \
  X(BFLOAT16, "bfloat16", BFLOAT, 16)                                                                                  \
  X(FLOAT32, "float32", FLOAT, 32)                                                                                     \
  X(FLOAT64, "float64", FLOAT, 64)                                                                                     \
  X(FLOAT8_E4M3FN, "float8_e4m3fn", FLOAT8_E4M3FN, 8)                                                                  \
  X(FLOAT8_E5M2, "float8_e5m2", FLOAT8_E5M2, 8)                                                                        \
  X(FLOAT6_E2M3FN, "float6_e2m3fn", FLOAT6_E2M3FN, 6)                                                                  \
  X(FLOAT6_E3M2FN, "float6_e3m2fn", FLOAT6_E3M2FN, 6)                                                                  \
  X(FLOAT4_E2M1FN, "float4_e2m1fn", FLOAT4_E2M1FN, 4)

#endif /* LZRT_ABI_DTYPE_H */
