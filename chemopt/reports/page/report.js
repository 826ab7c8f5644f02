"use strict";
// The parts of the report that a reader can move. All text is set as text, never as HTML.

const make = (tag, text, name) => {
  const element = document.createElement(tag);
  if (text !== undefined) element.textContent = text;
  if (name) element.className = name;
  return element;
};

// Write a number as the tables do: four decimals, or four digits where those would show nothing.
const figure = (value) => {
  const size = Math.abs(value);
  return value === 0 || (size >= 1e-3 && size < 1e6)
    ? value.toFixed(4)
    : value.toExponential(3);
};

// The best ensemble at a point, as PhaseDiagram.at: of equal losses the one of lowest rank.
const best = (data, alpha, beta) => {
  const terms = data.regions.map((region) => [
    alpha * region.lacking_inter,
    (1 - alpha) * region.lacking_intra,
    beta * region.models.length,
  ]);
  const losses = terms.map(([inter, intra, size]) => inter + intra + size);
  const least = losses.reduce((a, b) => Math.min(a, b));
  const size = terms[losses.indexOf(least)].reduce((a, b) => a + Math.abs(b), 0);
  const near = data.regions.filter((_, k) => losses[k] <= least + data.rounding * size);
  const region = near.reduce((a, b) => (b.rank < a.rank ? b : a));
  return { region, loss: least, proved: near.some((one) => one.proved) };
};

const SVG = "http://www.w3.org/2000/svg";

// Mark a point in the plane of a phase diagram.
const marker = (svg, plane) => {
  const parts = ["marker", "marker front"].map((name) => {
    const group = document.createElementNS(SVG, "g");
    group.setAttribute("class", name);
    for (const tag of ["line", "line", "circle"]) {
      group.append(document.createElementNS(SVG, tag));
    }
    svg.append(group);
    return group;
  });
  const box = plane.getBBox();
  return (across, up) => {
    const x = box.x + across * box.width;
    const y = box.y + (1 - up) * box.height;
    const put = (element, places) => {
      for (const [name, value] of Object.entries(places)) element.setAttribute(name, value);
    };
    for (const group of parts) {
      const [down, right, circle] = group.children;
      put(down, { x1: x, x2: x, y1: box.y, y2: box.y + box.height });
      put(right, { x1: box.x, x2: box.x + box.width, y1: y, y2: y });
      put(circle, { cx: x, cy: y, r: 5 });
    }
  };
};

const explorePhase = (root, data) => {
  const slider = (name) => root.querySelector(`[data-weight="${name}"]`);
  const field = (name) => root.querySelector(`[data-number="${name}"]`);
  const answer = root.querySelector("[data-answer]");
  const svg = root.querySelector("svg");
  const plane = svg.querySelector('[id$="-plane"] path');
  const mark = marker(svg, plane);
  const at = { alpha: data.alpha, beta: data.beta };
  const high = { alpha: 1, beta: data.beta_max };
  slider("beta").max = field("beta").max = data.beta_max;
  slider("beta").step = data.beta_max / 1000;

  const show = () => {
    const { region, loss, proved } = best(data, at.alpha, at.beta);
    const names = region.models.map((k) => data.models[k]);
    const list = make("ul", undefined, "models");
    list.append(...names.map((name) => make("li", name)));
    const about = make("p", `Loss ${figure(loss)}, ${names.length} models: `);
    about.append(
      make("span", proved ? "proved" : "not proved", proved ? "proved" : "not-proved"),
      ".",
    );
    if (!names.length) list.append(make("li", "no model"));
    answer.replaceChildren(
      make("p", `Best at α = ${+at.alpha.toFixed(4)} and β = ${+at.beta.toFixed(4)}:`),
      list,
      about,
    );
    Object.assign(answer.dataset, { models: JSON.stringify(names), loss, proved });
    mark(at.alpha / high.alpha, at.beta / high.beta);
  };
  const move = (name, value, from) => {
    if (!Number.isFinite(value)) return;
    at[name] = Math.min(Math.max(value, 0), high[name]);
    if (from !== slider(name)) slider(name).value = at[name];
    if (from !== field(name)) field(name).value = +at[name].toFixed(6);
    show();
  };
  for (const name of ["alpha", "beta"]) {
    for (const input of [slider(name), field(name)]) {
      input.addEventListener("input", () => move(name, input.valueAsNumber, input));
    }
    move(name, at[name]);
  }
  // beside the sliders, for those with a mouse
  svg.classList.add("plane");
  svg.addEventListener("click", (event) => {
    const box = plane.getBoundingClientRect();
    const across = (event.clientX - box.left) / box.width;
    const up = (box.bottom - event.clientY) / box.height;
    if (across < 0 || across > 1 || up < 0 || up > 1) return;
    move("alpha", across * high.alpha);
    move("beta", up * high.beta);
  });
};

