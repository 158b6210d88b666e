// Gap lists in csv, filled in as a team does.

/** The cells of a line of csv. */
const cellsOf = (line) => [...line.matchAll(/(?:^|,)(?:"((?:[^"]|"")*)"|([^,]*))/g)].map((m) => (m[1] ?? m[2]).replaceAll('""', '"'));
const lineOf = (cells) => cells.map((cell) => (/[",\n]/.test(cell) ? `"${cell.replaceAll('"', '""')}"` : cell)).join(",");

/** Fills the result column of a gap list in csv, by household, and writes a household below that no list names; tells the row of each. */
export function fillCsv(bytes, results, fresh = null) {
  const [heading, ...lines] = bytes.toString("utf8").replace("\ufeff", "").trim().split(/\r?\n/).map(cellsOf);
  const column = (title) => heading.indexOf(title);
  const rows = {};
  lines.forEach((cells, i) => {
    const household = cells[column("Mã hộ")];
    if (!(household in results)) return;
    cells[column("Kết quả")] = results[household];
    rows[household] = [null, i + 2];
  });
  const found = fresh ? [heading.map((title) => fresh.cells[title] ?? "")] : [];
  return { rows, file: { name: "ket-qua.csv", mimeType: "text/csv", buffer: Buffer.from(`\ufeff${[heading, ...lines, ...found].map(lineOf).join("\r\n")}\r\n`) } };
}
