#!/usr/bin/env bash
# Writes what a release is made of, as CycloneDX 1.5: target/sbom/crates.cdx.json (the program) and
# target/sbom/pages.cdx.json (what the pages use in browsers). Both list what the lock files name.
# Installs cargo-cyclonedx when it is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

command -v cargo-cyclonedx >/dev/null || cargo install --locked cargo-cyclonedx
out=target/sbom
mkdir -p "$out"

# It writes beside Cargo.toml, and its name can't have a folder.
cargo cyclonedx --format json --spec-version 1.5 --all --no-build-deps --override-filename pool-sbom
find . -name pool-sbom.json -not -path './pool-sbom.json' -not -path './target/*' -delete
mv pool-sbom.json "$out/crates.cdx.json"

npm sbom --sbom-format cyclonedx --package-lock-only --omit dev >"$out/pages.cdx.json"

echo "sbom.sh: $out/crates.cdx.json, $out/pages.cdx.json" >&2
