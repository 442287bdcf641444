"use strict";
(() => {
  const all = (selector, inside = document) => [...inside.querySelectorAll(selector)];
  const numbers = (text) => (text ? text.split(" ") : []);
  let lit = [];

  function light(elements) {
    for (const element of lit) element.classList.remove("lit");
    lit = elements;
    for (const element of lit) element.classList.add("lit");
  }

  // A fact lights its evidence and the mentions that it uses, a mention the facts that use it.
  function partners(element) {
    const release = element.closest(".release");
    if (element.matches(".fact")) {
      const passages = [];
      for (let n = +element.dataset.first; n <= +element.dataset.last; n++) {
        passages.push(document.getElementById(`${release.id}p${n}`));
      }
      const used = numbers(element.dataset.marks).flatMap((n) => all(`mark[data-m="${n}"]`, release));
      return [element, ...passages, ...used];
    }
    return [...all(`mark[data-m="${element.dataset.m}"]`, release), ...users(release).get(element.dataset.m)];
  }

  const indexes = new WeakMap();
  function users(release) {
    if (!indexes.has(release)) {
      const index = new Map();
      for (const fact of all(".fact", release)) {
        for (const n of numbers(fact.dataset.marks)) index.set(n, [...(index.get(n) ?? []), fact]);
      }
      indexes.set(release, index);
    }
    return indexes.get(release);
  }

  const subject = (node) => node instanceof Element ? node.closest(".release mark.used, .fact") : null;

  // The text scrolls in its own pane beside the facts; the window itself is left where the reader put it.
  function bring(fact) {
    const pane = fact.closest(".pair").querySelector(".text");
    const passage = document.getElementById(`${fact.closest(".release").id}p${fact.dataset.first}`);
    const up = passage.getBoundingClientRect().top - pane.getBoundingClientRect().top;
    if (up < 0 || up > pane.clientHeight * 0.8) pane.scrollTop += up - pane.clientHeight / 4;
  }

  let focused = null;
  document.addEventListener("focusin", (event) => {
    focused = subject(event.target);
    light(focused ? partners(focused) : []);
    if (focused?.matches(".fact")) bring(focused);
  });
  document.addEventListener("focusout", () => { focused = null; light([]); });
  document.addEventListener("mouseover", (event) => {
    const over = subject(event.target) ?? focused;
    light(over ? partners(over) : []);
  });
  document.addEventListener("click", (event) => {
    const fact = event.target.closest?.(".fact");
    if (fact && !event.target.closest("a") && !String(getSelection())) fact.focus({ preventScroll: true });
  });

  const filter = document.querySelector(".filter");
  const [words, action, least, found] = ["words", "action", "least", "found"].map((id) => document.getElementById(id));
  const fold = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let cards = null;

  function sift() {
    cards ??= all(".fact").map((fact) => [fact, fold(fact.textContent)]);
    const wanted = fold(words.value).split(/\s+/).filter(Boolean);
    const sifting = wanted.length > 0 || action.value !== "" || +least.value > 0;
    let shown = 0;
    const kept = new Set();
    for (const [fact, text] of cards) {
      const keep = (!action.value || fact.dataset.action === action.value) && +fact.dataset.sure >= +least.value
        && wanted.every((word) => text.includes(word));
      fact.hidden = !keep;
      if (keep) { shown++; kept.add(fact.closest(".release")); }
    }
    for (const release of all(".release")) release.hidden = sifting && !kept.has(release);
    const told = shown === 0 ? found.dataset.none : shown === 1 ? found.dataset.one : found.dataset.told;
    found.textContent = sifting ? told.replace("{n}", shown).replace("{total}", cards.length) : "";
  }

  let waiting = 0;
  words.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(sift, 120); });
  for (const choice of [action, least]) choice.addEventListener("change", sift);
  filter.hidden = document.querySelector(".fact") === null;
  // A link into the page shows its target even where the filter had hidden it.
  addEventListener("hashchange", () => {
    const target = document.getElementById(location.hash.slice(1));
    if (target?.closest("[hidden]")) {
      words.value = action.value = "";
      least.value = "0";
      sift();
      target.scrollIntoView();
    }
  });
})();
