# Finds LLVM/MLIR 22 and sets what its CMake functions read. The compiler links the shared MLIR library.
find_program(LZ_LLVM_CONFIG NAMES llvm-config-22 llvm-config)
if(LZ_LLVM_CONFIG)
  execute_process(COMMAND ${LZ_LLVM_CONFIG} --prefix OUTPUT_VARIABLE LZ_LLVM_PREFIX OUTPUT_STRIP_TRAILING_WHITESPACE)
  list(PREPEND CMAKE_PREFIX_PATH ${LZ_LLVM_PREFIX})
endif()
find_package(MLIR 22.1 REQUIRED CONFIG)
message(STATUS "MLIR ${LLVM_PACKAGE_VERSION} at ${MLIR_DIR}")
list(APPEND CMAKE_INSTALL_RPATH ${LLVM_LIBRARY_DIRS})
set(MLIR_LINK_MLIR_DYLIB ON)
set(LLVM_LINK_LLVM_DYLIB ON)
set(LLVM_BUILD_TOOLS ON)
set(LLVM_RUNTIME_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/bin)
set(LLVM_LIBRARY_OUTPUT_INTDIR ${CMAKE_BINARY_DIR}/lib)
set(MLIR_BINARY_DIR ${CMAKE_BINARY_DIR})
set(LLVM_EXTERNAL_LIT ${LLVM_TOOLS_BINARY_DIR}/lit CACHE STRING "" FORCE)
list(APPEND CMAKE_MODULE_PATH ${MLIR_CMAKE_DIR} ${LLVM_CMAKE_DIR})
include(TableGen)
include(AddLLVM)
include(AddMLIR)
include_directories(SYSTEM ${LLVM_INCLUDE_DIRS} ${MLIR_INCLUDE_DIRS})
separate_arguments(LLVM_DEFINITIONS_LIST NATIVE_COMMAND ${LLVM_DEFINITIONS})
add_definitions(${LLVM_DEFINITIONS_LIST})

# lz_add_library(NAME sources… [DEPENDS tablegen-targets…] [LINK_LIBS libs…]): a static library of the compiler, which shares one
# precompiled header with the others, and is installed.
function(lz_add_library name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;LINK_LIBS" ${ARGN})
  add_mlir_library(${name} STATIC PARTIAL_SOURCES_INTENDED ${ARG_UNPARSED_ARGUMENTS}
    DISABLE_INSTALL
    DEPENDS LZTableGen ${ARG_DEPENDS})
  mlir_target_link_libraries(${name} PUBLIC MLIRIR) # the shared MLIR library, whatever is named
  target_link_libraries(${name} PUBLIC ${ARG_LINK_LIBS})
  target_include_directories(${name} INTERFACE $<INSTALL_INTERFACE:include>)
  set_property(GLOBAL APPEND PROPERTY LZ_LIBRARIES ${name})
  set(compiled ${name})
  if(TARGET obj.${name})
    set(compiled obj.${name})
  endif()
  target_precompile_headers(${compiled} PRIVATE
    "$<$<COMPILE_LANGUAGE:CXX>:${PROJECT_SOURCE_DIR}/lib/Precompiled.h>")
endfunction()
