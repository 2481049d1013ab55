"""Compiled loops over pixels: averages of tiles, and their differences added up over cells.

Tiles lie one after the other in flat arrays, each turned so that its rows run along the fast axis. ``layout``
has a row for each tile: its rows and columns, its first pixel, its first block of gradients, its first group,
its amplifiers, and its first column in ``amplifier``, which tells the amplifier of each column of all tiles.

``table`` has a row for each overlap of a tile: the other tile, first row, row after the last, first
column, column after the last, first node, rows of nodes, columns of nodes. ``scales`` has its nodes per row
and per column, ``nodes`` the places x and y in the other tile.
"""

from typing import Any

import numba
import numpy as np
from numpy.typing import NDArray

from mkrefs_imaging.multi_tile_destripe.clean_kernels import SIDE

#: Methods of averaging.
MEAN, MEDIAN, CLIP = 0, 1, 2


@numba.njit(cache=True, nogil=True)
def _median(values: Any, count: int) -> Any:
    """Give the median of the first values, which are sorted in place."""
    for i in range(1, count):
        value = values[i]
        k = i - 1
        while k >= 0 and values[k] > value:
            values[k + 1] = values[k]
            k -= 1
        values[k + 1] = value
    half = count // 2
    return values[half] if count % 2 else 0.5 * (values[half - 1] + values[half])


@numba.njit(cache=True, nogil=True)
def _across(nodes: Any, entry: Any, at: float, out: Any) -> None:
    """Interpolate the nodes of an overlap at one row, given in units of rows of nodes."""
    low = min(max(int(at), 0), entry[6] - 2)
    part = at - low
    start = entry[5] + low * entry[7]
    for k in range(entry[7]):
        out[k] = nodes[start + k] * (1 - part) + nodes[start + entry[7] + k] * part


@numba.njit(cache=True, nogil=True)
def _within(at: float, step: float, size: int, first: int, last: int) -> tuple[int, int]:
    """Give from which column up to which places ``at + step * column`` lie on pixels 0 to ``size - 1``."""
    low, high = -0.5 - at, size - 0.5 - at
    if step < 0:
        low, high, step = -high, -low, -step
    if step > 0:
        low, high = low / step, high / step
    elif low <= 0 < high:
        low, high = float(first), float(last)
    else:
        return last, last
    if not (low < last and high > first):  # also where a place is not known
        return last, last
    start = int(np.ceil(low)) if low > first else first
    return start, int(np.ceil(high)) if high < last else last


@numba.njit(cache=True, nogil=True)
def _segment(k: int, entry: Any, scale: float, across: Any, size: Any) -> Any:
    """Give the columns between two nodes that lie in the other tile, and their places there.

    A place is the pixel and where in it, from 0 to 1: ``x + step_x * n`` of the n-th of these columns.
    """
    first = entry[3] + int(np.ceil(k / scale))
    last = entry[4] if k == entry[7] - 2 else min(entry[3] + int(np.ceil((k + 1) / scale)), entry[4])
    step_x, step_y = (across[0, k + 1] - across[0, k]) * scale, (across[1, k + 1] - across[1, k]) * scale
    back = entry[3] + k / scale
    x, y = across[0, k] - step_x * back, across[1, k] - step_y * back
    first, last = _within(x, step_x, size[1], first, last)
    first, last = _within(y, step_y, size[0], first, last)
    return first, last, x + step_x * first + 0.5, step_x, y + step_y * first + 0.5, step_y


@numba.njit(cache=True, nogil=True)
def _look_up(
    row: int, layout: Any, gradients: Any, overlap: Any, across: Any, partner: Any, place: Any, step: Any
) -> tuple[int, int]:
    """Find the nearest pixels of the other tile for a row of one; give the first and the last such column.

    Written, by column: ``partner``, the pixel or -1; ``place``, its x and y; ``step``, by the gradient there.
    """
    entry, scale, nodes = overlap
    at = (row - entry[1]) * scale[0]
    _across(nodes[0], entry, at, across[0])
    _across(nodes[1], entry, at, across[1])
    size, starts = (layout[entry[0], 0], layout[entry[0], 1]), (layout[entry[0], 2], layout[entry[0], 3])
    begin, end = 0, 0
    for k in range(entry[7] - 1):
        first, last, x, step_x, y, step_y = _segment(k, entry, scale[1], across, size)
        if first >= last:
            continue
        if begin == end:
            begin = first
        else:
            partner[end:first] = -1
        end = last
        columns, places, out = (first, last - first), (x, step_x, y, step_y), (partner, place, step)
        _nearest(columns, places, size, starts, gradients, out)
    return begin, end


