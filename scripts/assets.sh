#!/usr/bin/env bash
# Brings what the pages need in browsers into assets/vendor, when it isn't there already as the lock
# file says. Without Node.js the API works, and the pages say what is missing.
set -euo pipefail
cd "$(dirname "$0")/.."

made=assets/vendor/.made
wanted() { cat package-lock.json assets/icons.txt scripts/assets.mjs | cksum; }

if [[ -e $made && $(<$made) == "$(wanted)" ]]; then exit; fi
if ! command -v npm >/dev/null; then
    echo "assets.sh: no npm: the pages will say what is missing. Install Node.js 20 or newer." >&2
    exit
fi
echo "assets.sh: making assets/vendor"
npm ci --ignore-scripts --no-audit --no-fund --loglevel=error
node scripts/assets.mjs
# Last, so that broken assets are made again.
wanted >$made
