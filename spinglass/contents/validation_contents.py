"""The samples of one point of a validation, compared with the exact means."""

import math
from typing import Any

import xarray as xr

from spinglass.search.solution_counts import HOMOTOPY
from spinglass.validation import Comparison, Point, Record, compare
from spinglass.validation.samples import VALIDATION

KIND, UNREAD = VALIDATION, ()


def summary(data: xr.Dataset) -> dict[str, Any]:
    """Return the means over the samples of a point, compared with the exact ones."""
    record = Record.of(data)
    point = Point.of(data.attrs["point"], record.samples)
    return as_row(point, record, compare(point, record))


def as_row(point: Point, record: Record, rows: list[Comparison]) -> dict[str, Any]:
    """Return the row of a point in the table of a validation, with its comparisons ``rows``."""
    return {
        "kind": point.kind,
        "n": point.n,
        **point.covariance.named,
        "nu": point.nu,
        **({"unseen": point.unseen} if point.unseen else {}),
        **({"method": point.method} if point.method == HOMOTOPY else {}),
        "samples": record.samples,
        "incomplete": int(record.samples - record.complete.sum()),
        "searches": int(record.starts.sum()),
        "found": [
            {
                "quantity": str(row.quantity),
                "what": row.words,
                "found": row.found,
                "error": row.error,
                "exact": row.exact,
                "z": row.z if math.isfinite(row.z) else None,
            }
            for row in rows
        ],
    }
