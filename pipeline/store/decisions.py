"""What people decide on facts: accepted, rejected, corrected, added, undone; each an entry that stays.

Two people on one store: `expects` is the number of the last decision one has seen on the fact (None: none yet). When
the store has another by then, the decision is not written, and Conflict tells which it has.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from pipeline.records import Fact
from pipeline.store import facts
from pipeline.store.base import Store
from pipeline.store.facts import Kept

Verdict = Literal["accept", "reject", "correct", "add", "undo"]
STATES: Final = {"accept": "accepted", "reject": "rejected", "correct": "corrected", "add": "added"}
ANY: Final = -1  # `expects` of one who does not mind what others decided


class DecisionError(ValueError):
    """A decision that cannot be taken. `code`: no_fact, no_record, misplaced, not_last; `detail` is one line."""

    def __init__(self, code: str, detail: str = "") -> None:
        super().__init__(f"{code}: {detail}" if detail else code)
        self.code, self.detail = code, detail


class Conflict(DecisionError):
    """Somebody else decided on this fact meanwhile; `latest` is the number of that decision."""

    def __init__(self, latest: int | None) -> None:
        super().__init__("conflict", str(latest))
        self.latest = latest


@dataclass(frozen=True)
class Decision:
    """An entry of the audit. `before` and `after`: the fact and its state, None where there was, or is, none."""

    id: int
    source: int
    fact_id: str
    action: Verdict
    who: str
    at: str
    engine: str
    before: tuple[str | None, Fact] | None
    after: tuple[str | None, Fact] | None
    note: str | None
    undoes: int | None


def decide(
    store: Store,
    source: int,
    fact_id: str,
    action: Literal["accept", "reject", "correct"],
    who: str,
    *,
    fact: Fact | None = None,
    expects: int | None = ANY,
    note: str | None = None,
) -> int:
    """Decide on a fact that stands; the number of the decision.

    `fact` is the corrected fact, for "correct" and only then: its spans point into the text of the fact's version.
    DecisionError when the fact or its words are not there, Conflict when another decision came first.
    """
    if (fact is not None) != (action == "correct"):
        raise ValueError("a fact goes with 'correct', and only with it")
    with store.transaction():
        kept = _kept(store, source, fact_id)
        if expects not in (ANY, kept.decision):
            raise Conflict(kept.decision)
        now = fact or (kept.read if action == "accept" and kept.state == "rejected" and kept.read else kept.fact)
        if fact is not None:
            _check(store, kept.version, fact)
            now = fact.model_copy(update={"id": kept.fact.id})
        state = kept.state if action == "accept" and kept.state in ("corrected", "added") else STATES[action]
        if action != "reject" and (kept.read is None or facts.orphaned(fact_id)):
            state = "added"  # the engine does not read it: it is a person's
        after = replace(kept, fact=now, state=state, look=False)
        return _write(store, source, action, who, kept, after, note)


def add(store: Store, source: int, fact: Fact, who: str, *, note: str | None = None) -> tuple[str, int]:
    """Add a fact that was missed to a source's standing record: its id and the number of the decision.

    The id given is not kept: the store makes one of the text and the fact's evidence.
    """
    with store.transaction() as db:
        row = db.execute(
            "SELECT v.id, v.engine, v.release_id FROM source s JOIN version v ON v.id = s.standing WHERE s.id = ?",
            (source,),
        ).fetchone()
        if row is None:
            raise DecisionError("no_record", str(source))
        _check(store, row["id"], fact)
        taken = {r["fact_id"] for r in db.execute("SELECT fact_id FROM fact WHERE source = ?", (source,))}
        number = 0
        while (fact_id := _added_id(row["release_id"], fact, number)) in taken:
            number += 1
        fact = fact.model_copy(update={"id": fact_id})
        ordinal = _place(store, source, fact)
        after = Kept(fact_id, row["id"], ordinal, row["engine"], store.stamp(), fact, None, "added")
        return fact_id, _write(store, source, "add", who, None, after, note)


def undo(store: Store, decision: int, who: str, *, note: str | None = None) -> int:
    """Take back the last decision on a fact that has not been taken back; the number of the entry that does.

    DecisionError "not_last" for any other decision, "no_fact" when the fact has gone.
    """
    with store.transaction() as db:
        entry = db.execute("SELECT * FROM decision WHERE id = ?", (decision,)).fetchone()
        if entry is None:
            raise DecisionError("no_fact", str(decision))
        row = _row_of(store, entry)
        kept = Kept.of(row)
        stack: list[int] = []
        for past in _chain(db, kept.decision):
            if past["action"] == "undo":
                stack.remove(past["undoes"])
            else:
                stack.append(past["id"])
        if not stack or stack[-1] != decision:
            raise DecisionError("not_last", str(decision))
        before = json.loads(entry["before"]) if entry["before"] else None
        return _write(store, int(row["source"]), "undo", who, kept, _restored(store, kept, before), note, decision)


def history(store: Store, source: int, fact_id: str) -> list[Decision]:
    """Every decision on a fact, the oldest first, also those taken when its text or its id was another."""
    kept = _kept(store, source, fact_id)
    return [_decision(row) for row in _chain(store.connection, kept.decision)]


def audit(store: Store, since: int = 0, limit: int = 1000) -> list[Decision]:
    """Every decision after number `since`, in order."""
    rows = store.connection.execute("SELECT * FROM decision WHERE id > ? ORDER BY id LIMIT ?", (since, limit))
    return [_decision(row) for row in rows.fetchall()]


def _write(
    store: Store,
    source: int,
    action: Verdict,
    who: str,
    before: Kept | None,
    after: Kept | None,
    note: str | None,
    undoes: int | None = None,
) -> int:
    one = after or before
    assert one is not None
    made = store.connection.execute(
        "INSERT INTO decision (source, fact_id, version, action, who, at, engine, before, after, note, undoes, prior)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            source,
            one.fact_id,
            one.version,
            action,
            who,
            store.stamp(),
            one.engine,
            facts.state_json(before),
            facts.state_json(after),
            note,
            undoes,
            before.decision if before else None,
        ),
    )
    number = made.lastrowid
    assert number is not None
    if before is not None:
        key = store.rows.company_key(before.fact.company) if before.fact.company else None
        facts.mark_stale(store, key, before.fact.action)
    if after is None:
        store.connection.execute("DELETE FROM fact WHERE source = ? AND fact_id = ?", (source, one.fact_id))
    else:
        facts.put(store, source, replace(after, decision=number), None)
    return number


def _restored(store: Store, kept: Kept, before: dict[str, Any] | None) -> Kept | None:
    """The fact as it was before a decision; None when it was not there, or is read no more and nothing else holds it."""
    state = before["state"] if before else None
    if state is None:
        return replace(kept, state=None, look=False, fact=kept.read) if kept.read and _stands(store, kept) else None
    assert before is not None
    fact = Fact.model_validate_json(json.dumps(before["fact"]))
    if kept.read is not None and state in ("accepted", "rejected"):
        fact = kept.read
    moved = facts.anchored(fact, store.release(kept.version).text)
    return replace(kept, state=state, fact=moved or kept.fact, look=kept.look or moved is None)


def _stands(store: Store, kept: Kept) -> bool:
    """Whether the fact was read in the record that stands, and not in one before it."""
    row = store.connection.execute("SELECT 1 FROM source WHERE standing = ?", (kept.version,)).fetchone()
    return row is not None


def _kept(store: Store, source: int, fact_id: str) -> Kept:
    row = store.connection.execute("SELECT * FROM fact WHERE source = ? AND fact_id = ?", (source, fact_id)).fetchone()
    if row is None:
        raise DecisionError("no_fact", fact_id)
    return Kept.of(row)


def _row_of(store: Store, entry: sqlite3.Row) -> sqlite3.Row:
    """The fact a decision is about, whatever its id is by now."""
    for row in store.connection.execute(
        "SELECT * FROM fact WHERE source = ? AND decision >= ?", (entry["source"], entry["id"])
    ).fetchall():
        if any(past["id"] == entry["id"] for past in _chain(store.connection, row["decision"])):
            assert isinstance(row, sqlite3.Row)
            return row
    raise DecisionError("no_fact", entry["fact_id"])


def _chain(db: sqlite3.Connection, decision: int | None) -> list[sqlite3.Row]:
    """A decision and those before it on the same fact, the oldest first."""
    rows = db.execute(
        "WITH RECURSIVE past(id) AS (SELECT ? UNION SELECT d.prior FROM decision d JOIN past ON d.id = past.id"
        " WHERE d.prior IS NOT NULL) SELECT d.* FROM decision d JOIN past ON d.id = past.id ORDER BY d.id",
        (decision,),
    )
    return rows.fetchall()


def _check(store: Store, version: int, fact: Fact) -> None:
    wrong = facts.misplaced(fact, store.release(version).text)
    if wrong is not None:
        raise DecisionError("misplaced", wrong.text)


def _place(store: Store, source: int, fact: Fact) -> int:
    """The ordinal of the last fact that stands before it in the text."""
    row = store.connection.execute(
        "SELECT COALESCE(MAX(ordinal), 0) FROM fact WHERE source = ? AND start <= ?", (source, fact.evidence.start)
    ).fetchone()
    return int(row[0])


def _added_id(release_id: str, fact: Fact, number: int) -> str:
    words = f"added:{release_id}:{fact.evidence.start}:{fact.evidence.end}:{fact.evidence.text}:{number}"
    return hashlib.sha256(words.encode()).hexdigest()[:16]


def _decision(row: sqlite3.Row) -> Decision:
    def told(text: str | None) -> tuple[str | None, Fact] | None:
        if text is None:
            return None
        data = json.loads(text)
        return data["state"], Fact.model_validate_json(json.dumps(data["fact"]))

    return Decision(
        row["id"],
        row["source"],
        row["fact_id"],
        row["action"],
        row["who"],
        row["at"],
        row["engine"],
        told(row["before"]),
        told(row["after"]),
        row["note"],
        row["undoes"],
    )
