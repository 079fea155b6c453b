"""The land that counts as a cluster; indicative until a public body adopts it."""

from layers.columns import text
from layers.layer import Layer

LAYER = Layer(
    "cluster_boundaries",
    "sites whose union is the land of a cluster; overlap between two sites counts once",
    "Clustergrenzen",
    key=("boundary_id",),
    shape="polygon",
    columns={
        "boundary_id": text("key of the site", "Grens-id"),
        "cluster_id": text("slug of the cluster, as in config/clusters/<slug>.toml", "Cluster-id"),
        "site_name": text("name of the site within the cluster", "Terrein"),
        "status": text("how firm the boundary is", "Status grens", choices=("indicative", "adopted")),
        "version": text("version or date of the boundary", "Versie grens"),
    },
)
