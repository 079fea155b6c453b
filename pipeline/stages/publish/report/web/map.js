'use strict';
// The map of the report: everything it needs stands in the page; it asks nothing of any network.
(() => {
  const data = JSON.parse(document.getElementById('map-data').textContent);
  const byId = (id) => document.getElementById(id);
  const years = data.years.length;
  const chosen = { layer: 'verdict', year: 0, profile: data.lead, plot: -1 };
  const INK = [64, 64, 64, 255];
  const SIGN = 48;

  const unfold = (rings) => rings.map((ring) => {
    const points = [];
    let lon = 0, lat = 0;
    for (let at = 0; at < ring.length; at += 2) {
      lon += ring[at]; lat += ring[at + 1];
      points.push([lon / 1e6, lat / 1e6]);
    }
    return points;
  });
  const shape = (polygons) => ({ type: 'MultiPolygon', coordinates: polygons.map(unfold) });
  const features = (list, properties) => ({
    type: 'FeatureCollection',
    features: list.map((polygons, at) => ({ type: 'Feature', id: at, properties: properties(at), geometry: shape(polygons) })),
  });
  const hectares = (value) => value.toLocaleString('nl-NL', { minimumFractionDigits: 1, maximumFractionDigits: 2 });
  const answer = () => chosen.profile * years + chosen.year;

  // Patterns: one tile each, that repeats without a seam.
  const inHatch = {
    forward: (x, y) => (x + y) % 8 < 2, back: (x, y) => (x - y + 16) % 8 < 2, level: (x, y) => y % 8 < 2,
    upright: (x, y) => x % 8 < 2, cross: (x, y) => (x + y) % 8 < 2 || (x - y + 16) % 8 < 2,
    dots: (x, y) => (x % 8 < 3) && (y % 8 < 3),
  };
  const tile = (hatch) => {
    const pixels = new Uint8ClampedArray(16 * 16 * 4);
    for (let y = 0; y < 16; y += 1) for (let x = 0; x < 16; x += 1) if (inHatch[hatch](x, y)) pixels.set(INK, (y * 16 + x) * 4);
    return new ImageData(pixels, 16, 16);
  };
  const legendOf = () => (chosen.layer === 'verdict' ? data.verdicts : data.holdings);
  const place = () => (chosen.layer === 'verdict' ? answer() : chosen.year);
  const bySign = (list, value, rest) => ['match', ['slice', ['get', 'answers'], place(), place() + 1],
    ...list.flatMap((entry, at) => [String.fromCharCode(SIGN + at), value(entry)]), rest];

  let map = null;
  const source = () => (chosen.layer === 'verdict' ? 'pieces' : 'held');
  const paint = () => {
    for (const name of ['pieces', 'held']) {
      const visibility = name === source() ? 'visible' : 'none';
      map.setLayoutProperty(`${name}-fill`, 'visibility', visibility);
      map.setLayoutProperty(`${name}-hatch`, 'visibility', visibility);
    }
    const list = legendOf();
    map.setPaintProperty(`${source()}-fill`, 'fill-color', bySign(list, (entry) => entry.colour, '#d9d9d9'));
    const hatched = list.map((entry, at) => [entry, String.fromCharCode(SIGN + at)]).filter(([entry]) => entry.hatch !== 'none');
    map.setFilter(`${source()}-hatch`, ['in', ['slice', ['get', 'answers'], place(), place() + 1], ['literal', hatched.map(([, sign]) => sign)]]);
    map.setPaintProperty(`${source()}-hatch`, 'fill-pattern', bySign(list, (entry) => (entry.hatch === 'none' ? 'dots' : entry.hatch), 'dots'));
    map.setFilter('sites-line', ['==', ['get', 'answer'], answer()]);
    map.setLayoutProperty('sites-line', 'visibility', byId('sites').checked && chosen.layer === 'verdict' ? 'visible' : 'none');
  };
  const showLegend = () => {
    const list = byId('legend');
    list.replaceChildren();
    for (const entry of legendOf()) {
      const row = document.createElement('li'), swatch = document.createElement('canvas');
      swatch.width = 28; swatch.height = 16;
      const pen = swatch.getContext('2d');
      pen.fillStyle = entry.colour; pen.fillRect(0, 0, 28, 16);
      if (entry.hatch !== 'none') {
        const pattern = document.createElement('canvas');
        pattern.width = 16; pattern.height = 16;
        pattern.getContext('2d').putImageData(tile(entry.hatch), 0, 0);
        pen.fillStyle = pen.createPattern(pattern, 'repeat'); pen.fillRect(0, 0, 28, 16);
      }
      row.append(swatch, document.createTextNode(entry.label));
      list.append(row);
    }
    byId('profile').disabled = chosen.layer !== 'verdict';
    byId('sites').disabled = chosen.layer !== 'verdict';
  };

  // What is told of a plot: always as text, never as mark-up.
  const line = (parent, tag, text) => { const node = document.createElement(tag); node.textContent = text; parent.append(node); return node; };
  // The name of a law becomes a link to its text.
  const link = (node) => {
    const text = node.textContent, at = text.indexOf('Grondslag: ') + 'Grondslag: '.length;
    const law = Object.keys(data.laws).find((name) => at > 'Grondslag: '.length && text.startsWith(name, at));
    if (!law) return;
    node.textContent = text.slice(0, at);
    line(node, 'a', law).href = data.laws[law];
    node.append(text.slice(at + law.length));
  };
  const parts = new Map([data.pieces, data.held].map((list) => {
    const found = new Map();
    list.plot.forEach((plot, at) => { if (!found.has(plot)) found.set(plot, []); found.get(plot).push(at); });
    return [list, found];
  }));
  // Hectares of a plot by what is told of each of its parts, the most first.
  const sum = (list, plot, words) => {
    const found = new Map();
    for (const part of parts.get(list).get(plot) || []) found.set(words(part), (found.get(words(part)) || 0) + list.ha[part]);
    return [...found].sort((a, b) => b[1] - a[1]);
  };
  const tell = (plot) => {
    const box = byId('told');
    box.replaceChildren();
    if (plot < 0) { line(box, 'p', 'Wijs een kavel aan op de kaart, of zoek er een.'); return; }
    line(box, 'h3', `Kavel ${data.plots.id[plot]}`);
    line(box, 'p', `${data.plots.cluster[plot]}, ${hectares(data.plots.ha[plot])} ha`);
    line(box, 'h4', data.profiles[data.lead]);
    for (const text of data.plots.lines[plot].split('\n').filter(Boolean)) line(box, 'p', text);
    line(box, 'h4', 'Uitgifte en gebruik');
    const byYear = line(box, 'ul', '');
    data.years.forEach((year, at) => {
      const shares = sum(data.held, plot, (part) => data.holdings[data.held.answers[part].charCodeAt(at) - SIGN].label);
      line(byYear, 'li', `${year}: ${shares.map(([words, ha]) => (shares.length > 1 ? `${words} (${hectares(ha)} ha)` : words)).join('; ')}`);
    });
    line(box, 'h4', `${data.profiles[chosen.profile]} in ${data.years[chosen.year]}`);
    const list = line(box, 'ul', '');
    const verdicts = sum(data.pieces, plot, (piece) => {
      const code = data.pieces.verdict[piece].charCodeAt(answer()) - SIGN;
      const set = data.pieces.set[piece];
      const phrase = set < 0 ? '' : data.phrases[data.sets[set][answer()]] || '';
      const verdict = data.verdicts[code].label;
      return phrase && data.explained.includes(code) ? `${verdict}: ${phrase}` : verdict;
    });
    for (const [words, ha] of verdicts) line(list, 'li', `${hectares(ha)} ha ${words}`);
    const more = line(box, 'details', '');
    line(more, 'summary', `Onderbouwing voor ${data.profiles[data.lead].toLowerCase()}`);
    for (const text of data.plots.told[plot].split('\n')) link(line(more, 'p', text));
  };
  const choose = (plot) => {
    if (map && chosen.plot >= 0) map.setFeatureState({ source: 'plots', id: chosen.plot }, { chosen: false });
    chosen.plot = plot;
    if (map && plot >= 0) map.setFeatureState({ source: 'plots', id: plot }, { chosen: true });
    tell(plot);
  };
  const goTo = (polygons) => {
    const points = polygons.flatMap((rings) => unfold(rings).flat());
    const lons = points.map((point) => point[0]), lats = points.map((point) => point[1]);
    const edge = (list, least) => list.reduce((best, value) => (least ? Math.min(best, value) : Math.max(best, value)));
    map.fitBounds([[edge(lons, true), edge(lats, true)], [edge(lons, false), edge(lats, false)]], { padding: 90, maxZoom: 17, animate: false });
  };
  const find = (text) => {
    const wanted = text.trim().toLowerCase();
    const exact = data.plots.id.findIndex((id) => id.toLowerCase() === wanted);
    const like = exact >= 0 || !wanted ? [exact] : data.plots.id.map((id, at) => [id, at]).filter(([id]) => id.toLowerCase().includes(wanted)).map(([, at]) => at);
    const near = like.length === 1 ? like[0] : -1;
    if (near < 0) {
      const some = like.slice(0, 8).filter((at) => at >= 0).map((at) => data.plots.id[at]).join(', ');
      byId('found').textContent = some ? `Meer dan een kavel: ${some}${like.length > 8 ? ' en meer' : ''}.` : `Geen kavel gevonden met '${text.trim()}'.`;
      choose(-1);
      return false;
    }
    byId('found').textContent = `Kavel ${data.plots.id[near]}.`;
    choose(near);
    if (map) goTo(data.plots.rings[near]);
    return true;
  };
  const change = () => { showLegend(); if (map && map.getLayer('pieces-fill')) paint(); tell(chosen.plot); };

  const option = (list, value, text, selected) => { const node = line(list, 'option', text); node.value = value; node.selected = selected; };
  data.years.forEach((year, at) => option(byId('year'), at, year, at === 0));
  data.profiles.forEach((title, at) => option(byId('profile'), at, title, at === data.lead));
  data.clusters.name.forEach((name, at) => option(byId('cluster'), at, name, false));
  byId('year').addEventListener('change', (event) => { chosen.year = Number(event.target.value); change(); });
  byId('profile').addEventListener('change', (event) => { chosen.profile = Number(event.target.value); change(); });
  byId('layer').addEventListener('change', (event) => { chosen.layer = event.target.value; change(); });
  byId('sites').addEventListener('change', change);
  byId('cluster').addEventListener('change', (event) => {
    const at = Number(event.target.value);
    if (map && event.target.value !== '') { const box = data.clusters.box[at]; map.fitBounds([[box[0], box[1]], [box[2], box[3]]], { padding: 30, animate: false }); }
  });
  byId('search').addEventListener('submit', (event) => { event.preventDefault(); find(byId('plot').value); });
  showLegend();
  tell(-1);

  const boxes = data.clusters.box;
  const whole = [[Math.min(...boxes.map((b) => b[0])), Math.min(...boxes.map((b) => b[1]))], [Math.max(...boxes.map((b) => b[2])), Math.max(...boxes.map((b) => b[3]))]];
  const fill = (name) => [
    { id: `${name}-fill`, type: 'fill', source: name, paint: { 'fill-color': '#d9d9d9' } },
    { id: `${name}-hatch`, type: 'fill', source: name, filter: ['==', ['get', 'answer'], -1], paint: { 'fill-pattern': 'dots' } },
  ];
  const faults = [];
  window.report = { faults, find, choose, get map() { return map; }, chosen, data, colourAt: () => map.getPaintProperty(`${source()}-fill`, 'fill-color') };
  try {
    map = new maplibregl.Map({
      container: 'map', bounds: whole, fitBoundsOptions: { padding: 30 }, maxZoom: 20, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      fadeDuration: 0, attributionControl: false, canvasContextAttributes: { preserveDrawingBuffer: true, antialias: true },
      locale: { 'Map.Title': 'Kaart', 'NavigationControl.ZoomIn': 'Inzoomen', 'NavigationControl.ZoomOut': 'Uitzoomen' },
      style: { version: 8, sources: {}, layers: [{ id: 'ground', type: 'background', paint: { 'background-color': '#f7f7f4' } }] },
    });
  } catch (fault) {
    byId('map').textContent = 'Deze browser kan de kaart niet tekenen (WebGL ontbreekt); zoeken en de pagina’s hieronder werken wel.';
    return;
  }
  map.on('error', (event) => faults.push(String((event.error && event.error.message) || event.error)));
  map.addControl(new maplibregl.NavigationControl({ showCompass: false }));
  map.addControl(new maplibregl.ScaleControl());
  map.on('load', () => {
    Object.keys(inHatch).forEach((hatch) => map.addImage(hatch, tile(hatch), { pixelRatio: 2 }));
    const near = { tolerance: 0.2, buffer: 8 };
    map.addSource('pieces', { type: 'geojson', data: features(data.pieces.rings, (at) => ({ answers: data.pieces.verdict[at], plot: data.pieces.plot[at] })), ...near });
    map.addSource('held', { type: 'geojson', data: features(data.held.rings, (at) => ({ answers: data.held.answers[at], plot: data.held.plot[at] })), ...near });
    map.addSource('plots', { type: 'geojson', data: features(data.plots.rings, (at) => ({ plot: at })), ...near });
    map.addSource('sites', { type: 'geojson', data: features(data.sites.rings, (at) => ({ answer: data.sites.answer[at] })), ...near });
    map.addSource('clusters', { type: 'geojson', data: features(data.clusters.rings, () => ({})) });
    for (const layer of [...fill('pieces'), ...fill('held')]) map.addLayer(layer);
    const state = (name, yes, no) => ['case', ['boolean', ['feature-state', name], false], yes, no];
    map.addLayer({ id: 'plots-line', type: 'line', source: 'plots', minzoom: 12, paint: { 'line-color': state('chosen', '#000000', state('over', '#000000', '#7a7a7a')), 'line-width': state('chosen', 3.5, state('over', 2.2, 0.5)) } });
    map.addLayer({ id: 'sites-line', type: 'line', source: 'sites', filter: ['==', ['get', 'answer'], -1], paint: { 'line-color': '#00362a', 'line-width': 2.4 } });
    map.addLayer({ id: 'clusters-line', type: 'line', source: 'clusters', paint: { 'line-color': '#222222', 'line-width': 1.6 } });
    paint();
    const plotAt = (event) => { const found = map.queryRenderedFeatures(event.point, { layers: [`${source()}-fill`] }); return found.length ? found[0].properties.plot : -1; };
    let over = -1;
    map.on('mousemove', (event) => {
      const plot = plotAt(event);
      map.getCanvas().style.cursor = plot >= 0 ? 'pointer' : '';
      if (plot === over) return;
      if (over >= 0) map.setFeatureState({ source: 'plots', id: over }, { over: false });
      over = plot;
      if (over >= 0) map.setFeatureState({ source: 'plots', id: over }, { over: true });
      byId('hover').textContent = over < 0 ? '' : `Kavel ${data.plots.id[over]}`;
    });
    map.on('click', (event) => choose(plotAt(event)));
    map.once('idle', () => { window.report.ready = true; });
  });
})();
