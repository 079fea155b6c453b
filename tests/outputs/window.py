"""Picture of the real QGIS window with the project inside a GeoPackage. Usage: window.py FILE.gpkg PICTURE.png [THEME]

Starts an X server of its own (Xvfb) and QGIS in it; QGIS runs the second half of this file.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

SETTLED_MS = 12_000


def outside(source, picture, theme):
    """Start a screen, and QGIS on it with the project; exit 1 when no picture came."""
    read, write = os.pipe()
    screen = subprocess.Popen(
        ["Xvfb", "-displayfd", str(write), "-screen", "0", "1600x1000x24", "-nolisten", "tcp"],
        pass_fds=[write],
        stderr=subprocess.DEVNULL,
    )
    try:
        number = os.read(read, 16).decode().strip()
        with tempfile.TemporaryDirectory() as home:
            about = {"DISPLAY": f":{number}", "WINDOW_PICTURE": str(picture), "WINDOW_THEME": theme}
            about |= {"XDG_RUNTIME_DIR": home, "QT_QPA_PLATFORM": "xcb", "LANG": "nl_NL.UTF-8", "HOME": home}
            about |= {"PATH": "/usr/bin:/bin"}  # its own Python, of no virtual environment
            project = f"geopackage:{source}?projectName={Path(source).stem}"
            command = [
                "qgis",
                "--nologo",
                "--noversioncheck",
                "--profiles-path",
                home,
                "--code",
                __file__,
                "--project",
                project,
            ]
            silent = subprocess.DEVNULL
            subprocess.run(command, env=about, timeout=180, check=False, stdout=silent, stderr=silent)
    finally:
        screen.terminate()
        screen.wait()
    if not Path(picture).is_file():
        sys.exit("no picture came")


def inside():
    """In QGIS: wait until it is drawn, take the picture, close."""
    from qgis.core import QgsProject
    from qgis.PyQt.QtCore import QTimer
    from qgis.PyQt.QtWidgets import QApplication
    from qgis.utils import iface

    def start():
        window = iface.mainWindow()
        window.showNormal()
        window.resize(1600, 1000)
        if os.environ["WINDOW_THEME"]:
            view = iface.layerTreeView()
            QgsProject.instance().mapThemeCollection().applyTheme(
                os.environ["WINDOW_THEME"], view.layerTreeModel().rootGroup(), view.layerTreeModel()
            )
        QTimer.singleShot(SETTLED_MS, take)

    def take():
        iface.mainWindow().grab().save(os.environ["WINDOW_PICTURE"])
        QgsProject.instance().setDirty(False)
        QApplication.instance().exit(0)
        os._exit(0)

    QTimer.singleShot(SETTLED_MS, start)


if "WINDOW_PICTURE" in os.environ:
    inside()
elif __name__ == "__main__":
    outside(
        str(Path(sys.argv[1]).resolve()), str(Path(sys.argv[2]).resolve()), sys.argv[3] if len(sys.argv) > 3 else ""
    )
