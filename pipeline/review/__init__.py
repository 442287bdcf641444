"""The checking page: a release on the left, what was read out of it on the right, a key for each decision.

`command` is what people type, `serve` listens, `security` lets in, `app` has the routes and `call` what each is given.
`filters` and `queue` say what waits, `parts` and `view` show a release, `words` and `corrections` read what people
type, `pictures` sums up, `corpus_export` gives out what people corrected. The store does the keeping: a decision is one
transaction, and one that came too late is told, not written.
"""
