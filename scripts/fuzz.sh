#!/usr/bin/env bash
# Fuzzes each target for $1 seconds, or only those named after it; installs cargo-fuzz when it is
# missing.
set -euo pipefail
cd "$(dirname "$0")/.."

seconds=${1:-300}
targets=("${@:2}")
[ ${#targets[@]} -gt 0 ] || targets=(import client_address route answers)
command -v cargo-fuzz >/dev/null || cargo install --locked cargo-fuzz
# cargo-fuzz needs flags that a stable compiler only has on request. The code has no `unsafe`, so
# that an address sanitizer would only slow it down.
export RUSTC_BOOTSTRAP=1
for target in "${targets[@]}"; do
    mkdir -p "fuzz/corpus/$target"
    words=(-max_total_time="$seconds" -max_len=4096)
    if [ -f "fuzz/$target.dict" ]; then words+=(-dict="fuzz/$target.dict"); fi
    cargo fuzz run --sanitizer none "$target" "fuzz/corpus/$target" "fuzz/seeds/$target" -- "${words[@]}"
done
