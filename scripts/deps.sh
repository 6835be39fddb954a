#!/usr/bin/env bash
# Installs what is missing for a task, and does nothing when everything is there.
#   scripts/deps.sh [build] [test] [bench]
# Debian packages come through apt-get, as root or with sudo.
set -euo pipefail
cd "$(dirname "$0")/.."
# Debian puts servers where other users than root don't look.
PATH=$PATH:/usr/sbin:/sbin

main() {
    local task packages=()
    for task in "${@:-test}"; do
        case $task in
        build)
            build_packages
            rust_components
            ;;
        test) test_packages ;;
        bench) bench_packages ;;
        *) echo "usage: scripts/deps.sh [build] [test] [bench]" >&2 && exit 2 ;;
        esac
    done
    if ((${#packages[@]})); then install_packages "${packages[@]}"; fi
    if [[ " ${*:-test} " == *" test "* ]]; then python_venv; fi
}

have() { command -v "$1" >/dev/null 2>&1; }

build_packages() {
    have make || packages+=(make)
    # SQLite and ring are C.
    have cc || packages+=(gcc libc6-dev)
}

rust_components() {
    # rustup's minimal profile has neither; its stand-ins for both exist and fail.
    local missing=()
    cargo fmt --version >/dev/null 2>&1 || missing+=(rustfmt)
    cargo clippy --version >/dev/null 2>&1 || missing+=(clippy)
    if ((${#missing[@]})); then rustup component add "${missing[@]}"; fi
}

test_packages() {
    [[ -n ${TEST_DATABASE_URL:-} ]] || have postgres || compgen -G '/usr/lib/postgresql/*/bin/postgres' >/dev/null ||
        packages+=(postgresql)
    [[ -n ${TEST_REDIS_URL:-} ]] || have redis-server || packages+=(redis-server)
    have npm || packages+=(npm)
    # For the tests that look at pages as people do.
    have chromium || packages+=(chromium)
    have chromedriver || packages+=(chromium-driver)
    # For its promtool, which asks the alerts whether they fire.
    have promtool || packages+=(prometheus)
    [[ -x target/pyenv/bin/python ]] || python3 -c 'import ensurepip' 2>/dev/null || packages+=(python3-venv)
}

bench_packages() {
    have nginx || packages+=(nginx)
    have wrk || packages+=(wrk)
    have psql || packages+=(postgresql)
}

install_packages() {
    if ! have apt-get; then
        without_apt "$@"
        return
    fi
    local sudo=()
    if ((EUID)); then
        have sudo || { echo "deps.sh: as root: apt-get install $*" >&2 && exit 1; }
        sudo=(sudo)
    fi
    echo "deps.sh: installing $*"
    hold_services
    "${sudo[@]}" apt-get update -qq
    "${sudo[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "$@" >/dev/null
    # Not now, and not at the next boot either: the tests and benchmarks start their own.
    if [[ -d /run/systemd/system ]]; then
        local package
        for package in "$@"; do
            case $package in
            postgresql | redis-server | nginx | prometheus) "${sudo[@]}" systemctl disable --now --quiet "$package" || true ;;
            esac
        done
    fi
}

# Debian starts a service as soon as it is installed, unless this file says no.
hold_services() {
    local policy=/usr/sbin/policy-rc.d
    [[ ! -e $policy ]] || return 0
    printf '#!/bin/sh\nexit 101\n' | "${sudo[@]}" tee $policy >/dev/null
    "${sudo[@]}" chmod 755 $policy
    # shellcheck disable=SC2064  # expanded now: `sudo` is local
    trap "${sudo[*]} rm -f $policy" EXIT
}

without_apt() {
    local package unknown=()
    for package in "$@"; do
        case $package in
        postgresql | redis-server) ;;
        *) unknown+=("$package") ;;
        esac
    done
    if ((${#unknown[@]})) || ! docker info >/dev/null 2>&1; then
        cat >&2 <<EOF
deps.sh: missing, and there is no apt-get to install: $*
Install what these Debian packages hold. PostgreSQL and Redis may also run elsewhere:
  export TEST_DATABASE_URL=postgres://USER:PASSWORD@HOST:PORT/DATABASE TEST_REDIS_URL=redis://HOST:PORT/
EOF
        exit 1
    fi
    cat <<'EOF'
deps.sh: the tests will start PostgreSQL and Redis with docker. To keep them between runs:
  docker run --rm -d -p 127.0.0.1:5433:5432 -e POSTGRES_USER=pool -e POSTGRES_HOST_AUTH_METHOD=trust postgres:17
  docker run --rm -d -p 127.0.0.1:6380:6379 redis:7
  export TEST_DATABASE_URL=postgres://pool@127.0.0.1:5433/pool TEST_REDIS_URL=redis://127.0.0.1:6380/
EOF
}

# The official client library, for the test that uses the pool as its users do, and a mail server.
python_venv() {
    local venv=target/pyenv wanted=tests/clients/requirements.txt
    if cmp -s $wanted $venv/requirements.txt && $venv/bin/python -c '' 2>/dev/null; then return; fi
    echo "deps.sh: making $venv"
    rm -rf $venv
    mkdir -p target
    python3 -m venv $venv
    $venv/bin/pip install --quiet --disable-pip-version-check -r $wanted
    # Last, so that a broken installation is made again.
    cp $wanted $venv/requirements.txt
}

main "$@"
