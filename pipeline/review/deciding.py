"""The routes that change something: accept, reject, correct, add, all repeats together, undo."""

from __future__ import annotations

import json
import secrets
from typing import Any, Final, Literal
from urllib.parse import quote, urlsplit

from starlette.responses import JSONResponse, RedirectResponse, Response

from pipeline.records import Fact, Release, Span
from pipeline.review import pages
from pipeline.review.call import LANGUAGE, WHO, Call, Refused
from pipeline.review.corrections import (
    ACTIONS,
    BOUNDS,
    PLACES,
    ROLES,
    STATUSES,
    Corrected,
    Wrong,
    blank,
    corrected,
    fields_of,
)
from pipeline.review.queue import following, matching, progress, repeats
from pipeline.review.view import Viewer, record_of
from pipeline.review.words import names_of, nearest, selected
from pipeline.sinks.words import SLOTS, days_words, place_words, value_words
from pipeline.store import Conflict, DecisionError, Kept, decisions, events
from rules.messages import LANGUAGES

_TOGETHER: Final = "together "  # how the note of decisions taken with one key begins
_YEAR: Final = 31_536_000  # seconds


def decide(call: Call) -> Response:
    """Accept or reject one fact."""
    action: Literal["accept", "reject"] = "reject" if call.form.get("action") == "reject" else "accept"
    if call.form.get("action") != action:
        raise Refused(400, "review.not_ours")
    try:
        number = decisions.decide(
            call.store,
            call.source,
            call.fact_id,
            action,
            call.who,
            expects=_expects(call),
        )
    except DecisionError as error:
        return _refused(call, error)
    return _saved(call, call.fact_id, f"review.did_{action}", number)


def together(call: Call) -> Response:
    """Accept a fact and all those that say exactly the same: all of them, or none."""
    note = _TOGETHER + secrets.token_hex(8)
    try:
        with call.store.transaction():
            number = decisions.decide(
                call.store, call.source, call.fact_id, "accept", call.who, expects=_expects(call), note=note
            )
            others = repeats(call.store, call.source, call.fact_id)
            for row in others:
                decisions.decide(
                    call.store, row["source"], row["fact_id"], "accept", call.who, expects=row["decision"], note=note
                )
    except DecisionError as error:
        return _refused(call, error)
    return _saved(call, call.fact_id, "review.did_together", number, n=len(others) + 1, reload=True)


def edit(call: Call) -> Response:
    """The form of a fact."""
    kept, release = _kept(call)
    return form(call, kept.fact, release, kept)


def form(
    call: Call,
    fact: Fact,
    release: Release,
    kept: Kept | None,
    wrong: dict[str, Wrong] | None = None,
    status: int = 200,
) -> Response:
    """The form of a fact that stands, or (without `kept`) of one that is being added."""
    values = form_values(call, fact, release, kept, wrong)
    if call.live:
        return pages.fragment(call, "form.html", status, **values)
    return pages.page(call, "form_page.html", status, **values)


def form_values(
    call: Call, fact: Fact, release: Release, kept: Kept | None, wrong: dict[str, Wrong] | None = None
) -> dict[str, Any]:
    """What the form's template is given."""
    typed = {k: v for k, v in call.form.items() if k not in ("sign", "expects")} if wrong else {}
    fields = fields_of(fact, call.say) | typed
    return {
        "kept": kept,
        "source": call.source,
        "fields": fields,
        "wrong": {name: _words(call, error) for name, error in (wrong or {}).items()},
        "actions": ACTIONS,
        "statuses": STATUSES,
        "bounds": BOUNDS,
        "roles": ROLES,
        "slots": [s for s in SLOTS if getattr(fact, s) is not None or fields.get(f"{s}.value")],
        "more_slots": [s for s in SLOTS if getattr(fact, s) is None and not fields.get(f"{s}.value")],
        "places": max(1, min(PLACES, len(fact.places) + 1)),
        "names": sorted(names_of(release), key=str.casefold)[:300],
    }


