"""Archives of millions: shards of sources, each done by whichever worker is free, each written as one Parquet file.

`records` turns Arrow batches into Arrow batches and is all that another engine needs. `cluster` hands shards to
`dask.distributed`; `shard` does one and knows nothing of it; `inputs` finds what there is to do; `parts` is the folder
that the outcomes go to; `intake` takes it into a ledger. ImportError (MissingExtra) without the extra "cluster".
"""

from __future__ import annotations

from pipeline.sinks import MissingExtra

try:
    import fsspec  # noqa: F401
    import pyarrow  # noqa: F401
except ImportError as error:
    raise MissingExtra("cluster") from error

from pipeline.cluster.arrow import SCHEMA, records

__all__ = ["SCHEMA", "records"]
