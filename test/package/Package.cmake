# Run by ctest as a script: installs BUILD, moves the tree elsewhere, and builds and tests the project beside this file, and the
# one in runtime/, against it. WORK is a folder of the test's own; SETTINGS are passed on to CMake.
function(run)
  execute_process(COMMAND ${ARGV} COMMAND_ERROR_IS_FATAL ANY)
endfunction()

# build(SOURCE FOLDER): configured from nothing, for what was found before must not be found again.
function(build source folder)
  file(REMOVE_RECURSE ${folder})
  run(${CMAKE_COMMAND} -S ${source} -B ${folder} -G Ninja --log-level=WARNING -DCMAKE_PREFIX_PATH=${WORK}/moved
      -DCMAKE_BUILD_TYPE=Release ${SETTINGS} ${ARGN})
  run(${CMAKE_COMMAND} --build ${folder} --parallel 2)
endfunction()

file(REMOVE_RECURSE ${WORK}/root ${WORK}/moved)
set(ENV{DESTDIR} ${WORK}/root)
execute_process(COMMAND ${CMAKE_COMMAND} --install ${BUILD} --prefix /opt/lz OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
unset(ENV{DESTDIR})
file(RENAME ${WORK}/root/opt/lz ${WORK}/moved)

execute_process(COMMAND grep -rIn -e ${BUILD} -e ${SOURCE} -e /opt/lz ${WORK}/moved OUTPUT_VARIABLE absolute RESULT_VARIABLE found)
if(NOT found EQUAL 1)
  message(FATAL_ERROR "installed files name folders of the build:\n${absolute}")
endif()

build(${CMAKE_CURRENT_LIST_DIR} ${WORK}/build)
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/build --output-on-failure)
build(${CMAKE_CURRENT_LIST_DIR}/runtime ${WORK}/runtime -DCMAKE_DISABLE_FIND_PACKAGE_LLVM=ON -DCMAKE_DISABLE_FIND_PACKAGE_MLIR=ON)
run(${CMAKE_CTEST_COMMAND} --test-dir ${WORK}/runtime --output-on-failure)
run(${WORK}/runtime/runtime-user ${WORK}/moved/lib/lz/lz_kernels_cpu.yaml)
