#!/usr/bin/env bash
# Brings what the pages need in browsers into assets/vendor, when what it is made of has changed.
# Without Node.js the API works, and the pages say what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

main() {
    if ! command -v npm >/dev/null; then
        echo "assets.sh: no npm: the pages will say what is missing. Install Node.js 18 or newer." >&2
        return
    fi
    local packages sources
    packages=$(cksum <package-lock.json)
    # Of the style sheet only what these use is taken.
    sources=$(find package-lock.json scripts/assets.mjs assets/icons.txt assets/js assets/css templates -type f -print0 |
        LC_ALL=C sort -z | xargs -0 cat | cksum)
    if ! is node_modules/.made "$packages"; then
        # With what only the tests need, axe-core, also where NODE_ENV says production.
        npm ci --include=dev --ignore-scripts --no-audit --no-fund --loglevel=error
        echo "$packages" >node_modules/.made
    fi
    if ! is assets/vendor/.made "$sources"; then
        echo "assets.sh: making assets/vendor"
        node scripts/assets.mjs
        # Last, so that broken assets are made again.
        echo "$sources" >assets/vendor/.made
    fi
}

is() { [[ -e $1 && $(<"$1") == "$2" ]]; }

main
