#!/usr/bin/env bash
# Runs all tests; meant to be run by scripts/services.py. With `--lint` as the first argument the
# workspace is linted by the same build that the tests run from. Further arguments go to the runner.
set -euo pipefail
cd "$(dirname "$0")/.."

if [[ ${1:-} == --lint ]]; then
    shift
    # `cargo clippy` would check every dependency once more, because it shares nothing with a build.
    # Clippy is a compiler, too: as the compiler of the workspace's own crates it lints them while
    # it builds them, and the dependencies are built once, by rustc.
    driver=$(rustup which clippy-driver 2>/dev/null || command -v clippy-driver) || {
        echo "test.sh: no clippy-driver: rustup component add clippy" >&2
        exit 1
    }
    export RUSTC_WORKSPACE_WRAPPER=$driver
    # How cargo-clippy itself hands `-D warnings` to the driver.
    export CLIPPY_ARGS=-D__CLIPPY_HACKERY__warnings__CLIPPY_HACKERY__
    # All targets, because the test runner alone would leave the benchmarks out.
    cargo test --workspace --all-targets --no-run
fi

# What of the pages needs no browser.
if command -v node >/dev/null; then node --test --test-reporter=dot tests/js/*.mjs; fi

if command -v cargo-nextest >/dev/null; then
    exec cargo nextest run --workspace "$@"
fi
exec cargo test --workspace "$@"
