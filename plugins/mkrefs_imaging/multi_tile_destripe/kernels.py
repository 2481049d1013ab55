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

#: Side of the blocks that gradients are taken of.
SIDE = 2
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
def block_medians(image: NDArray[np.float32]) -> NDArray[np.float32]:
    """Give the medians of blocks of 2 x 2 pixels; NaN where more than half of a block is NaN."""
    rows, cols = (image.shape[0] + SIDE - 1) // SIDE, (image.shape[1] + SIDE - 1) // SIDE
    out = np.empty((rows, cols), dtype=np.float32)
    values = np.empty(SIDE * SIDE, dtype=np.float32)
    for r in range(rows):
        for c in range(cols):
            count = 0
            for y in range(r * SIDE, min((r + 1) * SIDE, image.shape[0])):
                for x in range(c * SIDE, min((c + 1) * SIDE, image.shape[1])):
                    if not np.isnan(image[y, x]):
                        values[count] = image[y, x]
                        count += 1
            out[r, c] = _median(values, count) if 2 * count >= SIDE * SIDE else np.nan
    return out


@numba.njit(cache=True, nogil=True)
def _across(nodes: Any, entry: Any, at: float, out: Any) -> None:
    """Interpolate the nodes of an overlap at one row, given in units of rows of nodes."""
    low = min(max(int(at), 0), entry[6] - 2)
    part = at - low
    start = entry[5] + low * entry[7]
    for k in range(entry[7]):
        out[k] = nodes[start + k] * (1 - part) + nodes[start + entry[7] + k] * part


