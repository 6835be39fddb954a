#!/usr/bin/env bash
# Fuzzes the import's parser for $1 seconds; installs cargo-fuzz when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
mkdir -p fuzz/corpus/import
# cargo-fuzz needs flags that a stable compiler only has on request. The code has no `unsafe`, so
# that an address sanitizer would only slow it down.
export RUSTC_BOOTSTRAP=1
exec cargo fuzz run --sanitizer none import fuzz/corpus/import fuzz/seeds/import -- \
    -max_total_time="${1:-300}" -max_len=4096 -dict=fuzz/import.dict
