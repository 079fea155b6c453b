"""Units that tables and people count in; inside the product lengths are m and areas m2."""

from __future__ import annotations

M2_PER_HA = 10_000.0
