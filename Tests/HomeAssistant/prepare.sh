#!/usr/bin/env bash
# Installs Home Assistant into a virtual environment below the folder $1, 0.7 GB each: the last version for Debian's Python,
# and, where there is a Python 3.13, one that is newer. Nothing is downloaded after that. A second run finds it there.
set -euo pipefail
folder=$1
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
mkdir -p "$folder"

# put VERSION PYTHON
put() {
    local place=$folder/$1
    [[ ! -e $place/.ready ]] || return 0
    echo "installing Home Assistant $1 into $place"
    rm -rf "$place"
    "$2" -m venv "$place"
    # What of it is imported is compiled at its first start.
    "$place/bin/pip" --disable-pip-version-check -q install --no-compile --no-deps --prefer-binary \
        -r "$here/requirements-$1.txt"
    [[ $("$place/bin/hass" --version) == "$1" ]]
    touch "$place/.ready"
}

put 2024.3.3 /usr/bin/python3
newer=${PYTHON313:-python3.13}
if "$newer" -c '' 2>/dev/null; then
    put 2025.4.4 "$newer"
else
    echo "there is no python3.13 (PYTHON313 names it), which Home Assistant 2025.4.4 needs: the tests run with 2024.3.3 alone"
fi
