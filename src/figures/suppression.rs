//! Which cells of a table are not shown, so that nobody can be told from a small count (HF-7).
//! Pure, and the same data give the same answer.
//!
//! A count from 1 up to the smallest that may be shown is hidden. That alone is not enough: the
//! total less what is shown gives the hidden cell away. So more cells are hidden, until every
//! hidden cell could be another number without any shown cell being different: the complement.
//!
//! How: a hidden cell is one corner of a box that takes two coordinates of each dimension. Where
//! both are categories, one more here is one less there, and the totals stay as they are; where one
//! of them is the total, it changes together with its category. All corners of the box are hidden.
//! Adding one at the base corners of even parity and taking one away at those of odd parity (or the
//! other way round) then gives another table of counts that nobody can tell from the true one, as
//! long as no count falls below nothing. Of all boxes for which that holds, the one that hides least
//! is taken (the hypercube method of statistical offices). There always is one: the box of all
//! totals.
//!
//! The table is suppressed as a whole, with every total of every combination, before anybody asks
//! for a part of it: answers to different questions cannot be played off against each other.

use std::cmp::Reverse;

use super::table::Table;

/// How many categories of one dimension are tried as the other side of a box. Beyond these few with
/// the smallest counts a box only hides more.
const TRIED: usize = 8;

/// For each place of the table whether it is hidden. Counts from 1 to `smallest` - 1 are; nothing
/// is where `smallest` is 0 or 1.
#[must_use]
pub fn suppress(table: &Table, smallest: u64) -> Vec<bool> {
    // What hiding a cell costs: a total says more than a detail does, beyond being larger. Nothing
    // where it is hidden already.
    let mut cost: Vec<u64> = (0..table.places())
        .map(|place| (table.cell(place).count + 1) << table.totals_of(place))
        .collect();
    let mut small: Vec<usize> = (0..table.places())
        .filter(|place| (1..smallest).contains(&table.cell(*place).count))
        .collect();
    // Totals first: the boxes that protect them cover the small cells they are made of.
    small.sort_by_key(|place| (Reverse(table.totals_of(*place)), *place));
    for place in small {
        if cost_of(&cost, place) == HIDDEN {
            continue;
        }
        for corner in best_box(table, &cost, place, smallest) {
            if let Some(one) = cost.get_mut(corner) {
                *one = HIDDEN;
            }
        }
    }
    cost.into_iter().map(|cost| cost == HIDDEN).collect()
}

/// The cost of a cell that is hidden.
const HIDDEN: u64 = 0;

fn cost_of(cost: &[u64], place: usize) -> u64 {
    cost.get(place).copied().unwrap_or(HIDDEN)
}

/// The two coordinates that a box takes of one dimension.
#[derive(Debug, Clone, Copy)]
struct Side {
    /// How far the place of the protected cell's coordinate is from the dimension's first one.
    own: usize,
    /// The same for the other coordinate.
    other: usize,
    /// Whether both are categories: one more here is one less there.
    alternates: bool,
    /// Whether the other one is the category and the protected cell's own is the total.
    other_is_base: bool,
}

/// What a box costs, and how far its cells can move: the cheaper the better, then the freer.
type Price = (u64, Reverse<u64>);

/// The corners of the box around `place` that hides least.
fn best_box(table: &Table, cost: &[u64], place: usize, smallest: u64) -> Vec<usize> {
    let options: Vec<Vec<Side>> = (0..table.dimensions())
        .map(|dimension| sides(table, cost, place, dimension))
        .collect();
    let mut chosen = vec![0_usize; options.len()];
    let mut best: Option<(Price, Vec<usize>)> = None;
    loop {
        let sides: Vec<Side> = options
            .iter()
            .zip(&chosen)
            .filter_map(|(options, index)| options.get(*index).copied())
            .collect();
        let bound = best.as_ref().map_or(u64::MAX, |((loss, _), _)| *loss);
        if let Some((loss, room)) = judge(table, cost, &sides, bound, smallest) {
            let key = (loss, Reverse(room));
            if best.as_ref().is_none_or(|(known, _)| key < *known) {
                best = Some((key, corners(&sides).map(|(corner, _)| corner).collect()));
            }
        }
        if !advance(&mut chosen, &options) {
            break;
        }
    }
    best.map_or_else(|| vec![place], |(_, corners)| corners)
}

/// The next combination, as a counter with a wheel for each dimension.
fn advance(chosen: &mut [usize], options: &[Vec<Side>]) -> bool {
    for (wheel, options) in chosen.iter_mut().zip(options) {
        *wheel += 1;
        if *wheel < options.len() {
            return true;
        }
        *wheel = 0;
    }
    false
}

/// What a box may take of one dimension, the cheapest first.
fn sides(table: &Table, cost: &[u64], place: usize, dimension: usize) -> Vec<Side> {
    let (stride, total) = (table.stride(dimension), table.total(dimension));
    let own = (place / stride) % (total + 1);
    let rest = place - own * stride;
    let mut others: Vec<usize> = (0..total).filter(|other| *other != own).collect();
    others.sort_by_key(|other| {
        let neighbour = rest + other * stride;
        (
            table.cell(neighbour).count == 0,
            cost_of(cost, neighbour),
            *other,
        )
    });
    others.truncate(TRIED);
    let is_total = own == total;
    let mut sides: Vec<Side> = others
        .into_iter()
        .map(|other| Side {
            own: own * stride,
            other: other * stride,
            alternates: !is_total,
            other_is_base: is_total,
        })
        .collect();
    if !is_total {
        sides.push(Side {
            own: own * stride,
            other: total * stride,
            alternates: false,
            other_is_base: false,
        });
    }
    sides
}

/// Every corner: its place, and for a base corner whether it goes down where the protected cell
/// goes up.
fn corners(sides: &[Side]) -> impl Iterator<Item = (usize, Option<bool>)> + '_ {
    (0..1_usize << sides.len()).map(|corner| {
        let (mut place, mut base, mut down) = (0, true, false);
        for (dimension, side) in sides.iter().enumerate() {
            let other = corner & (1 << dimension) != 0;
            place += if other { side.other } else { side.own };
            if side.alternates {
                down ^= other;
            } else {
                base &= other == side.other_is_base;
            }
        }
        (place, base.then_some(down))
    })
}

/// What hiding a box costs, and how far its cells can move; none where they cannot, or where it
/// costs more than `bound`.
fn judge(
    table: &Table,
    cost: &[u64],
    sides: &[Side],
    bound: u64,
    smallest: u64,
) -> Option<(u64, u64)> {
    let mut loss = 0_u64;
    // Where no corner goes down, the cells can grow as far as one likes.
    let (mut up, mut down) = (smallest, smallest);
    for (place, moves) in corners(sides) {
        loss = loss.saturating_add(cost_of(cost, place));
        if loss > bound {
            return None;
        }
        match moves {
            Some(true) => up = up.min(table.cell(place).count),
            Some(false) => down = down.min(table.cell(place).count),
            None => {}
        }
    }
    let room = (up + down).min(smallest);
    (room > 0).then_some((loss, room))
}

#[cfg(test)]
#[path = "suppression_tests.rs"]
mod tests;
