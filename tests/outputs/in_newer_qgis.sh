#!/bin/sh
# The outputs in the QGIS of the next Debian (13 has 3.40), in a folder of its own; needs root, debootstrap and some 2 GB.
# Usage: in_newer_qgis.sh FOLDER QGIS_CHECK.py FILE.gpkg...   the folder is made on first use and may be kept
set -eu
root=$1
check=$2
shift 2
if [ ! -x "$root/usr/bin/qgis" ]; then
    mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' 'Codename: bookworm' | head -n 1)
    debootstrap --variant=minbase trixie "$root" "$mirror"
    chroot "$root" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends \
        qgis python3-qgis xvfb fonts-dejavu-core
fi
mkdir -p "$root/outputs"
cp "$check" "$root/outputs/qgis_check.py"
cp "$(dirname "$0")/window.py" "$root/outputs/window.py"
chroot "$root" qgis --version 2>/dev/null | tail -n 1
for file in "$@"; do
    name=$(basename "$file" .gpkg)
    cp "$file" "$root/outputs/$name.gpkg" # QGIS changes how a file keeps its journal
    chroot "$root" env QT_QPA_PLATFORM=offscreen XDG_RUNTIME_DIR=/tmp HOME=/root LANG=C.UTF-8 \
        python3 /outputs/qgis_check.py "/outputs/$name.gpkg" --out "/outputs/$name" --max-atlas 1 > "$root/outputs/$name.json"
    chroot "$root" python3 /outputs/window.py "/outputs/$name.gpkg" "/outputs/$name.png"
    echo "$name: opened, drawn and printed; pictures in $root/outputs"
done
