"""The routes that only show: a release, the queue, the picture, the audit, what can be taken out."""

from __future__ import annotations

import datetime
import io
from typing import Any, Final

from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response

from pipeline.desk.export import export
from pipeline.review import pages
from pipeline.review.call import Call, Refused
from pipeline.review.corpus_export import Left, Written, annotated, as_zip
from pipeline.review.deciding import form_values
from pipeline.review.filters import STATES
from pipeline.review.pictures import BAR, MEASURES, UNIT, Picture, Sum, grid, picture, share
from pipeline.review.queue import PAGE, choices, following, matching, preceding, rows
from pipeline.review.view import Viewer, differences
from pipeline.review.words import places, written
from pipeline.sinks.words import LEVELS, SLOTS, level, number_words, percent
from pipeline.store import Decision, decisions

_AUDIT: Final = 100  # decisions on a page
_TABLES: Final = {"csv": "text/csv", "csv-excel": "text/csv", "jsonl": "application/x-ndjson"}


def first(call: Call) -> Response:
    """The most doubtful fact that waits; the queue, when none does."""
    return _go(call, following(call.store, call.filters))


def onwards(call: Call) -> Response:
    """What comes after a release: another fact of it with `stay`, else the next release."""
    stay = bool(call.request.query_params.get("stay"))
    return _go(call, following(call.store, call.filters, call.number("after"), stay=stay))


def back(call: Call) -> Response:
    """The release before this one."""
    source = call.number("after")
    place = preceding(call.store, call.filters, source) if source is not None else None
    return _go(call, place or following(call.store, call.filters))


def _go(call: Call, place: Any) -> Response:
    if place is None:
        return RedirectResponse(f"/queue?{call.filters.query(nothing='1')}", 303)
    return RedirectResponse(f"/release/{place.source}?{call.filters.query(fact=place.fact_id)}", 303)


def release(call: Call) -> Response:
    """A part of a release: its text, and its facts beside it."""
    query = call.request.query_params
    part = Viewer(call.store, call.say).part(
        call.source, call.number("part"), query.get("fact"), matching(call.store, call.filters, call.source)
    )
    editing, values = None, {}
    if query.get("edit"):
        editing = next((s.kept for s in part.shown if s.kept.fact_id == query.get("fact")), None)
        if editing is not None:
            values = form_values(call, editing.fact, call.store.release(editing.version), editing)
    return pages.page(call, "release.html", part=part, editing=editing, trouble=None, asked=query.get("fact"), **values)


