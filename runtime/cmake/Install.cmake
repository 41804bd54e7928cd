# What `cmake --install` places of the runtime, and the package LZRuntime. Folders are fixed: tools find the kernels at ../lib/lz.
include(CMakePackageConfigHelpers)
set(package lib/cmake/LZRuntime)
install(TARGETS lzrt_abi lzrt EXPORT LZRuntimeTargets LIBRARY DESTINATION lib)
list(TRANSFORM LZRT_ROOMS PREPEND lzrt_ OUTPUT_VARIABLE archives)
install(TARGETS ${archives} lzrt_static EXPORT LZRuntimeStaticTargets ARCHIVE DESTINATION lib)
install(DIRECTORY ${CMAKE_CURRENT_SOURCE_DIR}/include/ DESTINATION include)
foreach(export LZRuntimeTargets LZRuntimeStaticTargets)
  install(EXPORT ${export} NAMESPACE LZRuntime:: DESTINATION ${package})
endforeach()
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/LZRuntimeConfig.cmake.in ${CMAKE_CURRENT_BINARY_DIR}/LZRuntimeConfig.cmake
  INSTALL_DESTINATION ${package})
write_basic_package_version_file(${CMAKE_CURRENT_BINARY_DIR}/LZRuntimeConfigVersion.cmake VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion)
install(FILES ${CMAKE_CURRENT_BINARY_DIR}/LZRuntimeConfig.cmake ${CMAKE_CURRENT_BINARY_DIR}/LZRuntimeConfigVersion.cmake
  DESTINATION ${package})