def correct(call: Call) -> Response:
    """A fact as its form has it; the form again, with what is wrong beside each field, when it cannot be."""
    kept, release = _kept(call)
    made = corrected(kept.fact, call.form, release, call.say)
    if made.fact is None:
        return form(call, kept.fact, release, kept, made.wrong, 422)
    try:
        number = decisions.decide(
            call.store, call.source, call.fact_id, "correct", call.who, fact=made.fact, expects=_expects(call)
        )
    except DecisionError as error:
        return _refused(call, error)
    return _saved(call, call.fact_id, "review.did_correct", number, reload=True)


def check(call: Call) -> Response:
    """What is wrong with each field, and how each figure is understood, while one types."""
    if "fact_id" in call.request.path_params:
        kept, release = _kept(call)
        made = corrected(kept.fact, call.form, release, call.say)
    else:
        _, release, _ = record_of(call.store, call.source)
        made = _made(call, release)[1]
    read = {}
    if made.fact is not None:
        read = {f"{s}.value": value_words(f, call.say) for s in SLOTS if (f := getattr(made.fact, s)) is not None}
        if made.fact.date is not None:
            read["date.first"] = days_words(made.fact.date.first, made.fact.date.last, call.say)
        written = sorted((n for n, v in call.form.items() if n.startswith("place.") and v.strip()), key=len)
        read |= {n: place_words(p, call.say) for n, p in zip(written, made.fact.places, strict=False)}
    return JSONResponse({"wrong": {n: _words(call, e) for n, e in made.wrong.items()}, "read": read})


def new(call: Call) -> Response:
    """The form of a fact that was missed, begun from the words that were selected."""
    _, release, _ = record_of(call.store, call.source)
    start, end = call.number("start"), call.number("end")
    if start is None or end is None or not start < end <= len(release.text):
        start = end = 0
    return form(call, _begun(release, (start, end)), release, None)


def add(call: Call) -> Response:
    """Add a fact that was missed."""
    _, release, _ = record_of(call.store, call.source)
    fact, made = _made(call, release)
    if made.fact is None:
        return form(call, fact, release, None, made.wrong, 422)
    try:
        fact_id, number = decisions.add(call.store, call.source, made.fact, call.who)
    except DecisionError as error:
        return _refused(call, error)
    return _saved(call, fact_id, "review.did_add", number, reload=True, stay=True)


def undo(call: Call) -> Response:
    """Take back a decision: the one named, else the last of this person in this run, with those taken together."""
    given = call.form.get("decision", "")
    number = int(given) if given.isdecimal() and len(given) < 12 else _last(call)
    if number is None:
        return _said(call, call.say("review.nothing_to_undo"), status=200)
    row = call.store.connection.execute("SELECT * FROM decision WHERE id = ?", (number,)).fetchone()
    try:
        if row is None:
            raise DecisionError("no_fact")
        group = [number]
        if row["note"] and row["note"].startswith(_TOGETHER) and not given:
            found = call.store.connection.execute(
                "SELECT id FROM decision WHERE note = ? AND who = ? AND id NOT IN"
                " (SELECT undoes FROM decision WHERE undoes IS NOT NULL) ORDER BY id DESC",
                (row["note"], row["who"]),
            )
            group = [r["id"] for r in found]
        with call.store.transaction():
            for one in group:
                decisions.undo(call.store, one, call.who)
    except DecisionError as error:
        return _said(call, call.say(f"review.wrong_{error.code}"), status=409)
    events.refresh(call.store)
    url = f"/release/{row['source']}?{call.filters.query(fact=row['fact_id'])}"
    return _said(call, call.say("review.did_undo", n=len(group)), go=url)