def queue(call: Call) -> Response:
    """The facts that match, a page of them."""
    page = max(1, call.number("page") or 1)
    found, total = rows(call.store, call.filters, page)
    say = call.say

    def sure(confidence: float) -> str:
        return say("card.confidence", word=say(f"level.{level(confidence)}"), x=percent(confidence, say))

    return pages.page(
        call,
        "queue.html",
        rows=found,
        total=total,
        page=page,
        pages=max(1, -(-total // PAGE)),
        sure=sure,
        level=level,
        doubts=lambda row: [say.get(f"why.{code}") or code for code in (row["why"] or "").split(" | ") if code],
        nothing="nothing" in call.request.query_params,
        **_choices(call),
    )


def _choices(call: Call) -> dict[str, Any]:
    found = choices(call.store)
    names = {code: places().region(code) for code in found.regions}
    return {
        "states": STATES,
        "levels": [name for name, _ in LEVELS],
        "slots": SLOTS,
        "actions": found.actions,
        "firms": found.firms,
        "regions": sorted(((c, names[c], n) for c, n in found.regions.items()), key=lambda r: r[1]),
    }


def pictures(call: Call) -> Response:
    """Sums by region, month and firm."""
    measure = call.request.query_params.get("measure", "amount")
    if measure not in MEASURES:
        measure = "amount"
    filters = call.filters
    if "state" not in call.request.query_params:  # a picture is of everything that was not rejected
        filters = type(filters)(**{**filters.set, "state": "all"})

    def month(key: str) -> str:
        return call.say("day.month", month=call.say(f"month.{int(key[5:])}"), year=key[:4])

    drawn: Picture = picture(call.store, filters, measure, places().region, month)
    width, height = (max(v[n] + v[n + 2] for v in grid().values()) for n in (0, 1))

    def worth(one: Sum) -> str:
        return call.say(f"review.sum_{measure}", x=_short(one.value, call, measure), n=one.count)

    return pages.page(
        call, "picture.html", drawn=drawn, measure=measure, measures=MEASURES, worth=worth, share=share, unit=UNIT,
        bar=BAR, width=width * UNIT, height=height * UNIT, wanted=filters, short=lambda s: _short(s.value, call, measure),
        **_choices(call),
    )  # fmt: skip


def _short(value: float, call: Call, measure: str) -> str:
    """A sum rounded to three figures: "1,25 Md€"."""
    say = call.say
    if measure != "amount":
        return say(f"review.measure_{measure}", x=number_words(float(f"{value:.3g}"), say))
    for key, size in (("billion", 1e9), ("million", 1e6)):
        if value >= size:
            return say(
                "unit.money",
                x=number_words(float(f"{value / size:.3g}"), say),
                scale=say(f"number.{key}"),
                currency="€",
            )
    return say("unit.money", x=number_words(float(f"{value:.3g}"), say), scale="", currency="€")


def audit(call: Call) -> Response:
    """Every decision, the last first."""
    before = call.number("before")
    (last,) = call.store.connection.execute("SELECT coalesce(max(id), 0) FROM decision").fetchone()
    end = min(last, before - 1) if before else last
    since = max(0, end - _AUDIT)
    entries = [d for d in decisions.audit(call.store, since, _AUDIT) if d.id <= end][::-1]
    names = dict(
        call.store.connection.execute(
            f"SELECT id, uri FROM source WHERE id IN ({', '.join('?' * len(entries))})", [d.source for d in entries]
        ).fetchall()
    )
    return pages.page(
        call, "audit.html", entries=[(d, names.get(d.source, ""), *_changed(d, call)) for d in entries],
        before=since + 1 if since else None,
    )  # fmt: skip


def _changed(entry: Decision, call: Call) -> tuple[str, list[tuple[str, str, str]]]:
    """Whom a decision is about, and what it changed."""
    told = entry.after or entry.before
    who = told[1].company if told else None
    changes = list(differences(entry.before[1], entry.after[1], call.say)) if entry.before and entry.after else []
    return who or call.say("show.nobody"), changes


def completion(call: Call) -> Response:
    """Places that begin so, as options of a list."""
    typed = next((v for k, v in call.request.query_params.items() if k.startswith("place.") and v), "")
    table = places()
    found = [
        (written(entry), " · ".join(filter(None, (call.say(f"place.{entry.kind}"), table.where(entry)))))
        for _, entry in table.begin(typed[:80])
    ]
    return HTMLResponse(pages.render(call, "options.html", options=found))


def out(call: Call) -> Response:
    """What can be taken out, and which releases stay."""
    found = list(annotated(call.store))
    return pages.page(
        call,
        "out.html",
        ready=[f for f in found if isinstance(f, Written)],
        left=[f for f in found if isinstance(f, Left)],
    )


def table(call: Call) -> Response:
    """The reviewed facts as a table."""
    form = str(call.request.path_params["form"])
    if form not in _TABLES:
        raise Refused(404, "review.no_page")
    stream = io.BytesIO()
    export(call.store, form, None, stream, reviewed=True)
    return _file(stream.getvalue(), f"releve-{_today(call)}.{form.split('-')[0]}", _TABLES[form])


def corpus(call: Call) -> Response:
    """The annotated releases, in one archive."""
    ready = [f for f in annotated(call.store) if isinstance(f, Written)]
    if not ready:
        return PlainTextResponse(call.say("review.out_none"), 404)
    return _file(as_zip(ready), f"releve-corpus-{_today(call)}.zip", "application/zip")


def _today(call: Call) -> str:
    return call.store.now().astimezone(datetime.UTC).date().isoformat()


def _file(data: bytes, name: str, kind: str) -> Response:
    return Response(data, media_type=kind, headers={"content-disposition": f'attachment; filename="{name}"'})


def missing(call: Call) -> Response:
    return PlainTextResponse(call.say("review.no_page"), 404)
