// From a specification of this folder and the data of a report to what Vega-Lite compiles. The page and render.mjs both draw with it: a
// classic script, so that the page can hold it as it is, which leaves its three functions in globalThis.charts.
globalThis.charts = (() => {
  const themes = {
    light: { ink: '#1b1f27', faint: '#5b6472', line: '#d5dae1', paper: '#ffffff' },
    dark: { ink: '#e3e7ee', faint: '#a0a9b8', line: '#3a424f', paper: '#171b22' },
  };

  function config(theme) {
    const { ink, faint, line } = themes[theme];
    const font = 'system-ui, "DejaVu Sans", sans-serif';
    return {
      background: 'transparent',
      font,
      view: { stroke: null },
      axis: {
        domainColor: line, gridColor: line, gridOpacity: 0.6, tickColor: line, labelColor: faint, titleColor: faint, labelFont: font,
        titleFont: font, titleFontWeight: 'normal', labelFontSize: 11, titleFontSize: 11,
      },
      axisX: { grid: false },
      legend: { labelColor: ink, titleColor: ink, labelFont: font, orient: 'top', labelFontSize: 12, columns: 4 },
      title: { color: ink, font, fontSize: 13, anchor: 'start', fontWeight: 600 },
      header: { labelColor: ink, labelFont: font, labelFontSize: 13, labelFontWeight: 600, title: null },
      rule: { color: faint }, text: { color: ink, font }, tick: { color: ink }, point: { color: ink },
    };
  }

  // The names of all data that a specification draws: its own, which comes first, and its layers'.
  function names(spec) {
    return [spec.data.name, ...(spec.layer ?? []).flatMap((layer) => (layer.data ? [layer.data.name] : []))];
  }

  // The values of a field, in the order in which they come: that of the tables.
  function values(rows, field) {
    return [...new Set(rows.map((row) => row[field]))];
  }

  // What a field means has one colour in all charts. So the domain of every scale over such a field is what this chart shows of it.
  function paint(node, rows, colours) {
    if (node === null || typeof node !== 'object') return;
    for (const [channel, encoding] of Object.entries(node)) {
      const colour = encoding !== null && typeof encoding === 'object' && Object.hasOwn(colours, encoding.field) ? colours[encoding.field] : null;
      if (colour && ['color', 'xOffset', 'shape', 'strokeDash'].includes(channel) && !encoding.scale) {
        const domain = Object.keys(colour).filter((value) => rows.some((row) => row[encoding.field] === value));
        encoding.scale = channel === 'color' ? { domain, range: domain.map((value) => colour[value]) } : { domain };
      } else if (Array.isArray(encoding?.scale?.domain) && encoding.field) {
        const { domain, range } = encoding.scale;
        const there = domain.map((value) => rows.some((row) => row[encoding.field] === value));
        Object.assign(encoding.scale, { domain: domain.filter((_, i) => there[i]), range: range.filter((_, i) => there[i]) });
      } else {
        paint(encoding, rows, colours);
      }
    }
  }

  function shows(layer, rows) {
    const fields = Object.values(layer.encoding ?? {}).map((encoding) => encoding?.field).filter((field) => ['low', 'high', 'runs', 'block_ratios'].includes(field));
    return fields.every((field) => rows.some((row) => (Array.isArray(row[field]) ? row[field].length > 0 : row[field] !== undefined)));
  }

  // The rows that a chart of this specification has; `pick` is the cell that was chosen, where the specification asks for one.
  function rows_of(spec, name, data, pick) {
    const chosen = spec.usermeta?.pick;
    return (data.datasets[name] ?? []).filter((row) => !chosen || pick === undefined || row[chosen] === pick);
  }

  // What its panels are, [undefined] when it has but one.
  function panels(spec, data, pick) {
    const field = spec.usermeta?.panel;
    const rows = rows_of(spec, spec.data.name, data, pick);
    if (rows.length === 0) return [];
    return field ? values(rows, field) : [undefined];
  }

  // The specification with its data, ready for vegaLite.compile(): one panel of it, or all that there is.
  function prepare(spec, data, { theme = 'light', panel, pick } = {}) {
    const chart = structuredClone(spec);
    delete chart.usermeta;
    chart.datasets = {};
    for (const name of names(spec)) {
      chart.datasets[name] = rows_of(spec, name, data, pick).filter((row) => {
        const field = spec.usermeta?.panel;
        return panel === undefined || !(field in row) || row[field] === panel;
      });
    }
    const rows = chart.datasets[spec.data.name];
    // A layer of which there is nothing, such as intervals of a single block, would have scales without a domain.
    chart.layer = chart.layer.filter((layer) => (layer.data ? chart.datasets[layer.data.name].length > 0 : shows(layer, rows)));
    // The colours of all panels, so that those of one legend agree.
    paint([chart.encoding, chart.layer], rows_of(spec, spec.data.name, data, pick), data.colours);
    if (chart.height.step) chart.height = chart.height.step * values(rows, chart.encoding.y.field).length;
    chart.config = config(theme);
    if (panel !== undefined) chart.title = panel;
    return chart;
  }

  // All panels of a chart in one picture, side by side. Not Vega-Lite's facets: those let the layers that flatten show the rows of all panels.
  function sheet(spec, data, { theme = 'light', pick, columns, width }) {
    const { description } = spec;
    const concat = panels(spec, data, pick).map((panel) => {
      const { config: _, autosize: __, description: ___, datasets, ...part } = prepare(spec, data, { theme, panel, pick });
      const inline = (name) => ({ values: datasets[name] });
      for (const layer of part.layer) if (layer.data) layer.data = inline(layer.data.name);
      return { ...part, width, data: inline(spec.data.name) };
    });
    return { description, config: config(theme), columns, concat, resolve: { scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' } } };
  }

  return { themes, panels, prepare, sheet };
})();
