"""How long the checking page's answers take over a store of 10,000 facts: `python -m benchmarks.review`.

Made-up releases, and one hostile one (a megabyte in one line, 5,000 mentions). Each page is asked for five times; the
median is told, in milliseconds, with the bytes that it sends.
"""

from __future__ import annotations

import statistics
import tempfile
import time
from pathlib import Path

from starlette.testclient import TestClient

from pipeline.review.app import make_app
from pipeline.review.call import Desk
from pipeline.store import Reading, Store, events, ledger
from tests.review.conftest import put, told
from tests.review.test_showing import hostile

PAGES = (
    "/release/1?part=0",
    "/",
    "/next?after=7",
    "/queue",
    "/queue?page=100",
    "/queue?q=lyon",
    "/picture?state=all",
    "/audit",
    "/out",
)
RELEASES, FACTS = 2_000, 5
TOWNS = ("Lyon", "Nantes", "Mougins")


def fill(store: Store) -> None:
    put(store, hostile())
    with store.transaction():
        for n in range(RELEASES):
            lines = [(f"Firme {n % 500}", float(k + 1 + n % 90), TOWNS[k % 3]) for k in range(FACTS)]
            day = f"202{n % 5}-0{1 + n % 9}-11"
            release = told(f"r{n}.txt", *lines, sure=0.1 + (n % 80) / 100, day=day)
            ledger.write(store, Reading(f"r{n}.txt", release.source.sha256, [release]), "bench")
    events.refresh(store)


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "bench.db"
        with Store.open(path, create=True) as store:
            fill(store)
        desk = Desk(path, "bench", "fr")
        client = TestClient(make_app(desk), base_url="http://127.0.0.1")
        client.get(f"/queue?token={desk.keys.token}")
        for page in PAGES:
            times = []
            for _ in range(5):
                begun = time.perf_counter()
                answer = client.get(page)
                times.append(1000 * (time.perf_counter() - begun))
                assert answer.status_code == 200, page
            print(f"{statistics.median(times):7.0f} ms  {len(answer.content):8,} bytes  {page}")


if __name__ == "__main__":
    main()
