"""Units that tables and people count in; inside the product lengths are m and areas m2."""

M2_PER_HA = 10_000.0
