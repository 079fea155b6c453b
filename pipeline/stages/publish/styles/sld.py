"""SLD: the same colours and patterns for those who do not have QGIS; Styled Layer Descriptor 1.1 with
Symbology Encoding.
"""

from functools import cache

from pipeline.stages.publish.styles.documents import rendered
from pipeline.stages.publish.styles.style import LayerStyle


@cache
def sld(look: LayerStyle, name: str) -> str:
    """The style document of a layer: a rule per entry, each with its own filter; the last takes what no other names."""
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + rendered("sld.xml.j2", look=look, name=name)
