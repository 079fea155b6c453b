"""The verbs: from raw files to what a planner opens.

GDAL reads this setting once, when it is first loaded: formats that can point at other files or at the network
are left out of both copies of GDAL (pyogrio's and rasterio's) for the whole process.
"""

import os

os.environ["GDAL_SKIP"] = "OGR_VRT,VRT,GDALG,WFS,OAPIF,HTTP,CSW,WMS,WMTS,WCS,STACIT,STACTA,PLMOSAIC,Elasticsearch,Carto"
os.environ["OGR_ARC_STEPSIZE"] = "1"
