"""The land that counts as a cluster; indicative until a public body adopts it."""

from layers.layer import Column, Layer

LAYER = Layer(
    name="cluster_boundaries",
    meaning="sites whose union is the land of a cluster; overlap between two sites counts once",
    title="Clustergrenzen",
    key=("boundary_id",),
    shape="polygon",
    columns={
        "boundary_id": Column("str", "key of the site", "Grens-id"),
        "cluster_id": Column("str", "slug of the cluster, as in config/clusters/<slug>.toml", "Cluster-id"),
        "site_name": Column("str", "name of the site within the cluster", "Terrein"),
        "status": Column("str", "how firm the boundary is", "Status grens", choices=("indicative", "adopted")),
        "version": Column("str", "version or date of the boundary", "Versie grens"),
    },
)
