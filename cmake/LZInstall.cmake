# What `cmake --install` places of the compiler, and the package LZ; the runtime and the kernels place their own. Folders are
# fixed: tools find the kernels at ../lib/lz.
include(CMakePackageConfigHelpers)
get_property(LZ_LIBRARIES GLOBAL PROPERTY LZ_LIBRARIES)
set(package lib/cmake/LZ)
install(TARGETS ${LZ_LIBRARIES} LZCAPI EXPORT LZTargets ARCHIVE DESTINATION lib LIBRARY DESTINATION lib)
install(EXPORT LZTargets NAMESPACE LZ:: DESTINATION ${package})
install(TARGETS lz-opt lz-run lz-policy lz-ctl lz-import RUNTIME DESTINATION bin)
install(TARGETS LZPlugin LIBRARY DESTINATION lib)
foreach(root ${PROJECT_SOURCE_DIR} ${PROJECT_BINARY_DIR})
  install(DIRECTORY ${root}/include/lz DESTINATION include FILES_MATCHING PATTERN "*.h" PATTERN "*.td" PATTERN "*.inc"
          PATTERN CMakeFiles EXCLUDE)
endforeach()
install(DIRECTORY configs/ DESTINATION share/lz/configs FILES_MATCHING PATTERN "*.yaml")
install(FILES configs/default.yaml DESTINATION lib/lz)

set(LLVM_PREFIX ${LLVM_INSTALL_PREFIX})
set(LLVM_SERIES ${LLVM_VERSION_MAJOR}.${LLVM_VERSION_MINOR})
configure_package_config_file(cmake/LZConfig.cmake.in ${PROJECT_BINARY_DIR}/LZConfig.cmake INSTALL_DESTINATION ${package})
write_basic_package_version_file(${PROJECT_BINARY_DIR}/LZConfigVersion.cmake VERSION ${PROJECT_VERSION}
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/LZConfig.cmake ${PROJECT_BINARY_DIR}/LZConfigVersion.cmake DESTINATION ${package})
