"use strict";
// The browser of samples. Everything a model wrote enters the page as text, never as markup.
(() => {
  const PAGE = 50;
  const by = (id) => document.getElementById(id);

  function make(tag, attributes = {}, ...children) {
    const node = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (value === false || value === null) continue;
      if (name in node && name !== "list") node[name] = value;
      else node.setAttribute(name, value);
    }
    node.append(...children.filter((child) => child !== null && child !== undefined));
    return node;
  }

  function dot(verdict) {
    const svg = "http://www.w3.org/2000/svg";
    const node = document.createElementNS(svg, "svg");
    const rect = document.createElementNS(svg, "rect");
    for (const [k, v] of Object.entries({ width: 9, height: 9, x: 1, y: 1, class: `o-${verdict}` })) rect.setAttribute(k, v);
    for (const [k, v] of Object.entries({ class: "dot", width: 11, height: 11 })) node.setAttribute(k, v);
    node.setAttribute("aria-hidden", "true");
    node.append(rect);
    return node;
  }

  async function unpack(id) {
    const element = by(id);
    const packed = atob(element.textContent);
    const bytes = Uint8Array.from(packed, (character) => character.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return JSON.parse(await new Response(stream).text());
  }

  const unpacked = new Map();
  function once(id) {
    if (!unpacked.has(id)) unpacked.set(id, unpack(id));
    return unpacked.get(id);
  }

  let facts, columns, hits = [], page = 0, current = -1, turn = 0;
  const word = (field, row) => facts.words[field][columns[field][row]];
  const cell = (row) => facts.cells[columns.cell[row]];
  const sample = (row) => facts.samples[columns.sample[row]];

  function verdict(row) {
    const outcome = word("outcome", row);
    if (outcome !== "scored") return outcome;
    const value = columns.value[row];
    return value >= 1 ? "right" : value <= 0 ? "wrong" : "partly";
  }

  const exchangesOf = (row) => [columns.exchange[row]].flat().filter((place) => place >= 0);

  async function exchange(place) {
    const chunk = await once(`texts-${Math.floor(place / facts.chunk)}`);
    return chunk[place % facts.chunk];
  }

  // ---- filters -------------------------------------------------------------------------------

  const filters = {};

  function choice(name, label, values) {
    const select = make("select", { name }, make("option", { value: "" }, "all"),
      ...values.map((value) => make("option", { value }, value || "as it is")));
    filters[name] = select;
    return make("label", {}, label, select);
  }

  function check(name, label) {
    const input = make("input", { type: "checkbox", name });
    filters[name] = input;
    return make("label", { className: "check" }, input, label);
  }

  function buildFilters() {
    const distinct = (values) => [...new Set(values)].sort((a, b) => a.localeCompare(b, "en", { numeric: true }));
    const tags = distinct(facts.tags.flatMap((pairs) => Object.entries(pairs).map(([k, v]) => `${k} = ${v}`)));
    const search = make("input", { type: "search", name: "text", placeholder: "question, answer, id …" });
    filters.text = search;
    const form = by("filters");
    form.append(
      choice("model", "model", distinct(facts.cells.map((one) => one[0]))),
      choice("benchmark", "benchmark", distinct(facts.cells.map((one) => one[1]))),
      choice("asked", "asked", distinct(facts.cells.map((one) => `${one[2]} · ${one[3]}`))),
      choice("verdict", "came to", rowsVerdicts()),
    );
    if (facts.words.variant.length > 1) {
      const variants = make("select", { name: "variant" }, make("option", { value: "" }, "all"),
        ...facts.words.variant.map((name, place) => make("option", { value: String(place) }, name || "as it is")));
      filters.variant = variants;
      form.append(make("label", {}, "variant", variants));
    }
    if (tags.length) form.append(choice("tag", "tag", tags));
    form.append(make("label", { className: "wide" }, "search", search),
      check("deep", "also in prompts and answers"));
    if (columns.agree.includes(0)) form.append(check("disagree", "extractors disagree"));
    if (facts.words.deviations.some(Boolean)) form.append(check("deviant", "settings refused or changed"));
    let timer = 0;
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 120); });
    form.addEventListener("submit", (event) => event.preventDefault());
  }

  function rowsVerdicts() {
    const seen = new Set();
    for (let row = 0; row < columns.outcome.length; row += 1) seen.add(verdict(row));
    return [...seen].sort();
  }

  function matches(row, tagged) {
    const [model, benchmark, asked, scorer] = cell(row);
    if (filters.model.value && filters.model.value !== model) return false;
    if (filters.benchmark.value && filters.benchmark.value !== benchmark) return false;
    if (filters.asked.value && filters.asked.value !== `${asked} · ${scorer}`) return false;
    if (filters.verdict.value && filters.verdict.value !== verdict(row)) return false;
    if (filters.variant && filters.variant.value && filters.variant.value !== String(columns.variant[row])) return false;
    if (tagged && !tagged.has(columns.tags[row])) return false;
    if (filters.disagree && filters.disagree.checked && columns.agree[row] !== 0) return false;
    if (filters.deviant && filters.deviant.checked && !word("deviations", row)) return false;
    return true;
  }

  function says(row, text) {
    const [, id, question] = sample(row);
    return [id, question, word("answer", row), word("target", row), word("explanation", row)]
      .some((value) => value && value.toLowerCase().includes(text));
  }

  async function filter() {
    const mine = ++turn;
    const text = filters.text.value.trim().toLowerCase();
    const tagged = filters.tag && filters.tag.value
      ? new Set(facts.tags.flatMap((pairs, place) => Object.entries(pairs).some(([k, v]) => `${k} = ${v}` === filters.tag.value) ? [place] : []))
      : null;
    const found = [], open = [];
    for (let row = 0; row < columns.cell.length; row += 1) {
      if (!matches(row, tagged)) continue;
      if (!text || says(row, text)) found.push(row);
      else if (filters.deep.checked && exchangesOf(row).length) open.push(row);
    }
    hits = found; page = 0; current = -1;
    if (open.length) await searchTexts(open, text, mine);
    if (mine !== turn) return;
    show();
  }

  async function searchTexts(rows, text, mine) {
    const shared = (await once("shared"))[0].map(([one]) => one.toLowerCase().includes(text));
    const holds = (value) => typeof value === "number" ? shared[value]
      : typeof value === "string" ? value.toLowerCase().includes(text)
        : value && typeof value === "object" && Object.values(value).some(holds);
    for (const row of rows) {
      for (const place of exchangesOf(row)) {
        const { q, a, t } = await exchange(place);
        if (mine !== turn) return;
        if (q.some(([, parts]) => parts.some(holds)) || (a || []).some(holds) || holds(t)) { hits.push(row); break; }
      }
    }
    hits.sort((a, b) => a - b);
  }

  // ---- list ----------------------------------------------------------------------------------

  function listed(row) {
    const [model, , asked] = cell(row);
    const [, id, question] = sample(row);
    const came = verdict(row);
    const variant = word("variant", row);
    const read = word("answer", row);
    const target = word("target", row);
    const item = make("li", { tabIndex: 0, title: came },
      dot(came),
      make("span", { className: "what" }, question || id),
      make("span", { className: "read" }, came === "right" || came === "wrong" || came === "partly" ? `${read ?? "–"} → ${target}` : came),
      make("span", { className: "who" }, `${model} · ${id}${variant ? ` · ${variant}` : ""}${columns.repeat[row] ? ` · repeat ${columns.repeat[row]}` : ""} · ${asked}`));
    item.addEventListener("click", () => select(row));
    item.addEventListener("keydown", (event) => {
      const to = { ArrowDown: item.nextElementSibling, ArrowUp: item.previousElementSibling }[event.key];
      if (event.key === "Enter" || event.key === " ") { event.preventDefault(); select(row); }
      else if (to) { event.preventDefault(); to.focus(); to.click(); }
    });
    if (row === current) item.setAttribute("aria-current", "true");
    item.dataset.row = row;
    return item;
  }

  function show() {
    const pages = Math.max(1, Math.ceil(hits.length / PAGE));
    by("count").textContent = `${hits.length.toLocaleString("en")} of ${columns.cell.length.toLocaleString("en")} rows`;
    by("list").replaceChildren(...hits.slice(page * PAGE, (page + 1) * PAGE).map(listed));
    by("page").textContent = `page ${(page + 1).toLocaleString("en")} of ${pages.toLocaleString("en")}`;
    by("back").disabled = page === 0;
    by("on").disabled = page >= pages - 1;
    if (hits.length && !hits.includes(current)) select(hits[page * PAGE]);
    if (!hits.length) by("detail").replaceChildren();
  }

  function turnTo(next) {
    page = next;
    show();
    by("samples").scrollIntoView({ block: "start" });
  }

  // ---- detail --------------------------------------------------------------------------------

  function fact(list, name, value) {
    if (value === null || value === undefined || value === "") return;
    list.append(make("dt", {}, name), make("dd", {}, String(value)));
  }

  async function piece(part) {
    const [shared, pictures] = await once("shared");
    if (typeof part === "string") return document.createTextNode(part);
    if (typeof part === "number") {
      const [text, several] = shared[part];
      if (!several || text.length < 400) return document.createTextNode(text);
      const lines = text.split("\n").length;
      return make("details", { className: "shared" },
        make("summary", {}, `${text.length.toLocaleString("en")} characters, ${lines} lines, shared with other questions`),
        document.createTextNode(text));
    }
    if (part.media) {
      const known = pictures[part.media];
      return known ? make("img", { src: known, alt: `picture ${part.media.slice(0, 12)}` })
        : document.createTextNode(`⟨${part.mime}, ${part.size} bytes, ${part.media.slice(0, 12)}: not in this report⟩`);
    }
    return document.createTextNode(part.call ? `⟨calls ${part.call}: ${part.text}⟩` : `⟨result: ${part.text}⟩`);
  }

  async function text(parts) {
    return make("div", { className: "text" }, ...await Promise.all(parts.map(piece)));
  }

  function options(rows, chosen) {
    const best = Math.max(...rows.map(([, logprob]) => logprob));
    return make("table", { className: "options" },
      make("thead", {}, make("tr", {}, ...["continuation", "log-probability", "", "tokens"].map((name) => make("th", {}, name)))),
      make("tbody", {}, ...rows.map(([words, logprob, tokens, greedy]) => {
        const bar = make("div", { className: "bar" });
        bar.style.width = `${Math.round(160 * Math.exp(logprob - best))}px`;
        return make("tr", {},
          make("td", {}, make("code", {}, JSON.stringify(words)), words.trim() === chosen ? " ←" : ""),
          make("td", { className: "n" }, logprob.toFixed(3)), make("td", {}, bar),
          make("td", { className: "n" }, `${tokens}${greedy ? ", greedy" : ""}`));
      })));
  }

  async function asked(place, row, number, of) {
    const found = await exchange(place);
    const head = of > 1 ? `Request ${number + 1} of ${of}` : "";
    const nodes = [make("h4", {}, [head, "Prompt, exactly as sent"].filter(Boolean).join(": "))];
    for (const [role, parts] of found.q) {
      if (role) nodes.push(make("p", { className: "turn" }, role));
      nodes.push(await text(parts));
    }
    if (found.tools) nodes.push(make("p", { className: "turn" }, `tools offered: ${found.tools.join(", ")}`));
    if (found.g && Object.keys(found.g).length) nodes.push(make("p", { className: "turn" }, Object.entries(found.g).map(([k, v]) => `${k} ${JSON.stringify(v)}`).join(" · ")));
    nodes.push(make("h4", {}, "Answer"));
    if (found.failure) nodes.push(await text([found.failure]));
    if (found.t) nodes.push(make("p", { className: "turn" }, "thinking"), await text([found.t]));
    if (found.c) nodes.push(options(found.c, word("answer", row)));
    if (found.a) nodes.push(found.a.length ? await text(found.a) : make("p", { className: "note" }, "The answer was empty."));
    if (found.served) nodes.push(make("p", { className: "turn" }, `served by ${found.served}`));
    return nodes;
  }

  async function select(row) {
    current = row;
    for (const item of by("list").children) {
      if (Number(item.dataset.row) === row) item.setAttribute("aria-current", "true");
      else item.removeAttribute("aria-current");
    }
    const [model, benchmark, way, scorer] = cell(row);
    const [, id, question] = sample(row);
    const came = verdict(row);
    const list = make("dl");
    fact(list, "read", word("answer", row));
    fact(list, "target", word("target", row));
    fact(list, "value", columns.value[row]);
    fact(list, "how", word("explanation", row));
    if (columns.agree[row] === 0) fact(list, "stricter", `${word("strict_answer", row) || "nothing"}: the two extractors disagree`);
    fact(list, "failure", word("failure", row));
    fact(list, "finish", word("finish", row));
    fact(list, "tokens", [["in", columns.tokens_in[row]], ["out", columns.tokens_out[row]]]
      .filter(([, n]) => n !== null).map(([name, n]) => `${n.toLocaleString("en")} ${name}`).join(", "));
    fact(list, "seconds", columns.seconds[row]);
    fact(list, "deviations", word("deviations", row));
    if (columns.merged[row]) fact(list, "boundary", "context and continuation did not split where they were cut");
    fact(list, "tags", Object.entries(facts.tags[columns.tags[row]]).map(([k, v]) => `${k} = ${v}`).join(", "));
    fact(list, "asked", `${way} · ${scorer}`);
    const places = exchangesOf(row);
    const blocks = [];
    for (const [number, place] of places.entries()) blocks.push(...await asked(place, row, number, places.length));
    if (!places.length) {
      if (question) blocks.push(make("h4", {}, "Question"), await text([question]));
      blocks.push(make("p", { className: "note" }, "Prompt and answer are not in this report."));
    }
    if (current !== row) return;
    by("detail").replaceChildren(
      make("h3", {}, `${benchmark.split("@")[0]} · ${id}`),
      make("span", { className: "verdict" }, dot(came), came, ` by ${model}`),
      list, ...blocks);
    by("detail").scrollTop = 0;
  }

  async function start() {
    facts = await once("facts");
    columns = facts.columns;
    buildFilters();
    by("back").addEventListener("click", () => turnTo(page - 1));
    by("on").addEventListener("click", () => turnTo(page + 1));
    await filter();
    document.documentElement.dataset.ready = String(Math.round(performance.now()));
  }

  start().catch((error) => {
    by("count").textContent = `The samples cannot be shown: ${error}`;
  });
})();