def settings(call: Call) -> Response:
    """The language, or who sits here."""
    answer = RedirectResponse(_back(call), 303)
    language, who = call.form.get("language", ""), call.form.get("who")
    if language in LANGUAGES:
        answer.set_cookie(LANGUAGE, language, max_age=_YEAR, samesite="strict", httponly=True)
    if who is not None:
        answer.set_cookie(WHO, quote(who.strip()[:80]), max_age=_YEAR, samesite="strict", httponly=True)
    return answer


def read(call: Call) -> Response:
    """What some selected words say of a slot: the fields that they fill."""
    _, release, _ = record_of(call.store, call.source)
    slot = call.request.query_params.get("slot", "")
    start, end = call.number("start"), call.number("end")
    if start is None or end is None or not start < end <= len(release.text):
        raise Refused(404, "review.no_release")
    text = release.text[start:end]
    fields: dict[str, str] = {}
    spans = [Span(start=start, end=end, text=text)]
    if slot in SLOTS or slot == "date":
        fact = Fact(id="new", action="other", status="announced", evidence=spans[0], confidence=1.0)
        made = corrected(
            fact, {f"{slot}.words": text, f"{slot}.start": str(start), f"{slot}.end": str(end)}, release, call.say
        )
        if made.fact is not None:
            fields = {k: v for k, v in fields_of(made.fact, call.say).items() if k.startswith(f"{slot}.")}
    fields[f"{slot}.words"] = text
    return JSONResponse(fields)


def _begun(release: Release, span: tuple[int, int]) -> Fact:
    start, end = span
    if start < end:
        return blank(release, start, end)
    # Nothing is selected yet: the form asks for the words.
    return Fact.model_construct(
        id="new", action="other", status="announced", evidence=Span.model_construct(start=0, end=0, text=""),
        confidence=1.0, places=(),
    )  # fmt: skip


def _made(call: Call, release: Release) -> tuple[Fact, Corrected]:
    """The form of a new fact, read: what it was begun from, and what came of it."""
    typed = call.form.get("evidence.words", "").strip()
    span = selected(release.text, typed, call.form.get("evidence.start", ""), call.form.get("evidence.end", ""))
    span = span or nearest(release.text, typed, 0)
    if span is None:
        wrong = Wrong("evidence.words", "words" if typed else "words_needed", typed[:80])
        return _begun(release, (0, 0)), Corrected(wrong={wrong.name: wrong})
    fact = Fact(
        id="new", action="other", status="announced", confidence=1.0,
        evidence=Span(start=span[0], end=span[1], text=release.text[slice(*span)]),
    )  # fmt: skip
    begun = blank(release, *span)
    made = corrected(begun, {**dict.fromkeys(fields_of(begun, call.say), ""), **call.form}, release, call.say)
    if made.fact is not None and not _says(made.fact):
        wrong = Wrong("company", "nothing_said")
        return fact, Corrected(wrong={wrong.name: wrong})
    return begun, made


def _says(fact: Fact) -> bool:
    return bool(fact.company or fact.places or fact.date or any(getattr(fact, slot) for slot in SLOTS))


def _kept(call: Call) -> tuple[Kept, Release]:
    """A fact that stands, and the record its words are in."""
    row = call.store.connection.execute(
        "SELECT * FROM fact WHERE source = ? AND fact_id = ?", (call.source, call.fact_id)
    ).fetchone()
    if row is None:
        raise Refused(404, "review.wrong_no_fact")
    kept = Kept.of(row)
    return kept, call.store.release(kept.version)


def _expects(call: Call) -> int | None:
    """The last decision one has seen on the fact; a form always says."""
    text = call.form.get("expects", "")
    return int(text) if text.isdecimal() and len(text) < 12 else None


def _last(call: Call) -> int | None:
    """The last decision of this person in this run that was not taken back."""
    row = call.store.connection.execute(
        "SELECT max(id) FROM decision WHERE who = ? AND id > ? AND action <> 'undo'"
        " AND id NOT IN (SELECT undoes FROM decision WHERE undoes IS NOT NULL)",
        (call.who, call.desk.since),
    ).fetchone()
    return row[0]  # type: ignore[no-any-return]


