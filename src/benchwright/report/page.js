"use strict";
// Light or dark, and what the pictures say of the mark that is pointed at or tapped. Names enter the
// page as text only.
(() => {
  const NEAR = 12;
  const theme = document.getElementById("theme");
  theme.addEventListener("click", () => {
    const dark = getComputedStyle(document.documentElement).colorScheme === "dark"
      || (!document.documentElement.dataset.theme && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.dataset.theme = dark ? "light" : "dark";
  });

  const tip = document.createElement("div");
  tip.id = "tip";
  tip.hidden = true;
  document.body.append(tip);

  // A title shows late, and never on a touch screen: the words move to where this script finds them.
  for (const title of document.querySelectorAll(".picture title")) {
    title.parentElement.dataset.says = title.textContent;
    title.remove();
  }

  const ring = document.createElementNS("http://www.w3.org/2000/svg", "circle");
  ring.setAttribute("class", "ring");
  ring.setAttribute("r", "5");

  const known = new WeakMap();
  function dotsOf(path) {
    if (!known.has(path)) {
      const spots = [...path.getAttribute("d").matchAll(/M([\d.]+) ([\d.]+)h0/g)].map((found) => [Number(found[1]), Number(found[2])]);
      known.set(path, { spots, names: path.dataset.names.split("\n") });
    }
    return known.get(path);
  }

  function nearest(picture, event) {
    const path = picture.querySelector(".dots");
    if (!path) return null;
    const to = picture.getScreenCTM().inverse();
    const at = new DOMPoint(event.clientX, event.clientY).matrixTransform(to);
    const { spots, names } = dotsOf(path);
    let best = -1, least = (NEAR * to.a) ** 2;
    for (let place = 0; place < spots.length; place += 1) {
      const far = (spots[place][0] - at.x) ** 2 + (spots[place][1] - at.y) ** 2;
      if (far < least) { best = place; least = far; }
    }
    return best < 0 ? null : { spot: spots[best], name: names[best], path };
  }

  function hide() {
    tip.hidden = true;
    ring.remove();
  }

  function point(event) {
    const picture = event.target.closest && event.target.closest(".picture");
    if (!picture) { hide(); return; }
    const mark = event.target.closest("[data-says]");
    let says = mark ? mark.dataset.says : "";
    ring.remove();
    if (!mark) {
      const dot = nearest(picture, event);
      if (dot) {
        says = dot.name;
        ring.setAttribute("cx", dot.spot[0]);
        ring.setAttribute("cy", dot.spot[1]);
        dot.path.after(ring);
      }
    }
    tip.textContent = says;
    tip.hidden = !says;
    if (!says) return;
    const box = tip.getBoundingClientRect();
    const left = Math.min(Math.max(8, event.clientX + 14), innerWidth - box.width - 8);
    const under = event.clientY + 18;
    tip.style.left = `${left}px`;
    tip.style.top = `${under + box.height > innerHeight ? Math.max(4, event.clientY - box.height - 12) : under}px`;
  }

  document.addEventListener("pointermove", point);
  document.addEventListener("click", point);
  document.addEventListener("scroll", hide, { passive: true });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape") hide(); });
})();
