"""All that is looked at on this machine, in order."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from pipeline.queries.doctor import libraries, places, session
from pipeline.queries.doctor.diagnosis import Diagnosis, diagnosed

OTHER_RESULTS = "get write access, or name another folder with --outputs"
TEMPORARY = "name a folder that can be written in TMPDIR (on Windows TEMP)"


def diagnoses(project: Path, outputs: Path, units: Sequence[str]) -> list[Diagnosis]:
    """What was found of the program, its libraries, and the folders of a run; units: names under which it writes."""
    checks = (
        ("Python", libraries.INSTALL_ANEW, session.program),
        ("tables", libraries.INSTALL_ANEW, libraries.tables),
        ("GDAL", libraries.INSTALL_ANEW, libraries.gdal),
        ("GEOS", libraries.INSTALL_ANEW, libraries.geos),
        ("PROJ", libraries.INSTALL_ANEW, libraries.proj),
        ("numba", libraries.INSTALL_ANEW, libraries.kernels),
        ("variables", "", session.variables),
        ("memory", "", session.memory),
        ("text", "", session.text),
        ("project", "name the folder of a project with --config", partial(places.project, project)),
        ("results", OTHER_RESULTS, partial(places.outputs, outputs, units)),
        ("temporary files", TEMPORARY, places.temporary),
    )
    return [row for thing, todo, check in checks for row in diagnosed(thing, todo, check)]
