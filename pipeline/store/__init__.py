"""The ledger: one SQLite file that holds what was read, what was found in it, and what people decided.

```python
with Store.open(Path("releves.db"), create=True) as store:
    ledger.write(store, Reading(uri, sha256, outcomes), engine_version())   # one source, one transaction
    events.refresh(store)                                                   # the same fact told by several releases
    decisions.decide(store, source, fact_id, "accept", who="Anne")          # an entry that stays
    for row in reading.fact_rows(store, reviewed=True): ...
```

Modules: `schema` the tables and migrations, `base` the Store, `ledger` outcomes of sources, `facts` what stands and how
decisions are carried over, `decisions` the audit, `events` what several releases tell, `reading` what comes out.
"""

from __future__ import annotations

from pipeline.store import decisions, events, facts, ledger, reading
from pipeline.store.base import Store
from pipeline.store.decisions import Conflict, Decision, DecisionError
from pipeline.store.facts import Kept
from pipeline.store.ledger import Reading, Refused, Written
from pipeline.store.schema import VERSION, StoreError

__all__ = [
    "VERSION",
    "Conflict",
    "Decision",
    "DecisionError",
    "Kept",
    "Reading",
    "Refused",
    "Store",
    "StoreError",
    "Written",
    "decisions",
    "events",
    "facts",
    "ledger",
    "reading",
]
