# Makefile: the commands people type; Meson does the work.
BUILD ?= build
PREFIX ?= /usr/local

all: $(BUILD)/build.ninja
	ninja -C $(BUILD) programs

test-programs: $(BUILD)/build.ninja
	ninja -C $(BUILD) test-programs

$(BUILD)/build.ninja:
	@scripts/install-dependencies build
	meson setup $(BUILD) --prefix=$(PREFIX) -Dwerror=true

# Build, prepare the lab, and show the main job: a GPU assigned in legacy mode.
demo:
	@scripts/install-dependencies build lab
	@$(MAKE) --no-print-directory all
	@lab/demo

# Every test; one closing line says what came of it.
check:
	@scripts/install-dependencies build tests lab
	@$(MAKE) --no-print-directory test-programs
	@tests/check

# The long forms of what check does in short.
soak:
	@scripts/install-dependencies build tests lab
	@$(MAKE) --no-print-directory test-programs
	@tests/soak

# Layout and lint, as CI wants them.
lint: $(BUILD)/build.ninja
	@scripts/lint $(BUILD)

install: all
	meson install -C $(BUILD) --no-rebuild

clean:
	rm -rf $(BUILD)

.PHONY: all test-programs demo check soak lint install clean