def _saved(
    call: Call, fact_id: str, key: str, number: int, *, reload: bool = False, stay: bool = False, n: int = 1
) -> Response:
    """The card anew, what was saved in words, and how far one is."""
    events.refresh(call.store)
    if not call.live:
        place = None if stay else following(call.store, call.filters, call.source, stay=True)
        source, fact = (place.source, place.fact_id) if place else (call.source, fact_id)
        return RedirectResponse(f"/release/{source}?{call.filters.query(fact=fact)}", 303)
    row = call.store.connection.execute(
        "SELECT company FROM fact WHERE source = ? AND fact_id = ?", (call.source, fact_id)
    ).fetchone()
    who = row["company"] if row and row["company"] else call.say("show.nobody")
    told = {"fact": fact_id, "said": call.say(key, n=n, who=pages.cut(who, 80)), "reload": reload, "stay": stay}
    return card(call, fact_id, event=told | _progress(call), decision=number)


def card(
    call: Call, fact_id: str, *, event: dict[str, Any] | None = None, trouble: str | None = None, status: int = 200,
    decision: int | None = None,
) -> Response:  # fmt: skip
    """One fact as it stands."""
    part = Viewer(call.store, call.say).part(
        call.source, None, fact_id, matching(call.store, call.filters, call.source)
    )
    one = next((s for s in part.shown if s.kept.fact_id == fact_id), None)
    if one is None:
        raise Refused(404, "review.wrong_no_fact")
    headers = {"HX-Trigger-After-Settle": json.dumps({"saved": event})} if event else {}
    if decision is not None:
        headers["X-Decision"] = str(decision)
    return pages.fragment(call, "card.html", status, headers, one=one, part=part, trouble=trouble)


def one_card(call: Call) -> Response:
    """One fact as it stands, asked for by itself."""
    return card(call, call.fact_id)


def _refused(call: Call, error: DecisionError) -> Response:
    """The fact as it stands now, with why the decision was not taken: who decided otherwise, and what."""
    if not isinstance(error, Conflict):
        raise Refused(409, f"review.wrong_{error.code}")
    row = call.store.connection.execute("SELECT * FROM decision WHERE id = ?", (error.latest,)).fetchone()
    if row is None:
        told = call.say("review.conflict_undone")
    else:
        told = call.say("review.conflict", who=row["who"], what=call.say(f"review.audit_{row['action']}"))
    if not call.live:
        return pages.page(
            call,
            "message.html",
            409,
            title=told,
            back=f"/release/{call.source}?{call.filters.query(fact=call.fact_id)}",
        )
    return card(call, call.fact_id, trouble=told, status=409)


def _said(call: Call, said: str, *, go: str | None = None, status: int = 200) -> Response:
    """Something to say, and perhaps somewhere to go."""
    if not call.live:
        return RedirectResponse(go, 303) if go else pages.page(call, "message.html", status, title=said, back="/")
    told = {"said": said, "go": go} | _progress(call)
    return Response(status_code=200, headers={"HX-Trigger": json.dumps({"undone": told})})


def _progress(call: Call) -> dict[str, Any]:
    now = progress(call.store, call.filters)
    return {
        "done": now.done,
        "total": now.total,
        "count": call.say("review.progress", n=now.done, total=now.total),
    }


def _words(call: Call, wrong: Wrong) -> str:
    return call.say(f"review.error.{wrong.code}", detail=wrong.detail)


def _back(call: Call) -> str:
    """The page from which a form came, on this server; else the first page."""
    came = urlsplit(call.request.headers.get("referer", ""))
    if came.netloc != call.request.headers.get("host"):
        return "/"
    return "/" + came.path.lstrip("/\\") + (f"?{came.query}" if came.query else "")
