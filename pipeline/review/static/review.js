"use strict";
// Keys, focus and light. Every decision is a form of the page; what is here only presses its buttons.
(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const one = (id) => document.getElementById(id);
  const facts = one("facts"), text = one("text"), said = one("said"), help = one("help");
  const store = { // a browser may refuse to keep anything
    get: (area, key) => { try { return area().getItem(key); } catch { return null; } },
    set: (area, key, value) => { try { area().setItem(key, value); } catch { /* then not */ } },
  };
  const session = () => sessionStorage, local = () => localStorage;

  // ---- what is said ----
  let silence = 0;
  function say(words) {
    said.textContent = words;
    clearTimeout(silence);
    silence = setTimeout(() => { said.textContent = ""; }, 6000);
  }
  function go(url, words) {
    if (words) store.set(session, "said", words);
    location.assign(url);
  }
  const kept = store.get(session, "said");
  if (kept) { store.set(session, "said", ""); setTimeout(() => say(kept), 100); }

  function count(detail) {
    if (detail.total === undefined) return;
    one("progress").max = detail.total || 1;
    one("progress").value = detail.done;
    one("count").textContent = detail.count;
  }

  // ---- the current fact: it has the focus, its words are lit ----
  let current = null, lit = [];
  const cards = () => all(".fact", facts ?? document.createElement("p"));
  const waiting = () => cards().filter((card) => "todo" in card.dataset);

  function light(card) {
    for (const element of lit) element.classList.remove("lit");
    lit = [];
    if (!card || !text) return;
    if (card.dataset.first) {
      for (let n = +card.dataset.first; n <= +card.dataset.last; n++) lit.push(one(`tp${n}`));
    }
    for (const n of (card.dataset.marks ?? "").split(" ").filter(Boolean)) lit.push(...all(`mark[data-m="${n}"]`, text));
    lit = lit.filter(Boolean);
    for (const element of lit) element.classList.add("lit");
  }

  function bring(card) {
    const passage = card.dataset.first && one(`tp${card.dataset.first}`);
    if (!passage) return;
    const box = text.getBoundingClientRect(), first = passage.getClientRects()[0] ?? passage.getBoundingClientRect();
    const up = first.top - box.top;
    if (up < 0 || up > box.height * 0.75) text.scrollTop += up - box.height / 4;
  }

  function choose(card, focus = true) {
    if (!card) return;
    for (const other of cards()) if (other !== card) { other.classList.remove("current"); other.removeAttribute("aria-current"); }
    current = card;
    card.classList.add("current");
    card.setAttribute("aria-current", "true");
    light(card);
    bring(card);
    if (focus) {
      card.focus({ preventScroll: true });
      card.scrollIntoView({ block: "nearest" });
    }
  }

  const after = (card, list) => {
    const order = cards(), at = order.indexOf(card);
    return list.find((other) => order.indexOf(other) > at) ?? null;
  };
  const nextWaiting = (card) => after(card, waiting().filter((c) => c !== card)) ?? waiting().find((c) => c !== card) ?? null;

  function onwards(card, words) {
    const next = nextWaiting(card);
    if (next) choose(next); else go(facts.dataset.next, words);
  }
  function skip() {
    const next = current && after(current, waiting());
    if (next) choose(next); else go(document.querySelector('[data-key="n"]').href);
  }
  function step(by) {
    const order = cards(), at = order.indexOf(current);
    choose(order[Math.min(Math.max(at + by, 0), order.length - 1)]);
  }

  // ---- keys ----
  let busy = false, typed = [];
  const keysOn = one("keys-on");
  keysOn.checked = store.get(local, "keys") !== "off";
  keysOn.addEventListener("change", () => store.set(local, "keys", keysOn.checked ? "on" : "off"));

  const press = (key) => (current ?? document).querySelector(`[data-key="${key}"]`)?.click();
  const follow = (key) => { const link = document.querySelector(`[data-key="${key}"]`); if (link) go(link.href); };
  const deeds = {
    a: () => press("a"), x: () => press("x"), e: () => press("e"), t: () => press("t"),
    i: () => add(),
    " ": skip,
    Backspace: () => htmx.trigger(one("undo"), "submit"),
    j: () => step(1), k: () => step(-1), ArrowDown: () => step(1), ArrowUp: () => step(-1),
    n: () => follow("n"), p: () => follow("p"),
  };

  function act(key) {
    if (busy) { typed.push(key); return; }
    deeds[key]();
  }
  function settled() {
    busy = false;
    while (typed.length && !busy) act(typed.shift());
  }

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.isComposing || help.open) return;
    const at = event.target;
    const writing = at.closest?.("input, textarea, select");
    if (event.key === "Escape") {
      const form = at.closest?.(".correction") ?? document.querySelector(".correction");
      if (form) { event.preventDefault(); form.querySelector("[data-cancel]").click(); }
      else if (writing) { at.blur(); choose(current); }
      return;
    }
    if (writing) {
      if (event.key === "Enter" && at.matches(".correction textarea")) { event.preventDefault(); at.form.requestSubmit(); }
      return;
    }
    if (!keysOn.checked) return;
    if (event.key === "?") { event.preventDefault(); help.showModal(); return; }
    if (event.key === "/") { event.preventDefault(); one("search").focus(); one("search").select(); return; }
    if (!facts) return;
    if (event.key === " " && at.closest?.("button, a, summary")) return; // there it presses
    if (event.key.startsWith("Arrow") && !at.closest?.(".fact")) return; // there it scrolls
    if (current?.querySelector(".correction") || event.repeat && !"jk".includes(event.key)) return;
    const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (!Object.hasOwn(deeds, key)) return;
    event.preventDefault();
    act(key);
  });
  one("help-open").addEventListener("click", () => help.showModal());

  // ---- answers of the server ----
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (event.detail.elt.closest(".fact, #undo") && event.detail.requestConfig.verb === "post") busy = true;
  });
  document.addEventListener("saved", (event) => {
    const detail = event.detail, card = one(`f${detail.fact}`);
    count(detail);
    say(detail.said);
    if (detail.stay) { go(`${facts.dataset.page}&fact=${encodeURIComponent(detail.fact)}`, detail.said); return; }
    if (detail.reload) {
      const next = nextWaiting(card);
      go(next ? `${facts.dataset.page}&fact=${encodeURIComponent(next.id.slice(1))}` : facts.dataset.next, detail.said);
      return;
    }
    onwards(card, detail.said);
    settled();
  });
  document.addEventListener("undone", (event) => {
    count(event.detail);
    if (event.detail.go) go(event.detail.go, event.detail.said); else { say(event.detail.said); settled(); }
  });
  document.addEventListener("htmx:afterSettle", (event) => {
    const bad = event.detail.target?.isConnected && event.detail.target.querySelector?.("[aria-invalid='true']");
    if (bad) { reveal(bad); bad.focus(); busy = false; typed = []; return; }
    const status = event.detail.xhr.status;
    const url = event.detail.requestConfig?.path ?? "";
    if (status === 409) {
      typed = []; busy = false;
      const card = all(".fact").find((c) => c.querySelector("[role=alert]"));
      if (card) choose(card);
    } else if (/\/edit\?|^\/new\//.test(url) && event.detail.requestConfig.verb === "get") {
      const form = document.querySelector(".correction");
      if (form && current && !form.closest("#new")) { choose(current, false); }
      const begin = form?.closest("#new") ? "textarea" : ".correction > .figure input"; // not one that is folded away
      (form?.parentElement.querySelector(begin) ?? form?.querySelector("input:not([type=hidden])"))?.focus();
      form?.scrollIntoView({ block: "nearest" });
    } else if (event.detail.requestConfig?.verb === "get" && /^\/fact\//.test(url)) {
      const card = one(`f${decodeURIComponent(url.split("?")[0].split("/")[3])}`);
      if (card) choose(card);
    }
  });
  for (const kind of ["htmx:responseError", "htmx:sendError"]) {
    document.addEventListener(kind, (event) => {
      busy = false; typed = [];
      say(event.detail.xhr?.responseText?.slice(0, 300) || facts?.dataset.busy || "");
    });
  }
  function reveal(element) { for (let at = element; at; at = at.parentElement) if (at.matches("details")) at.open = true; }

  // ---- the text: a mark leads to its fact, selected words to a form ----
  let picked = null;

  // Offsets count code points of the release; a sign shown by its number counts as the one it stands for.
  function offset(node, within) {
    let points = +text.dataset.offset;
    const walker = document.createTreeWalker(text, NodeFilter.SHOW_ELEMENT | NodeFilter.SHOW_TEXT);
    for (let at = walker.nextNode(); at; at = walker.nextNode()) {
      if (at === node) return points + (at.nodeType === Node.TEXT_NODE ? [...at.data.slice(0, within)].length : 0);
      if (at.nodeType === Node.TEXT_NODE) points += at.parentElement.closest(".steer") ? 0 : [...at.data].length;
      else if (at.matches(".steer")) points += 1;
    }
    return points;
  }
  function point(range, end) { // the container may be an element: then `offset` counts its children
    const node = end ? range.endContainer : range.startContainer, at = end ? range.endOffset : range.startOffset;
    if (node.nodeType === Node.TEXT_NODE) return node.parentElement.closest(".steer") ? offset(node.parentElement.closest(".steer"), 0) + (end ? 1 : 0) : offset(node, at);
    const child = node.childNodes[at];
    if (child) return offset(child, 0);
    let following = node;
    while (following !== text && !following.nextSibling) following = following.parentNode;
    return following === text ? offset(null, 0) : offset(following.nextSibling, 0);
  }
  const shownWords = (words) => words.length > 60 ? `${words.slice(0, 60)}…` : words;

  if (text) {
    document.addEventListener("selectionchange", () => {
      const selection = getSelection();
      if (!selection.rangeCount || selection.isCollapsed || !text.contains(selection.anchorNode) || !text.contains(selection.focusNode)) return;
      const range = selection.getRangeAt(0), words = String(selection);
      const lead = words.length - words.trimStart().length, tail = words.length - words.trimEnd().length;
      if (!words.trim()) return;
      picked = { start: point(range, false) + lead, end: point(range, true) - tail };
      one("picked").hidden = false;
      one("picked").querySelector(".words").textContent = shownWords(words.trim());
    });
    text.addEventListener("click", (event) => {
      const link = event.target.closest("mark a");
      if (!link) return;
      event.preventDefault();
      if (String(getSelection())) return;
      choose(one(decodeURIComponent(link.hash.slice(1))));
    });
  }

  function add() {
    const query = picked ? `&start=${picked.start}&end=${picked.end}` : "";
    htmx.ajax("GET", `${facts.dataset.new}${query}`, { target: "#new", swap: "innerHTML" });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-add], [data-take], [data-cancel], .fact");
    if (!button || !facts) return;
    if (button.matches("[data-add]")) { event.preventDefault(); add(); return; }
    if (button.matches("[data-cancel]")) {
      if (button.closest("#new")) { event.preventDefault(); one("new").replaceChildren(); choose(current ?? cards()[0]); }
      return;
    }
    if (button.matches("[data-take]")) {
      if (!picked) { say(facts.dataset.select); return; }
      const form = button.closest("form"), slot = button.dataset.take;
      const answer = await fetch(`${facts.dataset.read}?slot=${slot}&start=${picked.start}&end=${picked.end}`);
      if (!answer.ok) { say(facts.dataset.select); return; }
      for (const [name, value] of Object.entries(await answer.json())) if (form.elements[name]) form.elements[name].value = value;
      form.elements[`${slot}.start`].value = picked.start;
      form.elements[`${slot}.end`].value = picked.end;
      check(form);
      return;
    }
    if (!event.target.closest("button, a, input, select, textarea, summary, label") && !String(getSelection())) choose(button);
  });
  facts?.addEventListener("focusin", (event) => {
    const card = event.target.closest(".fact");
    if (card && card !== current) choose(card, false);
  });

  // ---- a form answers while one types ----
  async function check(form) {
    const answer = await fetch(form.dataset.check, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok) return;
    const { wrong, read } = await answer.json();
    for (const place of all("[data-error]", form)) {
      const name = place.dataset.error, words = wrong[name] ?? "", input = form.elements[name];
      place.textContent = words;
      if (input) { if (words) input.setAttribute("aria-invalid", "true"); else input.removeAttribute("aria-invalid"); }
    }
    for (const place of all("[data-echo]", form)) place.textContent = read[place.dataset.echo] ? `= ${read[place.dataset.echo]}` : "";
  }
  document.addEventListener("change", (event) => {
    const form = event.target.closest?.(".correction");
    if (form) check(form);
    if (event.target.matches?.(".filters select")) event.target.form.requestSubmit();
  });
  document.addEventListener("input", (event) => { // words that were typed are found again; their old place is not theirs
    const name = event.target.name ?? "";
    if (!event.target.matches?.(".correction textarea")) return;
    for (const edge of ["start", "end"]) {
      const hidden = event.target.form.elements[name.replace(/words$/, edge)];
      if (hidden) hidden.value = "";
    }
  });

  if (facts) {
    const asked = facts.dataset.asked && one(`f${facts.dataset.asked}`);
    const editing = document.querySelector(".fact .correction");
    choose(asked || waiting()[0] || cards()[0], !editing);
  }
})();
