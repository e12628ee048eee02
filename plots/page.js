// Draws the charts of a report into its figures, one after another, from the data and the
// specifications that the page contains as JSON. Nothing is fetched, and no text becomes code or
// markup: expressions are interpreted (vega-interpreter), and texts become text nodes.
(() => {
  const held = (id) => JSON.parse(document.getElementById(id).textContent);
  const data = held('data');
  const specs = held('specs');
  const figures = [...document.querySelectorAll('figure[data-chart]')];
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const AXIS_PX = 72; // room for the labels and the title of a vertical axis
  let drawing = 0; // the latest call of draw_all: an earlier one stops
  let pick = data.cells[0];

  function element(name, properties = {}, ...children) {
    const node = Object.assign(document.createElement(name), properties);
    node.append(...children);
    return node;
  }

  const tip = element('div', { id: 'tip', hidden: true });
  document.body.append(tip);

  function tooltip(_handler, event, _item, value) {
    tip.hidden = value === null || value === undefined || typeof value !== 'object';
    if (tip.hidden) return;
    const lines = Object.entries(value)
      .filter(([, text]) => text !== undefined && text !== 'undefined' && text !== '');
    tip.replaceChildren(
      ...lines.map(([name, text]) => element('div', {}, element('b', {}, name), ' ' + text)));
    const x = Math.min(event.clientX + 14, innerWidth - tip.offsetWidth - 8);
    tip.style.left = Math.max(8, x) + 'px';
    tip.style.top = Math.max(8, event.clientY - tip.offsetHeight - 10) + 'px';
  }

  const svg = (name, attributes) => {
    const node = document.createElementNS('http://www.w3.org/2000/svg', name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  };

  // One legend for all panels of a figure: the meaning of its colours and dashes.
  function legend(views, ink) {
    const entries = new Map();
    for (const view of views) add_entries(entries, view, ink);
    return element('ul', { className: 'legend' }, ...[...entries].map(([value, look]) => {
      const swatch = svg('svg', { width: 22, height: 10, 'aria-hidden': 'true' });
      const width = look['stroke-dasharray'] ? 3 : 8;
      swatch.append(svg('line', { x1: 0, x2: 22, y1: 5, y2: 5, 'stroke-width': width, ...look }));
      return element('li', {}, swatch, ' ' + value);
    }));
  }

  function add_entries(entries, view, ink) {
    const scale = (name) => {
      try {
        return view.scale(name);
      } catch {
        return undefined; // this chart does not have it
      }
    };
    const colour = scale('color');
    const dash = scale('strokeDash');
    for (const value of colour?.domain() ?? []) entries.set(value, { stroke: colour(value) });
    for (const value of dash?.domain() ?? []) {
      if (dash.domain().length < 2) break;
      const look = { stroke: ink, ...entries.get(value) };
      entries.set(value, { ...look, 'stroke-dasharray': dash(value).join(' ') });
    }
  }

  async function draw(figure) {
    const spec = specs[figure.dataset.chart];
    const theme = dark.matches ? 'dark' : 'light';
    const place = figure.querySelector('.panels') ??
      figure.appendChild(element('div', { className: 'panels' }));
    figure.views?.forEach((view) => view.finalize());
    figure.views = [];
    figure.querySelector('.legend')?.remove();
    place.replaceChildren();
    const all = charts.panels(spec, data, pick);
    figure.hidden = all.length === 0;
    place.classList.toggle('several', all.length > 1);
    // All frames exist before the first is drawn, because a chart takes the width of its frame.
    const frames = all.map(() => place.appendChild(element('div', { className: 'panel' })));
    const widest = charts.widest(spec, data) + AXIS_PX;
    if (widest < Infinity) for (const frame of frames) frame.style.maxWidth = widest + 'px';
    for (const [i, panel] of all.entries()) {
      const chart = charts.prepare(spec, data, { theme, panel, pick });
      chart.config.legend.disable = true;
      const { spec: compiled } = vegaLite.compile(chart);
      const view = new vega.View(vega.parse(compiled, null, { ast: true }), {
        renderer: 'svg', container: frames[i], expr: vega.expressionInterpreter, tooltip,
        logLevel: vega.Warn,
      });
      figure.views.push(view);
      await view.runAsync();
    }
    if (figure.views[0]) place.before(legend(figure.views, charts.themes[theme].ink));
  }

  async function draw_all(which) {
    const mine = ++drawing;
    for (const figure of which) {
      if (mine !== drawing) return;
      if (figure.getBoundingClientRect().top > innerHeight) mark('opened');
      try {
        await draw(figure);
      } catch (error) {
        console.error(figure.dataset.chart, error);
        figure.append(element('p', {}, `This chart cannot be drawn: ${error.message}`));
      }
      await new Promise((done) => setTimeout(done)); // the page stays responsive between charts
    }
    mark('opened');
    mark('drawn');
  }

  // Milliseconds from the start of the navigation: `opened` when everything in the window is
  // drawn, `drawn` when everything is.
  function mark(name) {
    document.documentElement.dataset[name] ??= String(Math.round(performance.now()));
  }

  // Selects the cell that the charts over time show.
  const picked = document.getElementById('pick');
  if (picked) {
    const choice = element('select', { id: 'cell' },
      ...data.cells.map((cell) => element('option', {}, cell)));
    choice.addEventListener('change', () => {
      pick = choice.value;
      draw_all(figures.filter((figure) => specs[figure.dataset.chart].usermeta.pick));
    });
    picked.append(element('label', { htmlFor: 'cell' }, 'Cell: '), choice);
    picked.hidden = data.cells.length < 2;
  }
  document.documentElement.classList.add('js');
  dark.addEventListener('change', () => draw_all(figures));
  draw_all(figures);
})();
