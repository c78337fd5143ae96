// Reading: one text, a list of texts, or the rows of a table.

async function lookRead(request, locator, context) {
  if (request.all) return lookReadAll(locator, context);
  const found = oneMatch(locator, 'read', context);
  if (found.answer) return found.answer;
  const { match, rank } = found;
  if (isSecret(match.el)) return { is: 'refused', element: describeElement(match) };
  const text = textOrValue(match);
  const answer = () => ({ is: 'text', text, element: describeElement(match), rank, via: match.via });
  // A place that is still empty is given its time.
  return text === '' ? { wait: 'empty', match, end: answer } : answer();
}

function lookReadAll(locator, context) {
  const { matches, rank } = resolve(locator, 'read');
  if (!matches.length) return { wait: 'no match', subject: { locator, purpose: 'read', count: 0 } };
  if (matches.length === 1 && isTable(matches[0].el)) return { is: 'rows', ...readTable(matches[0].el), rank };
  const secret = findIn(matches, (match) => isSecret(match.el));
  if (secret) return { is: 'refused', element: describeElement(secret) };
  return { is: 'list', texts: mapList(matches, textOrValue), rank };
}

function textOrValue(match) {
  const { el } = match, tag = tagOf(el);
  if (match.text !== undefined) return fold(match.text);
  if (tag === 'select') return fold(mapJoin(optionsOf(el), optionText));
  if (tag === 'input') {
    const type = inputType(el);
    if (type === 'checkbox' || type === 'radio') return `${isTicked(el)}`;
    return match.boxes ? joined(match.boxes) : fold(valueOf(el));
  }
  if (tag === 'textarea') return trim(valueOf(el));
  if (tag === 'img') return fold(nameOf(el));
  return visibleText(el);
}

const isTable = (el) => { const role = roleOf(el); return tagOf(el) === 'table' || role === 'table' || role === 'grid' || role === 'treegrid'; };

// {header, rows}: each row an object keyed by the header cells; by 1, 2, … where a table has none. A table of two columns
// whose first column is all headers is one record.
function readTable(table) {
  const lines = filterList(mapList(rowsOf(table), cellsOf), (cells) => cells.length > 0);
  if (!lines.length) return { header: [], rows: [] };
  if (everyOf(lines, (cells) => cells.length === 2 && isHeader(cells[0].el) && !isHeader(cells[1].el))) return recordOf(lines);
  const headed = everyOf(lines[0], (cell) => isHeader(cell.el));
  const header = headed ? mapList(lines[0], (cell, i) => cell.text || `${i + 1}`) : [];
  const body = headed ? sliceList(lines, 1) : lines;
  return { header, rows: mapList(body, (cells) => keyed(header, cells)) };
}

function recordOf(lines) {
  const row = { __proto__: null }, header = mapList(lines, (cells) => cells[0].text);
  for (let i = 0; i < lines.length; i++) row[header[i]] = lines[i][1].text;
  return { header, rows: [row] };
}

function keyed(header, cells) {
  const row = { __proto__: null };
  for (let i = 0; i < cells.length; i++) {
    let key = header[i] || `${i + 1}`;
    if (key in row) key = `${key} ${i + 1}`;
    row[key] = cells[i].text;
  }
  return row;
}

const isHeader = (cell) => tagOf(cell) === 'th' || attr(cell, 'role') === 'columnheader' || attr(cell, 'role') === 'rowheader';
const rowsOf = (table) => filterList(mapList(query(table, 'tr,[role=row]'), (row) => row), (row) => isVisible(row) && closest(parentOf(row), isTable) === table);

function cellsOf(row) {
  const cells = [];
  for (let cell = firstOf(row); cell; cell = nextOf(cell)) {
    if (typeOf(cell) !== ELEMENT || !(tagOf(cell) === 'td' || tagOf(cell) === 'th' || setHas(cellRoles, attr(cell, 'role') || ''))) continue;
    if (!isDrawn(cell)) continue;
    const field = fieldIn(cell), text = field && !isSecret(field) ? textOrValue({ el: field }) : visibleText(cell);
    for (let span = min(+attrOr(cell, 'colspan') || 1, 20); span > 0; span--) push(cells, { el: cell, text });
  }
  return cells;
}
