# shellcheck shell=sh disable=SC2154
# Sourced by ./run and ./test: everything between a fresh machine and a working .venv. POSIX sh.
#
# Needs $root, the folder of the project. Gives `prepare run|test`. Speaks on standard error only; standard output belongs
# to Signet. A stamp in .venv, written last, says that all of this was done for this place, this Python and these lists.

say() { printf '%s\n' "signet: $*" >&2; }

die() {
    say "$*"
    exit 1
}

# The Debian packages for $1, run or test.
package_names() {
    grep -v '^#' "$root/packaging/apt-run.txt"
    [ "$1" = run ] || grep -v '^#' "$root/packaging/apt-test.txt"
}

# The hash-pinned libraries for $1; the tests' list holds those of Signet too.
lock_file() {
    case $1 in
        run) echo "$root/packaging/requirements.lock" ;;
        test) echo "$root/packaging/requirements-test.lock" ;;
    esac
}

# What the stamp for $1 must say. The real path of the interpreter tells when the system changed to another Python.
wanted_stamp() {
    { cat "$(lock_file "$1")" && package_names "$1"; } | cksum
    echo "$root"
    readlink -f "$root/.venv/bin/python"
}

is_prepared() {
    [ -x "$root/.venv/bin/python" ] && [ -f "$root/.venv/signet-$1.stamp" ] &&
        [ "$(cat "$root/.venv/signet-$1.stamp")" = "$(wanted_stamp "$1")" ]
}

as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    elif ! command -v sudo >/dev/null 2>&1; then
        return 1
    elif [ -t 2 ]; then
        sudo "$@"
    else
        sudo -n "$@"
    fi
}

apt_get() {
    # Standard input is not apt's to read: it may hold what Signet is to encrypt.
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -o DPkg::Lock::Timeout=300 "$@" </dev/null >&2 9<&-
}

# Install the Debian packages named; fail, with what apt said, if they cannot be had. Package lists are fetched only if
# the first try fails.
apt_install() {
    command -v apt-get >/dev/null 2>&1 || return 1
    say "installing system packages: $*"
    apt_get install -y --no-install-recommends "$@" >/dev/null 2>&1 && return 0
    said=$(apt_get update 2>&1 && apt_get install -y --no-install-recommends "$@" 2>&1) && return 0
    printf '%s\n' "$said" >&2
    return 1
}

# Install what is missing of the Debian packages for $1; without dpkg all of them count as missing.
need_packages() {
    missing=
    for package in $(package_names "$1"); do
        if [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" != installed ]; then
            missing="$missing $package"
        fi
    done
    [ -n "$missing" ] || return 0
    # shellcheck disable=SC2086
    apt_install $missing && return 0
    if command -v apt-get >/dev/null 2>&1; then
        say "these packages are missing and could not be installed:$missing"
        say "please run, as an administrator: apt-get install$missing"
        # Without a software token Signet still works with a card; tests would only fail one by one.
        [ "$1" = run ] || exit 1
    else
        say "this system has no apt; please see to it that what these Debian packages hold is installed:$missing"
    fi
}

# Set $python to an interpreter that is new enough.
look_for_python() {
    for python in python3 python3.14 python3.13 python3.12 python3.11; do
        python=$(command -v "$python") || continue
        "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && return 0
    done
    return 1
}

need_python() {
    look_for_python || { apt_install python3 python3-venv && look_for_python; } ||
        { apt_install python3.11 python3.11-venv && look_for_python; } ||
        die "Python 3.11 or newer is needed and was not found; please install it (Debian: python3 and python3-venv)"
    "$python" -c 'import ensurepip, venv' 2>/dev/null && return 0
    apt_install "$("$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])')"
    "$python" -c 'import ensurepip, venv' 2>/dev/null ||
        die "$python cannot make a virtual environment; please run, as an administrator: apt-get install python3-venv"
}

make_venv() {
    say "making the virtual environment in $root/.venv"
    rm -rf "$root/.venv"
    "$python" -m venv "$root/.venv" >&2 || die "the virtual environment could not be made"
}

install_locked() {
    say "installing the libraries of $(lock_file "$1")"
    "$root/.venv/bin/python" -m pip install --quiet --disable-pip-version-check --no-input --progress-bar off \
        --require-hashes --only-binary :all: -r "$(lock_file "$1")" </dev/null >&2 ||
        die "the libraries could not be installed; what pip said stands above"
    # A path file instead of an installation: the sources are what runs.
    for folder in "$root"/.venv/lib/python3*/site-packages; do
        echo "$root/app" >"$folder/signet.pth"
    done
    wanted_stamp "$1" >"$root/.venv/signet-$1.stamp.new" || die "the stamp could not be written"
    mv "$root/.venv/signet-$1.stamp.new" "$root/.venv/signet-$1.stamp"
}

# Make sure that .venv and the system hold what $1, run or test, needs.
prepare() {
    is_prepared "$1" && return 0
    # The folder itself is the lock: of two calls at once, the second waits and finds the work done.
    exec 9<"$root"
    if command -v flock >/dev/null 2>&1; then
        flock 9
    fi
    if ! is_prepared "$1"; then
        need_python
        need_packages "$1"
        # The tests' libraries come on top of a good environment; anything else starts from nothing.
        if [ "$1" != test ] || ! is_prepared run; then
            make_venv
        fi
        install_locked "$1" 9<&-
        [ "$1" != test ] || wanted_stamp run >"$root/.venv/signet-run.stamp"
    fi
    exec 9<&-
}