@numba.njit(cache=True, nogil=True)
def _nearest(columns: Any, places: Any, size: Any, starts: Any, gradients: Any, out: Any) -> None:
    """Write the nearest pixels of columns between two nodes, and what the gradients add up to there."""
    x0, step_x, y0, step_y = places
    partner, place, step = out
    first, count = columns
    high, wide, right = np.int32(size[0] - 1), np.int32(size[1]), np.int32(size[1] - 1)
    across = np.int32((size[1] + SIDE - 1) // SIDE)
    pixels, blocks, half, zero = np.int32(starts[0]), gradients[starts[1] :], np.float32(0.5), np.int32(0)
    for n in range(count):
        x, y = x0 + step_x * n, y0 + step_y * n
        # What lies within is known up to rounding.
        xn, yn = min(max(np.int32(x), zero), right), min(max(np.int32(y), zero), high)
        k = (yn // SIDE) * across + xn // SIDE
        partner[first + n] = pixels + yn * wide + xn
        place[0, first + n], place[1, first + n] = xn, yn
        along, up = np.float32(x - xn) - half, np.float32(y - yn) - half
        step[first + n] = blocks[k, 0] * along + blocks[k, 1] * up


@numba.njit(cache=True, nogil=True)
def _reduce(
    kept: Any, range_of: Any, sums: Any, method: int, limit: float, scratch: Any, mean: Any, total: Any
) -> None:
    """Write the medians or clipped means of a row of pixels, and their weights.

    ``kept`` are values and weights, each of shape (ncols, n), and how many each pixel has; ``range_of`` the
    lowest and highest values; ``sums`` those of weight times value and of the weights.
    """
    values, weights, counts = kept
    for at in range(mean.size):
        count = counts[at]
        mean[at], total[at] = np.nan, 0.0
        if count == 0:
            continue
        if method == CLIP and range_of[1, at] - range_of[0, at] <= limit:
            mean[at], total[at] = sums[0, at] / sums[1, at], sums[1, at]
            continue
        for k in range(count):
            scratch[k] = values[at, k]
        middle = _median(scratch, count)
        if method == MEDIAN:
            # A median of many is as good as a mean of 2 / pi as many.
            mean[at], total[at] = middle, sums[1, at] * (2 / np.pi if count > 2 else 1.0)
            continue
        top, left = np.float32(0), np.float32(0)
        for k in range(count):
            if abs(values[at, k] - middle) <= limit:
                top += weights[at, k] * values[at, k]
                left += weights[at, k]
        mean[at], total[at] = (top / left, left) if left > 0 else (middle, weights[at, 0])


@numba.njit(cache=True, nogil=True)
def _add(
    columns: Any, places: Any, size: Any, starts: Any, clean: Any, weight: Any, gradients: Any, sums: Any
) -> None:
    """Add the values of another tile between two nodes to sums of weight times value, and of weights."""
    x0, step_x, y0, step_y = places
    first, count = columns
    high, wide, right = np.int32(size[0] - 1), np.int32(size[1]), np.int32(size[1] - 1)
    across = np.int32((size[1] + SIDE - 1) // SIDE)
    pixels = slice(starts[0], starts[0] + size[0] * size[1])
    own, own_weight, blocks = clean[pixels], weight[pixels], gradients[starts[1] :]
    nothing, half, zero = np.float32(0), np.float32(0.5), np.int32(0)
    for n in range(count):
        x, y = x0 + step_x * n, y0 + step_y * n
        xn, yn = min(max(np.int32(x), zero), right), min(max(np.int32(y), zero), high)
        k, pixel = np.uint32((yn // SIDE) * across + xn // SIDE), np.uint32(yn * wide + xn)
        w = own_weight[pixel]
        step = blocks[k, 0] * (np.float32(x - xn) - half) + blocks[k, 1] * (np.float32(y - yn) - half)
        sums[0, first + n] += w * (own[pixel] + step) if w > 0 else nothing
        sums[1, first + n] += w


@numba.njit(cache=True, nogil=True)
def _add_other(
    row: int, layout: Any, gradients: Any, overlap: Any, across: Any, clean: Any, weight: Any, sums: Any
) -> None:
    """Add the values of another tile to the sums of a row."""
    entry, scale, nodes = overlap
    at = (row - entry[1]) * scale[0]
    _across(nodes[0], entry, at, across[0])
    _across(nodes[1], entry, at, across[1])
    size, starts = (layout[entry[0], 0], layout[entry[0], 1]), (layout[entry[0], 2], layout[entry[0], 3])
    for k in range(entry[7] - 1):
        first, last, x, step_x, y, step_y = _segment(k, entry, scale[1], across, size)
        if first < last:
            columns, places = (first, last - first), (x, step_x, y, step_y)
            _add(columns, places, size, starts, clean, weight, gradients, sums)


@numba.njit(cache=True, nogil=True)
def _collect(
    columns: Any, clean: Any, weight: Any, partner: Any, step: Any, kept: Any, range_of: Any, sums: Any
) -> None:
    """Put the values and weights of the partners of a row behind those there are, see `_reduce`."""
    values, weights, counts = kept
    for col in range(columns[0], columns[1]):
        pixel = partner[col]
        if pixel < 0:
            continue
        w = weight[pixel]
        if w > 0:
            value, at = clean[pixel] + step[col], counts[col]
            values[col, at], weights[col, at], counts[col] = value, w, at + 1
            range_of[0, col], range_of[1, col] = min(range_of[0, col], value), max(range_of[1, col], value)
            sums[0, col] += w * value
            sums[1, col] += w


@numba.njit(cache=True, nogil=True)
def average(
    clean: NDArray[np.float32],
    weight: NDArray[np.float32],
    gradients: NDArray[np.float32],
    layout: NDArray[np.int64],
    table: NDArray[np.int64],
    scales: NDArray[np.float64],
    nodes: NDArray[np.float64],
    method: int,
    limit: float,
    mean: NDArray[np.float32],
    total: NDArray[np.float32],
) -> None:
    """Average all other tiles on the pixels of one.

    Parameters
    ----------
    clean, weight : ndarray of float32, flat
        Values and weights of the pixels of all tiles; a weight of 0 takes no part.
    gradients : ndarray of float32, shape (nblocks, 2)
        Along x and y, per pixel, of the blocks of all tiles.
    layout, table, scales, nodes
        The tiles, and the overlaps of the one tile with others.
    method : int
        MEAN, MEDIAN or CLIP.
    limit : float
        With CLIP, by how much a value may differ from the median.
    mean, total : ndarray of float32, shape of the tile
        Written: the average, NaN without any, and its weight.
    """
    others, (nrows, ncols) = table.shape[0], mean.shape
    most = 1 if method == MEAN else max(others, 1)
    kept = (
        np.empty((ncols, most), np.float32),
        np.empty((ncols, most), np.float32),
        np.empty(ncols, np.int64),
    )
    sums, range_of = np.empty((2, ncols), np.float32), np.empty((2, ncols), np.float32)
    scratch, across = np.empty(most, np.float32), np.empty((2, max(nodes.shape[1], 2)))
    partner, step = np.empty(ncols, dtype=np.int32), np.empty(ncols, dtype=np.float32)
    place = np.empty((2, ncols), dtype=np.int32)
    for row in range(nrows):
        kept[2][:], sums[:], range_of[0], range_of[1] = 0, 0.0, np.inf, -np.inf
        for o in range(others):
            if not table[o, 1] <= row < table[o, 2]:
                continue
            overlap = (table[o], scales[o], nodes)
            if method == MEAN:
                _add_other(row, layout, gradients, overlap, across, clean, weight, sums)
            else:
                columns = _look_up(row, layout, gradients, overlap, across, partner, place, step)
                _collect(columns, clean, weight, partner, step, kept, range_of, sums)
        if method == MEAN:
            _divide(sums, mean[row], total[row])
        else:
            _reduce(kept, range_of, sums, method, limit, scratch, mean[row], total[row])


@numba.njit(cache=True, nogil=True)
def _divide(sums: Any, mean: Any, total: Any) -> None:
    """Write the means of a row of pixels, and their weights."""
    for at in range(mean.size):
        total[at] = sums[1, at]
        mean[at] = sums[0, at] / sums[1, at] if sums[1, at] > 0 else np.nan


@numba.njit(cache=True, nogil=True)
def average_stack(
    values: NDArray[np.float32], weights: NDArray[np.float32], method: int, limit: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Average tiles that lie on one grid, shape (ntiles, nrows, ncols); a weight of 0 takes no part."""
    others, nrows, ncols = values.shape
    mean, total = np.empty((nrows, ncols), dtype=np.float32), np.empty((nrows, ncols), dtype=np.float32)
    kept = (
        np.empty((ncols, others), np.float32),
        np.empty((ncols, others), np.float32),
        np.empty(ncols, np.int64),
    )
    sums, range_of = np.empty((2, ncols), np.float32), np.empty((2, ncols), np.float32)
    scratch, partner = np.empty(others, np.float32), np.arange(ncols).astype(np.int32)
    step = np.zeros(ncols, np.float32)
    for row in range(nrows):
        kept[2][:], sums[:], range_of[0], range_of[1] = 0, 0.0, np.inf, -np.inf
        for k in range(others):
            _collect((0, ncols), values[k, row], weights[k, row], partner, step, kept, range_of, sums)
        if method == MEAN:
            _divide(sums, mean[row], total[row])
        else:
            _reduce(kept, range_of, sums, method, limit, scratch, mean[row], total[row])
    return mean, total


@numba.njit(cache=True, nogil=True)
def pair_samples(
    clean: NDArray[np.float32],
    gradients: NDArray[np.float32],
    layout: NDArray[np.int64],
    i: int,
    entry: NDArray[np.int64],
    scale: NDArray[np.float64],
    nodes: NDArray[np.float64],
    every: int,
) -> NDArray[np.float64]:
    """Give samples of an overlap: the difference, and x and y in both tiles, of every so many-th pixel."""
    ncols = layout[i, 1]
    across, step = np.empty((2, entry[7])), np.empty(ncols, dtype=np.float32)
    partner, place = np.empty(ncols, dtype=np.int32), np.empty((2, ncols), dtype=np.int32)
    size = ((entry[2] - entry[1]) // every + 1) * ((entry[4] - entry[3]) // every + 1)
    out, found = np.empty((size, 5)), 0
    for row in range(entry[1], entry[2], every):
        first, last = _look_up(row, layout, gradients, (entry, scale, nodes), across, partner, place, step)
        for col in range(entry[3], entry[4], every):
            if not first <= col < last or partner[col] < 0:
                continue
            value = clean[layout[i, 2] + row * ncols + col] - clean[partner[col]]
            if not np.isnan(value):
                out[found, 0], out[found, 1], out[found, 2] = value, col, row
                out[found, 3], out[found, 4] = place[0, col], place[1, col]
                found += 1
    return out[:found]


@numba.njit(cache=True, nogil=True)
def _compare_row(
    start: int,
    every: int,
    columns: Any,
    clean: Any,
    weight: Any,
    total: Any,
    partner: Any,
    step: Any,
    both: Any,
) -> None:
    """Write the weights and differences of the pixels of a row, which begins with pixel ``start``.

    A pair weighs w1 w2 / W, with the sum W for all tiles there: together pairs then say no more than those.
    """
    nothing = np.float32(0)
    for col in range(columns[0], columns[1]):
        pixel, other = start + col, max(partner[col], 0)
        w_i, w_j = weight[pixel], weight[other] if partner[col] >= 0 else nothing
        if every > 1 and pixel % every:
            w_j = nothing
        taken = w_i > 0 and w_j > 0
        both[0, col] = w_i * w_j / max(total[pixel] + w_i, w_i + w_j) if taken else nothing
        both[1, col] = clean[pixel] - clean[other] - step[col]


@numba.njit(cache=True, nogil=True)
def _close(cell: Any, first: Any, s: Any, excess: Any) -> None:
    """Write weight, mean difference and mean places of a cell, and add what its places vary by.

    ``s`` are sums of weights times 1, a, b, d, a a, b b, a b, a d and b d, of the places a and b and the
    differences d, all less those of the ``first`` pixel.
    """
    w = s[0]
    a, b, d = s[1] / w, s[2] / w, s[3] / w
    cell[0], cell[1], cell[2], cell[3] = w, first[2] + d, first[0] + a, first[1] + b
    excess[0] += s[4] - w * a * a
    excess[1] += s[5] - w * b * b
    excess[2] += s[6] - w * a * b
    excess[3] += s[7] - w * a * d
    excess[4] += s[8] - w * b * d


@numba.njit(cache=True, nogil=True)
def _sums_of_cell(columns: Any, both: Any, scales: Any, place: Any) -> Any:
    """Add up the pixels of a cell, see `_close`, beginning with the first."""
    start = columns[0]
    origin, d0 = place[start], both[1, start]
    w0, wa, wb, wd, waa, wbb, wab, wad, wbd = 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0
    for col in range(columns[0], columns[1]):
        w = float(both[0, col])
        if w == 0:
            continue
        a, b = (col - start) * scales[0], (place[col] - origin) * scales[1]
        d = float(both[1, col]) - d0
        ra, rb = w * a, w * b
        w0 += w
        wa += ra
        wb += rb
        wd += w * d
        waa += ra * a
        wbb += rb * b
        wab += ra * b
        wad += ra * d
        wbd += rb * d
    return w0, wa, wb, wd, waa, wbb, wab, wad, wbd


@numba.njit(cache=True, nogil=True)
def _add_row(
    columns: Any,
    both: Any,
    groups: Any,
    place: Any,
    scales: Any,
    cells: Any,
    sums: Any,
    used: int,
    excess: Any,
) -> int:
    """Add up a row of differences by the groups in both tiles; give the new number of cells."""
    mine, other = groups
    col, end = columns
    while col < end:
        if both[0, col] == 0:
            col += 1
            continue
        one, two, start, col = mine[col], other[col], col, col + 1
        # What takes no part does not end a cell.
        while col < end and (both[0, col] == 0 or (mine[col] == one and other[col] == two)):
            col += 1
        first = (scales[0] * start - 1, scales[1] * place[start] - 1, float(both[1, start]))
        found = _sums_of_cell((start, col), both, scales, place)
        _close(sums[used], first, found, excess)
        cells[0, used], cells[1, used] = one, two
        used += 1
    return used


@numba.njit(cache=True, nogil=True)
def _groups_of_row(
    row: int, i: int, j: int, columns: Any, layout: Any, amplifier: Any, partner: Any, place: Any, out: Any
) -> None:
    """Write the groups of the pixels of a row and of their partners."""
    mine, other = out
    start, rows_of = np.int32(layout[i, 4] + row * layout[i, 5]), np.int32(layout[j, 5])
    first, column, column_j = np.int32(layout[j, 4]), layout[i, 6], layout[j, 6]
    for col in range(columns[0], columns[1]):
        if partner[col] >= 0:
            mine[col] = start + amplifier[column + col]
            other[col] = first + place[1, col] * rows_of + amplifier[column_j + place[0, col]]


@numba.njit(cache=True, nogil=True)
def pair_cells(
    clean: NDArray[np.float32],
    weight: NDArray[np.float32],
    total: NDArray[np.float32],
    gradients: NDArray[np.float32],
    layout: NDArray[np.int64],
    amplifier: NDArray[np.int64],
    i: int,
    entry: NDArray[np.int64],
    scale: NDArray[np.float64],
    nodes: NDArray[np.float64],
    every: int,
) -> Any:
    """Add up the differences of two tiles over cells: runs of pixels of one group in each of them.

    Parameters
    ----------
    clean, weight, gradients, layout, amplifier
        All tiles, see above and `average`.
    total : ndarray of float32, flat
        Weight of the average of the others, at the pixels of all tiles.
    i, entry, scale, nodes, every
        The first tile, its overlap with the second, and of how many pixels one is used.

    Returns
    -------
    groups : ndarray of int32, shape (2, ncells)
        Groups of the cells.
    sums : ndarray of float32, shape (ncells, 4)
        Weight, mean difference, mean place along the row in the first and in the second tile, from -1 to 1.
    excess : ndarray of float64, shape (5,)
        What the places vary by within the cells: weighted sums of x1 x1, x2 x2, x1 x2, x1 d and x2 d.
    """
    ncols = layout[i, 1]
    across, step = np.empty((2, entry[7])), np.empty(ncols, dtype=np.float32)
    both, excess, used = np.empty((2, ncols), dtype=np.float32), np.zeros(5), 0
    partner, place = np.empty(ncols, dtype=np.int32), np.empty((2, ncols), dtype=np.int32)
    groups = (np.empty(ncols, dtype=np.int32), np.empty(ncols, dtype=np.int32))
    scales = (2.0 / layout[i, 1], 2.0 / layout[entry[0], 1])
    cells, sums = np.empty((2, 4 * ncols), dtype=np.int32), np.empty((4 * ncols, 4), dtype=np.float32)
    for row in range(entry[1], entry[2]):
        if used + ncols > sums.shape[0]:
            longer = np.empty((2, 2 * sums.shape[0]), dtype=np.int32)
            longer_sums = np.empty((2 * sums.shape[0], 4), dtype=np.float32)
            longer[:, :used], longer_sums[:used] = cells[:, :used], sums[:used]
            cells, sums = longer, longer_sums
        columns = _look_up(row, layout, gradients, (entry, scale, nodes), across, partner, place, step)
        _compare_row(layout[i, 2] + row * ncols, every, columns, clean, weight, total, partner, step, both)
        _groups_of_row(row, i, entry[0], columns, layout, amplifier, partner, place, groups)
        used = _add_row(columns, both, groups, place[0], scales, cells, sums, used, excess)
    return cells[:, :used].copy(), sums[:used].copy(), excess
