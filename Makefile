# A fresh machine needs no command but these: each installs what it needs, builds, and does its job.
#   make demo     compile and run a model under two policies
#   make test     every test; ends with ctest's totals
#   make bench    the runtime's figures beside their bars, with the yardsticks of the same run
#   make build    the tools alone          make format   clang-format in place
#   make reference   docs/reference, from the TableGen definitions
PRESET ?= release
BUILD := build/$(PRESET)

.PHONY: build bench demo test format check-format packages reference
build: $(BUILD)/.configured
	@cmake --build $(BUILD)

demo: $(BUILD)/.configured
	@cmake --build $(BUILD) --target lz-demo-parts
	@test/demo/demo.sh $(BUILD)

test: build
	@ctest --test-dir $(BUILD) --output-on-failure -j 2

bench: $(BUILD)/.configured
	@cmake --build $(BUILD) --target lzrt-bench static-call-driver
	@$(BUILD)/bin/lzrt-bench --static-call $(BUILD)/test/bench/static-call/static-call

format:
	@scripts/format.sh --in-place
check-format:
	@scripts/format.sh

reference: | packages
	@scripts/generate-reference.sh

packages:
	@scripts/install-packages.sh

$(BUILD)/.configured: CMakePresets.json scripts/packages.txt | packages
	@cmake --preset $(PRESET) -DLZ_CCACHE=ON --log-level=WARNING
	@touch $@
