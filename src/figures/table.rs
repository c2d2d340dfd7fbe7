//! Counts in every combination of categories, with all their totals. Pure.
//!
//! A table has dimensions (ward, month, …), each with a number of categories and, behind them, a
//! total. A coordinate names a category or the total of each dimension; a cell where no coordinate
//! is a total is a base cell, and every other cell is a sum of base cells.

/// What one cell holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Cell {
    /// How many.
    pub count: u64,
    /// How long they took together.
    pub minutes: u64,
}

/// Counts by category, with all totals.
#[derive(Debug, Clone)]
pub struct Table {
    sizes: Vec<usize>,
    strides: Vec<usize>,
    cells: Vec<Cell>,
}

impl Table {
    /// An empty table; `sizes` says how many categories each dimension has.
    #[must_use]
    pub fn new(sizes: Vec<usize>) -> Self {
        let mut strides = Vec::with_capacity(sizes.len());
        let mut length = 1;
        for size in &sizes {
            strides.push(length);
            length *= size + 1;
        }
        Self {
            sizes,
            strides,
            cells: vec![Cell::default(); length],
        }
    }

    /// How many dimensions it has.
    #[must_use]
    pub fn dimensions(&self) -> usize {
        self.sizes.len()
    }

    /// How many categories a dimension has: the coordinate of its total.
    #[must_use]
    pub fn total(&self, dimension: usize) -> usize {
        self.sizes.get(dimension).copied().unwrap_or_default()
    }

    /// How many cells it has, totals included.
    #[must_use]
    pub fn places(&self) -> usize {
        self.cells.len()
    }

    /// How far a step of one in a dimension leads.
    pub(super) fn stride(&self, dimension: usize) -> usize {
        self.strides.get(dimension).copied().unwrap_or_default()
    }

    /// The place of a coordinate.
    #[cfg(test)]
    pub fn place(&self, at: &[usize]) -> usize {
        at.iter()
            .zip(&self.strides)
            .map(|(coordinate, stride)| coordinate * stride)
            .sum()
    }

    /// The coordinate of a place.
    #[must_use]
    pub fn at(&self, place: usize) -> Vec<usize> {
        self.sizes
            .iter()
            .zip(&self.strides)
            .map(|(size, stride)| (place / stride) % (size + 1))
            .collect()
    }

    /// The cell at a place.
    #[must_use]
    pub fn cell(&self, place: usize) -> Cell {
        self.cells.get(place).copied().unwrap_or_default()
    }

    /// Counts `cell` at a base coordinate and in every total above it. A coordinate that the
    /// table does not have is not counted.
    pub fn add(&mut self, at: &[usize], cell: Cell) {
        let fits = at.len() == self.sizes.len()
            && at.iter().zip(&self.sizes).all(|(one, size)| one < size);
        if !fits {
            return;
        }
        for above in 0..(1_usize << self.sizes.len()) {
            let place: usize = at
                .iter()
                .zip(self.sizes.iter().zip(&self.strides))
                .enumerate()
                .map(|(dimension, (category, (size, stride)))| {
                    let summed = above & (1 << dimension) != 0;
                    stride * if summed { size } else { category }
                })
                .sum();
            if let Some(known) = self.cells.get_mut(place) {
                known.count += cell.count;
                known.minutes += cell.minutes;
            }
        }
    }

    /// In how many dimensions a place is a total.
    #[must_use]
    pub fn totals_of(&self, place: usize) -> u32 {
        self.at(place)
            .iter()
            .zip(&self.sizes)
            .map(|(coordinate, size)| u32::from(coordinate == size))
            .sum()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_total_is_the_sum_of_what_is_below_it() {
        let mut table = Table::new(vec![2, 3]);
        let cell = |count| Cell {
            count,
            minutes: count * 10,
        };
        table.add(&[0, 0], cell(1));
        table.add(&[0, 2], cell(2));
        table.add(&[1, 2], cell(4));
        table.add(&[2, 0], cell(9));
        let count = |at: &[usize]| table.cell(table.place(at)).count;
        assert_eq!(count(&[0, 3]), 3);
        assert_eq!(count(&[2, 2]), 6);
        assert_eq!(count(&[2, 3]), 7);
        assert_eq!(table.cell(table.place(&[2, 3])).minutes, 70);
        for place in 0..table.places() {
            assert_eq!(table.place(&table.at(place)), place);
        }
        assert_eq!(table.totals_of(table.place(&[2, 3])), 2);
    }
}
