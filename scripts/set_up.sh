#!/bin/sh
# Make a virtual environment with the packages of locks: sh scripts/set_up.sh FOLDER PYTHON LOCK...
#
# PYTHON is empty where none is new enough. What usually goes wrong is said in a line of its own,
# after what the program itself had to say.
set -eu
folder=$1 python=$2
shift 2
output=$(mktemp)
uv_lock=$(mktemp)
trap 'rm -f "$output" "$uv_lock"' EXIT

stop() {
    echo "$1" >&2
    exit 1
}

# What the output of a program means that has failed; $1 is said when it is nothing known.
explain() {
    tail -n 20 "$output" >&2
    if grep -qi "no space left" "$output"; then
        stop "The disk of $PWD is full. didsms needs about 700 MB for its packages; make room, then try again."
    elif grep -qiE "permission denied|read-only file system" "$output"; then
        stop "$PWD can’t be written by $(id -un). Take a folder of your own, or change its owner."
    elif grep -qiE "no module named '?(venv|ensurepip|pip)|ensurepip is not available" "$output"; then
        stop "This Python lacks its module venv. On Debian and Ubuntu: apt-get install python3-venv"
    elif grep -qiE "connection|resolve|timed out|no matching distribution|could not fetch|certificate" "$output"; then
        stop "The packages couldn’t be fetched. Check the network; behind a proxy set HTTPS_PROXY, for another index PIP_INDEX_URL."
    fi
    stop "$1"
}

[ -n "$python" ] || stop "didsms needs Python 3.11 or newer; python3 is older or missing."
mkdir -p "$folder" 2>"$output" || explain "$folder couldn’t be made."
[ -x "$folder/bin/python" ] && "$folder/bin/python" -m pip --version >/dev/null 2>&1 ||
    "$python" -m venv --clear "$folder" >"$output" 2>&1 ||
    explain "The virtual environment $folder couldn’t be made."

# The locks are complete, so nothing is left to resolve; an older pip would look for newer releases
# of what a package asks for with an extra, and stop when it finds one that is not in the lock.
# Python compiles what it runs when it first runs it; compiling all of it here takes half as long again.
install_with_pip() {
    "$folder/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes \
        --no-compile --no-deps "$@" >"$output" 2>&1
}

# uv, which the lock for development holds, takes 3 seconds for what takes pip 20. It does not read
# pip's settings (a mirror, a proxy's certificate), so where it gets nowhere, pip does it all.
install_with_uv() {
    sed -n '/^uv==/,/[^\\]$/p' $locks >"$uv_lock" 2>/dev/null
    [ -s "$uv_lock" ] && install_with_pip -r "$uv_lock" &&
        "$folder/bin/uv" pip install --quiet --no-cache --python "$folder/bin/python" \
            --require-hashes --no-deps "$@" >"$output" 2>&1
}

locks=$*
for lock in "$@"; do
    set -- "$@" -r "$lock"
    shift
done
install_with_uv "$@" || install_with_pip "$@" || explain "The packages couldn’t be installed."