@numba.njit(cache=True, nogil=True)
def _look_up(
    row: int, layout: Any, gradients: Any, overlap: Any, across: Any, partner: Any, place: Any, step: Any
) -> None:
    """Find the nearest pixels of the other tile for a row of one.

    Written, by column: ``partner``, the pixel or -1; ``place``, its x and y; ``step``, by the gradient there.
    """
    entry, scale, nodes = overlap
    at = (row - entry[1]) * scale[0]
    _across(nodes[0], entry, at, across[0])
    _across(nodes[1], entry, at, across[1])
    high, wide, pixel, block = (
        layout[entry[0], 0],
        layout[entry[0], 1],
        layout[entry[0], 2],
        layout[entry[0], 3],
    )
    blocks_across = (wide + SIDE - 1) // SIDE
    for col in range(entry[3], entry[4]):
        along = (col - entry[3]) * scale[1]
        low = min(int(along), entry[7] - 2)
        part = along - low
        x = across[0, low] * (1 - part) + across[0, low + 1] * part
        y = across[1, low] * (1 - part) + across[1, low + 1] * part
        partner[col] = -1
        if -0.5 <= x < wide - 0.5 and -0.5 <= y < high - 0.5:
            xn, yn = int(x + 0.5), int(y + 0.5)
            k = block + (yn // SIDE) * blocks_across + xn // SIDE
            partner[col] = pixel + yn * wide + xn
            place[0, col], place[1, col] = xn, yn
            step[col] = gradients[0, k] * (x - xn) + gradients[1, k] * (y - yn)


@numba.njit(cache=True, nogil=True)
def _clipped(values: Any, weights: Any, at: int, count: int, middle: float, limit: float) -> Any:
    """Give the mean of the values of pixel ``at`` that are near the median, and their weight."""
    top, kept = 0.0, 0.0
    for k in range(count):
        if abs(values[k, at] - middle) <= limit:
            top += weights[k, at] * values[k, at]
            kept += weights[k, at]
    return (top / kept, kept) if kept > 0 else (middle, weights[0, at])


@numba.njit(cache=True, nogil=True)
def _reduce(
    values: Any, weights: Any, counts: Any, method: int, limit: float, scratch: Any, mean: Any, total: Any
) -> None:
    """Write the averages of a row of pixels, each of ``counts`` values or of one sum, and their weights."""
    for at in range(counts.size):
        count = counts[at]
        mean[at], total[at] = np.nan, 0.0
        if count == 0:
            if method == MEAN and weights[0, at] > 0:
                mean[at], total[at] = values[0, at] / weights[0, at], weights[0, at]
            continue
        for k in range(count):
            scratch[k] = values[k, at]
            total[at] += weights[k, at]
        middle = _median(scratch, count)
        if method == CLIP:
            mean[at], total[at] = _clipped(values, weights, at, count, middle, limit)
        else:
            # A median of many is as good as a mean of 2 / pi as many.
            mean[at], total[at] = middle, total[at] * (2 / np.pi if count > 2 else 1.0)


@numba.njit(cache=True, nogil=True)
def _add(columns: Any, clean: Any, weight: Any, partner: Any, step: Any, sums: Any, weights: Any) -> None:
    """Add the values of the partners of a row to sums of weight times value, and of weights."""
    for col in range(columns[0], columns[1]):
        pixel = partner[col]
        if pixel >= 0 and weight[pixel] > 0:
            w = weight[pixel]
            sums[col] += w * (clean[pixel] + step[col])
            weights[col] += w


@numba.njit(cache=True, nogil=True)
def _collect(
    columns: Any, clean: Any, weight: Any, partner: Any, step: Any, values: Any, weights: Any, counts: Any
) -> None:
    """Put the values and weights of the partners of a row behind those there are."""
    for col in range(columns[0], columns[1]):
        pixel = partner[col]
        if pixel >= 0 and weight[pixel] > 0:
            values[counts[col], col] = clean[pixel] + step[col]
            weights[counts[col], col] = weight[pixel]
            counts[col] += 1


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
    gradients : ndarray of float32, shape (2, nblocks)
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
    values, weights = np.empty((max(others, 1), ncols)), np.empty((max(others, 1), ncols))
    counts, scratch = np.empty(ncols, dtype=np.int64), np.empty(max(others, 1))
    across = np.empty((2, max(nodes.shape[1], 2)))
    partner, step = np.empty(ncols, dtype=np.int64), np.empty(ncols)
    place = np.empty((2, ncols), dtype=np.int64)
    for row in range(nrows):
        counts[:], values[0], weights[0] = 0, 0.0, 0.0
        for o in range(others):
            if not table[o, 1] <= row < table[o, 2]:
                continue
            overlap = (table[o], scales[o], nodes)
            _look_up(row, layout, gradients, overlap, across, partner, place, step)
            if method == MEAN:
                _add(table[o, 3:5], clean, weight, partner, step, values[0], weights[0])
            else:
                _collect(table[o, 3:5], clean, weight, partner, step, values, weights, counts)
        _reduce(values, weights, counts, method, limit, scratch, mean[row], total[row])


@numba.njit(cache=True, nogil=True)
def average_stack(
    values: NDArray[np.float32], weights: NDArray[np.float32], method: int, limit: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Average tiles that lie on one grid, shape (ntiles, nrows, ncols); a weight of 0 takes no part."""
    others, nrows, ncols = values.shape
    mean, total = np.empty((nrows, ncols), dtype=np.float32), np.zeros((nrows, ncols), dtype=np.float32)
    own, own_weights = np.empty((others, ncols)), np.empty((others, ncols))
    counts, scratch = np.empty(ncols, dtype=np.int64), np.empty(others)
    for row in range(nrows):
        counts[:], own[0], own_weights[0] = 0, 0.0, 0.0
        for k in range(others):
            for col in range(ncols):
                value, weight = values[k, row, col], weights[k, row, col]
                if weight > 0 and method == MEAN:
                    own[0, col] += weight * value
                    own_weights[0, col] += weight
                elif weight > 0:
                    own[counts[col], col], own_weights[counts[col], col] = value, weight
                    counts[col] += 1
        _reduce(own, own_weights, counts, method, limit, scratch, mean[row], total[row])
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
    across, step = np.empty((2, entry[7])), np.empty(ncols)
    partner, place = np.empty(ncols, dtype=np.int64), np.empty((2, ncols), dtype=np.int64)
    size = ((entry[2] - entry[1]) // every + 1) * ((entry[4] - entry[3]) // every + 1)
    out, found = np.empty((size, 5)), 0
    for row in range(entry[1], entry[2], every):
        _look_up(row, layout, gradients, (entry, scale, nodes), across, partner, place, step)
        for col in range(entry[3], entry[4], every):
            if partner[col] < 0:
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
    for col in range(columns[0], columns[1]):
        both[0, col] = 0.0
        pixel, other = start + col, partner[col]
        if other < 0 or (every > 1 and pixel % every):
            continue
        w_i, w_j = weight[pixel], weight[other]
        if w_i > 0 and w_j > 0:
            both[0, col] = w_i * w_j / max(total[pixel] + w_i, w_i + w_j)
            both[1, col] = clean[pixel] - clean[other] - step[col]


@numba.njit(cache=True, nogil=True)
def _close(cell: Any, sw: float, sd: float, sa: float, sb: float) -> None:
    """Write weight, mean difference and mean places of a cell."""
    cell[0], cell[1], cell[2], cell[3] = sw, sd / sw, sa / sw, sb / sw


@numba.njit(cache=True, nogil=True)
def _add_row(
    columns: Any, both: Any, mine: Any, other: Any, places: Any, cells: Any, sums: Any, used: int, excess: Any
) -> int:
    """Add up a row of differences by the groups in both tiles; give the new number of cells."""
    one, two = -1, -1
    sw, sd, sa, sb = 0.0, 0.0, 0.0, 0.0
    for col in range(columns[0], columns[1]):
        w = both[0, col]
        if w == 0:
            continue
        if mine[col] != one or other[col] != two:
            if one >= 0:
                _close(sums[used], sw, sd, sa, sb)
                used += 1
            one, two = mine[col], other[col]
            cells[0, used], cells[1, used] = one, two
            sw, sd, sa, sb = 0.0, 0.0, 0.0, 0.0
        d, a, b = both[1, col], places[0, col], places[1, col]
        if sw > 0:
            # The sums of squares about the means of the cell, by what each pixel adds to them.
            share = w * sw / (sw + w)
            away_a, away_b, away_d = a - sa / sw, b - sb / sw, d - sd / sw
            excess[0] += share * away_a * away_a
            excess[1] += share * away_b * away_b
            excess[2] += share * away_a * away_b
            excess[3] += share * away_a * away_d
            excess[4] += share * away_b * away_d
        sw += w
        sd += w * d
        sa += w * a
        sb += w * b
    if one >= 0:
        _close(sums[used], sw, sd, sa, sb)
        used += 1
    return used


@numba.njit(cache=True, nogil=True)
def _groups_of_row(
    row: int, i: int, j: int, columns: Any, layout: Any, amplifier: Any, partner: Any, place: Any, out: Any
) -> None:
    """Write the groups of the pixels of a row and of their partners, and their places along rows, -1 to 1."""
    mine, other, places = out
    for col in range(columns[0], columns[1]):
        if partner[col] < 0:
            continue
        x, y = place[0, col], place[1, col]
        mine[col] = layout[i, 4] + row * layout[i, 5] + amplifier[layout[i, 6] + col]
        other[col] = layout[j, 4] + y * layout[j, 5] + amplifier[layout[j, 6] + x]
        places[0, col] = 2.0 * col / layout[i, 1] - 1.0
        places[1, col] = 2.0 * x / layout[j, 1] - 1.0


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
    ncols, columns = layout[i, 1], entry[3:5]
    across, step, both = np.empty((2, entry[7])), np.empty(ncols), np.empty((2, ncols))
    partner, place = np.empty(ncols, dtype=np.int64), np.empty((2, ncols), dtype=np.int64)
    mine, other = np.empty(ncols, dtype=np.int64), np.empty(ncols, dtype=np.int64)
    places, excess, used = np.empty((2, ncols)), np.zeros(5), 0
    cells, sums = np.empty((2, 4 * ncols), dtype=np.int32), np.empty((4 * ncols, 4), dtype=np.float32)
    for row in range(entry[1], entry[2]):
        if used + ncols > sums.shape[0]:
            longer = np.empty((2, 2 * sums.shape[0]), dtype=np.int32)
            longer_sums = np.empty((2 * sums.shape[0], 4), dtype=np.float32)
            longer[:, :used], longer_sums[:used] = cells[:, :used], sums[:used]
            cells, sums = longer, longer_sums
        _look_up(row, layout, gradients, (entry, scale, nodes), across, partner, place, step)
        _compare_row(layout[i, 2] + row * ncols, every, columns, clean, weight, total, partner, step, both)
        _groups_of_row(row, i, entry[0], columns, layout, amplifier, partner, place, (mine, other, places))
        used = _add_row(columns, both, mine, other, places, cells, sums, used, excess)
    return cells[:, :used].copy(), sums[:used].copy(), excess
