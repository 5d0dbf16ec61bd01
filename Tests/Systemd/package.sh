#!/usr/bin/env bash
# Puts into the folder $1 our package, and tree/, what `make install` installs, unless nothing has changed since it was
# made.
set -euo pipefail
folder=$(realpath "$1")
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
mkdir -p "$folder"
package=$(find "$folder" -maxdepth 1 -name 'visage_*.deb' -print -quit)
built=${BUILT:-.build/release}
if [[ -n $package && -d $folder/tree ]]; then
    newer=$(find -L "$built"/{visage,visage-commands,visaged,visage-web,visage-mqtt,visage-fleet} systemd Models/*.onnx Models/manifest.json README.md CONTRIBUTING.md \
        CHANGELOG.md docs examples Tests/Demo/recording.jpg \
        Sources/Events/events.schema.json -newer "$package" -print -quit)
    [[ -n $newer ]] || exit 0
fi
echo "making the package"
rm -rf "$folder"/visage_*.deb "$folder/tree"
DESTDIR=$folder/tree PREFIX=/usr/local systemd/install.sh
systemd/deb.sh "$folder" >/dev/null
