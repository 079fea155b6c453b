"""The source layers that say who holds the land: the line reads them, resolve settles them, and diff compares them."""

# Registers of contracts and issued land; of these the refused rows count too.
TENURE_REGISTERS = ("ground_leases", "issue_register", "ibis_register", "overrides")
STATUS_REGISTERS = ("issue_register", "ibis_register")
# The layers that name plots, sites and contracts by their keys, and those that have them.
KEYED_LAYERS = ("parcels", "lease_polygons", *TENURE_REGISTERS)
TENURE_SOURCES = ("cluster_boundaries", "parcels", *TENURE_REGISTERS, "lease_polygons", "buildings", "land_use")
# Per source that says who holds land the kind of its records.
RECORDS_OF_SOURCE = {
    "ground_leases": "contract",
    "lease_polygons": "contract",
    "issue_register": "register",
    "ibis_register": "ibis",
    "buildings": "building",
    "land_use": "land_use",
}
