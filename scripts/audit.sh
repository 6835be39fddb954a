#!/usr/bin/env bash
# Checks the dependencies: advisories, licenses and origins of the crates (deny.toml), and the
# registry's signatures of what the pages use. What can't be reached is skipped, and said; what is
# found fails.
set -euo pipefail
cd "$(dirname "$0")/.."

ADVISORIES=https://github.com/rustsec/advisory-db
WAIT_SECS=30

skip() { echo "audit.sh: SKIPPED $1" >&2; }

if command -v cargo-deny >/dev/null; then
    # Crates of other systems, too, which a build doesn't fetch.
    cargo fetch --locked --quiet
    cargo deny --offline check licenses bans sources
    if timeout "$WAIT_SECS" git ls-remote --exit-code "$ADVISORIES" HEAD >/dev/null 2>&1; then
        cargo deny check advisories
    else
        skip "advisories of crates: $ADVISORIES can't be reached"
    fi
else
    skip "crates: no cargo-deny here (cargo install --locked cargo-deny)"
fi

if [[ -d node_modules ]]; then
    # Ends with an error, too, where the registry's keys can't be reached.
    if said=$(timeout "$WAIT_SECS" npm audit signatures 2>&1); then
        echo "$said"
    elif grep -qi 'invalid registry signature\|tampered' <<<"$said"; then
        echo "$said" >&2
        exit 1
    else
        skip "signatures of npm packages: the registry gives none"
    fi
else
    skip "npm packages: not installed here (make assets)"
fi
