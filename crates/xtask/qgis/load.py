"""QGIS without a screen reads a running server: every collection through its provider of OGC API - Features, and the
vector tiles through its layer of vector tiles. Counts, sums and places must be those of the API.

    python3 load.py http://127.0.0.1:8080
"""

import json
import os
import sys
import urllib.request

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from qgis.core import (  # noqa: E402  (the platform is chosen before)
    NULL,
    QgsApplication,
    QgsCoordinateReferenceSystem,
    QgsMapRendererSequentialJob,
    QgsMapSettings,
    QgsRectangle,
    QgsVectorLayer,
    QgsVectorTileLayer,
)
from qgis.PyQt.QtCore import QSize  # noqa: E402
from qgis.PyQt.QtGui import QColor  # noqa: E402

#: Features of a page: fewer than a collection has, so that QGIS has to turn it.
PAGE = 7
#: Pixels of a side of what is drawn, and how many of them must not be blank.
SIDE, LEAST = 512, 2_000


def ask(url):
    with urllib.request.urlopen(url, timeout=60) as answer:
        return json.load(answer)


class Different(Exception):
    """QGIS and the API do not tell the same."""


def held(what, found, expected):
    if found != expected:
        raise Different(f"{what}: QGIS has {found}, the API {expected}")


def features(at, name):
    """All features of a collection, as QGIS reads them and as the API tells them."""
    uri = f"pagesize='{PAGE}' restrictToRequestBBOX='0' srsname='OGC:CRS84' typename='{name}' url='{at}/ogc'"
    layer = QgsVectorLayer(uri, name, "OAPIF")
    if not layer.isValid():
        raise Different(f"{name}: QGIS cannot open the collection: {layer.error().message()}")
    told = ask(f"{at}/ogc/collections/{name}/items?limit=10000")["features"]
    read = list(layer.getFeatures())
    held(f"{name}: features", len(read), len(told))
    codes = sorted(f["code"] for f in read)
    held(f"{name}: codes", codes, sorted(f["id"] for f in told))
    for number in ("households", "covered"):
        known = [f["properties"].get(number) or 0 for f in told]
        held(f"{name}: sum of {number}", sum(0 if f[number] == NULL else f[number] for f in read), sum(known))
    invalid = [f["code"] for f in read if not f.geometry().isGeosValid()]
    held(f"{name}: shapes that are not valid", invalid, [])
    outlines = {f["id"]: f["geometry"]["coordinates"] for f in told}
    corners = sum(len(ring) for polygons in outlines.values() for polygon in polygons for ring in polygon)
    held(f"{name}: corners", sum(f.geometry().constGet().nCoordinates() for f in read), corners)
    print(f"{name}: {len(read)} features, {corners} corners, as the API")


def tiles(at, name):
    """Draws a layer of tiles."""
    about = ask(f"{at}/tiles/{name}.json")
    url = f"{at}/tiles/{name}/%7Bz%7D/%7Bx%7D/%7By%7D"
    layer = QgsVectorTileLayer(f"type=xyz&url={url}&zmin=0&zmax={about['maxzoom']}", name)
    if not layer.isValid():
        raise Different(f"{name}: QGIS cannot open the tiles")
    settings = QgsMapSettings()
    settings.setLayers([layer])
    settings.setDestinationCrs(QgsCoordinateReferenceSystem("OGC:CRS84"))
    settings.setExtent(QgsRectangle(*about["bounds"]))
    settings.setOutputSize(QSize(SIDE, SIDE))
    settings.setBackgroundColor(QColor("white"))
    job = QgsMapRendererSequentialJob(settings)
    job.start()
    job.waitForFinished()
    if job.errors():
        raise Different(f"{name}: {[error.message for error in job.errors()]}")
    image = job.renderedImage()
    white = QColor("white").rgb()
    drawn = sum(image.pixel(x, y) != white for x in range(SIDE) for y in range(SIDE))
    if drawn < LEAST:
        raise Different(f"{name}: QGIS draws {drawn} pixels of {SIDE * SIDE}")
    print(f"{name}: tiles drawn on {drawn} of {SIDE * SIDE} pixels")


def main():
    at = sys.argv[1].rstrip("/")
    application = QgsApplication([], False)
    application.initQgis()
    try:
        for collection in ask(f"{at}/ogc/collections")["collections"]:
            features(at, collection["id"])
        for name in ("communes", "villages", "density", "gaps"):
            tiles(at, name)
    except Different as error:
        return str(error)
    finally:
        application.exitQgis()
    return 0


if __name__ == "__main__":
    sys.exit(main())
