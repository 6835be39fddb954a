// Dark squares as one path.

/** Rows of squares, true for a dark one, as the `d` of an SVG path: a bar for each run of a row. */
export function outline(rows) {
    return rows.flatMap((row, y) => runs(row).map(([x, length]) => `M${x} ${y}h${length}v1h-${length}z`)).join('');
}

function runs(row) {
    const starts = [...row.keys()].filter((x) => row[x] && !row[x - 1]);
    return starts.map((x) => {
        const end = row.indexOf(false, x);
        return [x, (end < 0 ? row.length : end) - x];
    });
}
