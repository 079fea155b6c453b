"""Bring in the map library: npm packs the pinned package, its checksum is compared, and three files are stored.

Run by `make web` when the pin changes. The files stand in the repository: running the line needs no npm.
"""

import base64
import hashlib
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parents[1] / "pipeline" / "stages" / "publish" / "report" / "web"
MEMBERS = {
    "maplibre-gl.js": "package/dist/maplibre-gl.js",
    "maplibre-gl.css": "package/dist/maplibre-gl.css",
    "LICENSE.txt": "package/LICENSE.txt",
}


def checksum(content: bytes, algorithm: str) -> str:
    """The checksum of some bytes, as npm and browsers write it."""
    return f"{algorithm}-{base64.b64encode(hashlib.new(algorithm, content).digest()).decode()}"


def main() -> None:
    """Bring the pinned files in; refuse a package that is not the pinned one."""
    pinned = tomllib.loads((HERE / "pinned.toml").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        name = f"{pinned['package']}@{pinned['version']}"
        subprocess.run(["npm", "pack", "--silent", "--pack-destination", folder, name], check=True)
        (packed,) = Path(folder).glob("*.tgz")
        if checksum(packed.read_bytes(), "sha512") != pinned["integrity"]:
            sys.exit(f"{name}: not the package that pinned.toml names; nothing was changed")
        with tarfile.open(packed) as archive:
            for target, member in MEMBERS.items():
                content = archive.extractfile(member)
                if content is None:
                    sys.exit(f"{name}: no {member} in it")
                (HERE / "maplibre" / target).write_bytes(content.read())
    for target in MEMBERS:
        sys.stdout.write(f'"{target}" = "{checksum((HERE / "maplibre" / target).read_bytes(), "sha256")}"\n')


if __name__ == "__main__":
    main()
