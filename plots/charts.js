// Turns a specification of this folder and the data of a report into input for Vega-Lite. The page
// and render.mjs both draw with it. It is a classic script, so that the page can contain it
// unchanged, and puts its functions into globalThis.charts.
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
        domainColor: line, gridColor: line, gridOpacity: 0.6, tickColor: line,
        labelColor: faint, labelFont: font, labelFontSize: 11, labelSeparation: 6,
        titleColor: faint, titleFont: font, titleFontSize: 11, titleFontWeight: 'normal',
      },
      axisX: { grid: false },
      legend: {
        labelColor: ink, titleColor: ink, labelFont: font, orient: 'top', labelFontSize: 12,
        columns: 4,
      },
      title: { color: ink, font, fontSize: 13, anchor: 'start', fontWeight: 600 },
      header: {
        labelColor: ink, labelFont: font, labelFontSize: 13, labelFontWeight: 600, title: null,
      },
      rule: { color: faint }, text: { color: ink, font }, tick: { color: ink },
      point: { color: ink },
    };
  }

  // The names of all data that a specification draws; its own comes first.
  function names(spec) {
    const layers = (spec.layer ?? []).filter((layer) => layer.data);
    return [spec.data.name, ...layers.map((layer) => layer.data.name)];
  }

  // The values of a field in their order of appearance, which is the order of the tables.
  function values(rows, field) {
    return [...new Set(rows.map((row) => row[field]))];
  }

  // A value of a field has the same colour in all charts. The domain of each scale over such a
  // field is limited to the values that this chart shows.
  function paint(node, rows, colours) {
    if (node === null || typeof node !== 'object') return;
    for (const [channel, encoding] of Object.entries(node)) {
      const is_object = encoding !== null && typeof encoding === 'object';
      const colour =
        is_object && Object.hasOwn(colours, encoding.field) ? colours[encoding.field] : null;
      const scaled = ['color', 'xOffset', 'shape', 'strokeDash'].includes(channel);
      const shown = (value) => rows.some((row) => row[encoding.field] === value);
      if (colour && scaled && !encoding.scale) {
        const domain = Object.keys(colour).filter(shown);
        const range = domain.map((value) => colour[value]);
        encoding.scale = channel === 'color' ? { domain, range } : { domain };
      } else if (Array.isArray(encoding?.scale?.domain) && encoding.field) {
        const { domain, range } = encoding.scale;
        encoding.scale.domain = domain.filter(shown);
        encoding.scale.range = range.filter((_, i) => shown(domain[i]));
      } else {
        paint(encoding, rows, colours);
      }
    }
  }

  // Whether the rows have values for the optional fields that a layer draws.
  function shows(layer, rows) {
    const optional = ['low', 'high', 'runs', 'block_ratios'];
    const fields = Object.values(layer.encoding ?? {}).map((encoding) => encoding?.field)
      .filter((field) => optional.includes(field));
    const has = (value) => (Array.isArray(value) ? value.length > 0 : value !== undefined);
    return fields.every((field) => rows.some((row) => has(row[field])));
  }

  // The rows for a specification. `pick` is the selected cell, if the specification uses one.
  function rows_of(spec, name, data, pick) {
    const chosen = spec.usermeta?.pick;
    return (data.datasets[name] ?? [])
      .filter((row) => !chosen || pick === undefined || row[chosen] === pick);
  }

  // The names of the panels; [undefined] for a chart of a single panel without a name.
  function panels(spec, data, pick) {
    const field = spec.usermeta?.panel;
    const rows = rows_of(spec, spec.data.name, data, pick);
    if (rows.length === 0) return [];
    return field ? values(rows, field) : [undefined];
  }

  // The greatest width of the drawing area of a panel in pixels: without a limit, two bars would
  // fill a wide page.
  function widest(spec, data) {
    const slot = spec.usermeta?.widest_bar_px;
    if (!slot) return Infinity;
    const { x, xOffset } = spec.encoding;
    const rows = rows_of(spec, spec.data.name, data);
    const groups = panels(spec, data).map((panel) =>
      values(rows.filter((row) => row[spec.usermeta.panel] === panel), x.field).length);
    return slot * Math.max(0, ...groups) * values(rows, xOffset.field).length;
  }

  // The ticks of an axis of ratios, for labels that do not touch: those of the specification, which
  // come in order of preference, that lie within the data, at least a fifth of its range apart.
  function spaced_ticks(ticks, rows, fields) {
    const values = rows.flatMap((row) => fields.flatMap((field) => row[field] ?? []));
    const logs = [1, ...values].map(Math.log); // the axis always shows 1
    const [low, high] = [Math.min(...logs), Math.max(...logs)];
    const chosen = [];
    for (const tick of ticks) {
      const at = Math.log(tick);
      const near = (other) => Math.abs(Math.log(other) - at) < (high - low) / 5;
      if (at >= low && at <= high && !chosen.some(near)) chosen.push(tick);
    }
    return chosen.sort((a, b) => a - b);
  }

  // The specification with its data, ready for vegaLite.compile(): one panel, or all of it.
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
    // A layer without data, such as the intervals of a single block, would have scales without a
    // domain.
    chart.layer = chart.layer.filter((layer) =>
      (layer.data ? chart.datasets[layer.data.name].length > 0 : shows(layer, rows)));
    // With the rows of all panels, which share one legend.
    paint([chart.encoding, chart.layer], rows_of(spec, spec.data.name, data, pick), data.colours);
    for (const { encoding } of spec.usermeta?.ticks_within ? chart.layer : []) {
      const axis = encoding.x?.axis;
      if (axis) axis.values = spaced_ticks(axis.values, rows, spec.usermeta.ticks_within);
    }
    // Above narrow bars, numbers fit only if they stand upright.
    if (values(rows, spec.encoding?.xOffset?.field).length > spec.usermeta?.most_level_labels) {
      for (const { mark } of chart.layer.filter((layer) => layer.mark.type === 'text')) {
        Object.assign(mark, { angle: -90, align: 'left', baseline: 'middle', dx: 4, dy: 0 });
      }
    }
    // The name of an axis is data if its variable is.
    for (const [axis, field] of Object.entries(spec.usermeta?.axis_titles ?? {})) {
      chart.encoding[axis].title = rows[0]?.[field];
    }
    if (chart.height.step) {
      chart.height = chart.height.step * values(rows, chart.encoding.y.field).length;
    }
    chart.config = config(theme);
    if (panel !== undefined) chart.title = panel;
    return chart;
  }

  // All panels of a chart side by side in one picture. Vega-Lite's facets cannot be used: with
  // them, layers that flatten show the rows of all panels.
  function sheet(spec, data, { theme = 'light', pick, columns, width }) {
    const { description } = spec;
    const concat = panels(spec, data, pick).map((panel) => {
      const { config: _, autosize: __, description: ___, datasets, ...part } =
        prepare(spec, data, { theme, panel, pick });
      const inline = (name) => ({ values: datasets[name] });
      for (const layer of part.layer) if (layer.data) layer.data = inline(layer.data.name);
      return { ...part, width: Math.min(width, widest(spec, data)), data: inline(spec.data.name) };
    });
    return {
      description, config: config(theme), columns, concat,
      resolve: { scale: { color: 'shared', shape: 'shared', strokeDash: 'shared' } },
    };
  }

  return { themes, panels, prepare, sheet, widest };
})();