const playClimb = (root, data) => {
  const part = (name) => root.querySelector(`[data-${name}]`);
  const choice = part("climb");
  const { optimum } = data;
  choice.append(
    ...data.climbs.map((climb, k) => {
      const end = climb.states[climb.states.length - 1].loss;
      const text = `${k + 1}: ${climb.states.length - 1} moves to ${end === null ? "no ensemble" : figure(end)}`;
      const option = make("option", text);
      option.value = k;
      return option;
    }),
  );
  part("optimum-title").textContent =
    `${optimum.proved ? "Proved optimum" : "Best ensemble known"}: loss ${figure(optimum.loss)}`;
  let step = 0;

  const models = (list, names, others, where) => {
    list.replaceChildren(
      ...names.map((name) => {
        const item = make("li", name, others.includes(name) ? "" : "apart");
        if (!others.includes(name)) item.append(make("span", ` (only ${where})`, "hidden"));
        return item;
      }),
    );
  };
  const show = () => {
    const climb = data.climbs[choice.value];
    const last = climb.states.length - 1;
    step = Math.min(Math.max(step, 0), last);
    const state = climb.states[step];
    const loss = state.loss === null ? "not feasible" : `loss ${figure(state.loss)}`;
    const end = step === last ? ` It stops: ${climb.stopped}.` : "";
    part("state").textContent =
      `Step ${step} of ${last}: ${state.move}; ${loss}.` +
      ` ${state.count} candidates, ${state.feasible} feasible.${end}`;
    models(part("now"), state.models, optimum.models, "here");
    models(part("optimum"), optimum.models, state.models, "there");
    const some = state.candidates.length < state.count ? ", those of least loss" : "";
    part("candidates-caption").textContent = `Candidates for the next step${some}`;
    part("candidates").replaceChildren(
      ...state.candidates.map((one) => {
        const row = make("tr");
        row.append(
          make("td", one.move),
          make("td", figure(one.loss), "number"),
          make("td", one.broken ? `no: ${one.broken}` : "yes"),
        );
        return row;
      }),
    );
    for (const button of root.querySelectorAll("[data-go]")) {
      const back = ["first", "previous"].includes(button.dataset.go);
      button.setAttribute("aria-disabled", String(back ? step === 0 : step === last));
    }
    Object.assign(root.dataset, { step, loss: state.loss });
  };
  const places = { first: () => 0, previous: () => step - 1, next: () => step + 1, last: () => Infinity };
  for (const button of root.querySelectorAll("[data-go]")) {
    button.addEventListener("click", () => {
      step = places[button.dataset.go]();
      show();
    });
  }
  choice.addEventListener("change", () => {
    step = 0;
    show();
  });
  show();
};

const explorers = { phase: explorePhase, climb: playClimb };
for (const root of document.querySelectorAll("[data-explorer]")) {
  const data = JSON.parse(root.querySelector('script[type="application/json"]').textContent);
  explorers[root.dataset.explorer](root, data);
}

// What is wider than the page can be scrolled with the keyboard.
const reachable = () => {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth + 1) box.tabIndex = 0;
    else box.removeAttribute("tabindex");
  }
};
reachable();
addEventListener("resize", reachable);
for (const box of document.querySelectorAll("details")) box.addEventListener("toggle", reachable);

// Paper cannot be unfolded.
let unfolded = [];
addEventListener("beforeprint", () => {
  unfolded = [...document.querySelectorAll("details:not(.long, .names):not([open])")];
  for (const box of unfolded) box.open = true;
});
addEventListener("afterprint", () => {
  for (const box of unfolded) box.open = false;
});
