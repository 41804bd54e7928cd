# How lit runs the suites: tools of this build and of LLVM by their plain names.
import os

import lit.formats

config.name = "LZ"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.test_source_root = os.path.dirname(__file__)
config.test_exec_root = os.path.join(config.lz_build_dir, "test")
config.excludes = ["fixtures", "Inputs", "CMakeLists.txt"]
config.environment["PATH"] = os.pathsep.join(
    [os.path.join(config.lz_build_dir, "bin"), config.llvm_tools_dir, "/usr/bin", "/bin"]
)
config.environment["FILECHECK_OPTS"] = "-enable-var-scope --dump-input-filter=error"
config.substitutions.append(("%fixtures", os.path.join(config.test_source_root, "fixtures")))
config.substitutions.append(("%configs", os.path.join(config.lz_source_dir, "configs")))
config.substitutions.append(("%kernels", os.path.join(config.lz_build_dir, "lib", "lz")))
plugin = os.path.join(config.lz_build_dir, "lib", "LZPlugin.so")
# LLVM's own mlir-opt with the plugin, and nothing else of this project.
mlir_opt = os.path.join(config.llvm_tools_dir, "mlir-opt")
config.substitutions.append(("%mlir_opt_lz", f"{mlir_opt} --load-dialect-plugin={plugin} --load-pass-plugin={plugin}"))
config.substitutions.append(("%plugin", plugin))
config.substitutions.append(("%lib", os.path.join(config.lz_build_dir, "lib")))
config.substitutions.append(("%docs", os.path.join(config.lz_source_dir, "docs")))
config.substitutions.append(("%source", config.lz_source_dir))
config.substitutions.append(("%build", config.lz_build_dir))
