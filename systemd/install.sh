#!/usr/bin/env bash
# Installs what is built: programs, the libraries that Debian does not have, models, units, example configuration. What
# is installed needs nothing of this source tree. `make install` and `make deb` call it.
#   PREFIX    /usr/local unless told otherwise
#   DESTDIR   a folder to put it all under; nothing of the running system is touched then
#   BUILT     where the programs lie; .build/release
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
source systemd/places.sh
built=${BUILT:-.build/release}
openvino=.vendor/openvino/openvino
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)

fail() { echo "make: $*" >&2; exit 1; }
put() { install -D -m "$1" "$2" "$DESTDIR$3"; }
# Fills in the places that a unit names.
unit() {
    put 644 "$1" "$2"
    sed -i "s#@PREFIX@#$PREFIX#g; s#@LIBRARIES@#/usr/lib/$triplet#g" "$DESTDIR$2"
}

programs=(visaged visage visage-commands visage-web visage-mqtt visage-fleet)
for program in "${programs[@]}"; do
    [[ -x $built/$program ]] || fail "$built/$program is missing; run \`make build\` first"
done
# `make build` leaves the file: a program that a change does not concern keeps its own time.
newer=$(find Sources Package.swift -newer "$([[ -e $built/.built ]] && echo "$built/.built" || echo "$built/visaged")" \
    -type f -print -quit)
[[ -n ${BUILT:-} || -z $newer ]] || fail "$newer is newer than the programs; run \`make build\` first"
[[ -n $DESTDIR || $(id -u) == 0 ]] || fail "installing into $PREFIX takes root: sudo make install"

# The build finds its libraries where they were built with; what is installed looks beside itself only.
for program in "${programs[@]}"; do
    put 755 "$built/$program" "$bin/$program"
    strip "$DESTDIR$bin/$program"
    chrpath -r '$ORIGIN/../lib/visage' "$DESTDIR$bin/$program" >/dev/null
done

# Of Swift, what the programs load. Each of these looks for the others in its own folder.
swift=$(dirname "$(dirname "$(readlink -f "$(command -v swift)")")")/lib/swift/linux
mapfile -t runtime < <(for program in "${programs[@]}"; do ldd "$built/$program"; done \
    | sed -n "s#.* => \($swift/[^ ]*\) .*#\1#p" | sort -u)
((${#runtime[@]} > 0)) || fail "$built/visaged does not use the Swift libraries in $swift: another Swift has built it"
# Of OpenVINO, what runs ONNX and frozen TensorFlow graphs on a processor; TBB is Debian's, which OpenCV brings along.
for library in "${runtime[@]}" "$openvino"/libs/{libopenvino.so.*,libopenvino_c.so.*,libopenvino_onnx_frontend.so.*} \
    "$openvino"/libs/libopenvino_tensorflow_frontend.so.* \
    "$openvino"/libs/libopenvino_intel_cpu_plugin.so; do
    put 644 "$library" "$private/${library##*/}"
    strip --strip-unneeded "$DESTDIR$private/${library##*/}"
done

put 644 Models/manifest.json "$share/models/manifest.json"
while read -r model; do
    [[ -f Models/$model ]] || fail "Models/$model is missing; run \`make models\` first"
    put 644 "Models/$model" "$share/models/$model"
done < <(.vendor/python/bin/python - <<'PYTHON'
import json
for model in json.load(open("Models/manifest.json"))["models"]:
    if model["default"]:
        for file in model.get("quantized", model)["files"]:
            print(file["file"])
PYTHON
)

put 644 Sources/Events/events.schema.json "$share/events.schema.json"
unit systemd/visaged.service "$units/visaged.service"
unit systemd/visaged.socket "$units/visaged.socket"
unit systemd/visage-mqtt.service "$units/visage-mqtt.service"
unit systemd/visage-fleet.service "$units/visage-fleet.service"
unit systemd/visage-web.service "$units/visage-web.service"
unit systemd/visaged-webcam-only.conf "$doc/visaged-webcam-only.conf"
put 644 systemd/visage.sysusers "$sysusers/visage.conf"
put 644 systemd/visage.tmpfiles "$tmpfiles/visage.conf"
put 644 systemd/visaged.yaml "$doc/visaged.yaml"
# The documentation keeps its folders, because its pages link to each other and to these files.
for page in README.md CONTRIBUTING.md CHANGELOG.md LICENSE docs/*.md examples/*.{yaml,conf} Tests/Demo/recording.jpg \
    docs/web-live.jpg docs/web-timeline.png Sources/Events/events.schema.json Models/manifest.json; do
    put 644 "$page" "$doc/$page"
done
for script in examples/*.{py,sh}; do
    put 755 "$script" "$doc/$script"
done
mkdir -p "$DESTDIR$doc/systemd"
ln -sf ../visaged.yaml ../visaged-webcam-only.conf "$DESTDIR$doc/systemd/"
put 644 systemd/debian/copyright "$doc/copyright"
put 644 "$swift/../../../share/swift/LICENSE.txt" "$doc/swift/LICENSE.txt"
for text in .vendor/openvino/openvino-*.dist-info/licenses/{LICENSE,licensing/*.txt}; do
    put 644 "$text" "$doc/openvino/${text##*/}"
done

# Man pages and completions come from the help of the programs.
generated=$(mktemp -d)
trap 'rm -rf "$generated"' EXIT
.vendor/python/bin/python docs/manpages.py "$built" "$generated"
for page in man1/visage.1 man8/{visaged,visage-web,visage-mqtt,visage-fleet}.8 man5/visaged.yaml.5; do
    gzip -9n "$generated/$page"
    put 644 "$generated/$page.gz" "$man/$page.gz"
done
for program in "${programs[@]}"; do
    # Nobody calls it: `visage` does.
    [[ $program != visage-commands ]] || continue
    for shell in bash zsh fish; do
        "$built/$program" --generate-completion-script "$shell" >"$generated/$program.$shell"
    done
    put 644 "$generated/$program.bash" "$bash_completion/$program"
    put 644 "$generated/$program.zsh" "$zsh_completion/_$program"
    put 644 "$generated/$program.fish" "$fish_completion/$program.fish"
done

# The administrator's own stays. It may hold passwords; postinst gives it to the service's group.
[[ -e $DESTDIR/etc/visage/visaged.yaml ]] || put 640 systemd/visaged.yaml /etc/visage/visaged.yaml

[[ -n $DESTDIR ]] || sh systemd/debian/postinst configure
