//! From what was counted to figures that may be shown. Pure.

use std::collections::BTreeSet;

use chrono::NaiveDate;

use super::model::{ActivityFigure, Dimension, FigureMet, FigurePhase, FigureSubtype, Measure};
use super::suppression::suppress;
use super::table::{Cell, Table};
use crate::organisations::OrganisationId;

/// One category of a dimension.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Category {
    /// A ward.
    Ward(OrganisationId),
    /// The first day of a month.
    Month(NaiveDate),
    /// A kind of supporter.
    Subtype(FigureSubtype),
    /// Who was met.
    Met(FigureMet),
    /// A phase.
    Phase(FigurePhase),
}

/// Something that was counted: a category for each dimension of the measure, in their order.
#[derive(Debug, Clone)]
pub struct Counted {
    /// Where it counts.
    pub categories: Vec<Category>,
    /// How many and how long.
    pub cell: Cell,
}

/// How a month is written.
#[must_use]
pub fn month_name(month: NaiveDate) -> String {
    month.format("%Y-%m").to_string()
}

/// The categories of each dimension, in order, and the counts in a table over them.
fn tabulate(counted: &[Counted], dimensions: usize) -> (Vec<Vec<Category>>, Table) {
    // Only categories in which something was counted: the others are known to be nothing, and
    // could hide nothing.
    let categories: Vec<Vec<Category>> = (0..dimensions)
        .map(|dimension| {
            let known: BTreeSet<Category> = counted
                .iter()
                .filter(|one| one.cell.count > 0)
                .filter_map(|one| one.categories.get(dimension).copied())
                .collect();
            known.into_iter().collect()
        })
        .collect();
    let mut table = Table::new(categories.iter().map(Vec::len).collect());
    for one in counted {
        let at: Option<Vec<usize>> = one
            .categories
            .iter()
            .zip(&categories)
            .map(|(category, known)| known.binary_search(category).ok())
            .collect();
        if let Some(at) = at {
            table.add(&at, one.cell);
        }
    }
    (categories, table)
}

/// The figures of one measure: grouped by what it has of `group_by`, and with `totals` by every
/// part of that too. A count that may not be shown is not in them.
#[must_use]
pub fn figures(
    measure: Measure,
    counted: &[Counted],
    group_by: &[Dimension],
    totals: bool,
    smallest: u32,
) -> Vec<ActivityFigure> {
    let dimensions = measure.dimensions();
    let (categories, table) = tabulate(counted, dimensions.len());
    let hidden = suppress(&table, u64::from(smallest));
    let mut found = Vec::new();
    for (place, hidden) in hidden.into_iter().enumerate() {
        let cell = table.cell(place);
        let at = table.at(place);
        // Grouped by exactly what was asked for, or with totals by less.
        let asked = dimensions.iter().enumerate().all(|(dimension, name)| {
            let total = at.get(dimension) == Some(&table.total(dimension));
            match group_by.contains(name) {
                true => totals || !total,
                false => total,
            }
        });
        if !asked || (cell.count == 0 && !hidden) {
            continue;
        }
        let mut figure = ActivityFigure {
            measure: Some(measure),
            suppressed: hidden,
            count: (!hidden).then_some(cell.count),
            minutes: (!hidden).then_some(cell.minutes),
            ..ActivityFigure::default()
        };
        for (known, index) in categories.iter().zip(&at) {
            match known.get(*index) {
                Some(Category::Ward(ward)) => figure.ward_id = Some(*ward),
                Some(Category::Month(month)) => figure.month = Some(month_name(*month)),
                Some(Category::Subtype(subtype)) => figure.subtype = Some(*subtype),
                Some(Category::Met(met)) => figure.met = Some(*met),
                Some(Category::Phase(phase)) => figure.phase = Some(*phase),
                // The total.
                None => {}
            }
        }
        found.push((at, figure));
    }
    found.sort_by(|(a, _), (b, _)| a.cmp(b));
    found.into_iter().map(|(_, figure)| figure).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::id::Id;

    fn month(number: u32) -> Category {
        Category::Month(NaiveDate::from_ymd_opt(2026, number, 1).unwrap())
    }

    fn counted(ward: OrganisationId, number: u32, count: u64) -> Counted {
        Counted {
            categories: vec![Category::Ward(ward), month(number)],
            cell: Cell {
                count,
                minutes: count * 60,
            },
        }
    }

    #[test]
    fn hf_7_figures_are_grouped_as_asked_and_what_is_nothing_is_left_out() {
        let (first, second) = (Id::new(), Id::new());
        let all = [
            counted(first, 1, 10),
            counted(first, 2, 20),
            counted(second, 2, 30),
            counted(second, 3, 0),
        ];
        let figures = |group_by: &[Dimension], totals| {
            super::figures(Measure::WardShifts, &all, group_by, totals, 1)
        };
        let counts = |figures: Vec<ActivityFigure>| -> Vec<u64> {
            figures.iter().filter_map(|one| one.count).collect()
        };
        assert_eq!(counts(figures(&[], false)), [60]);
        assert_eq!(counts(figures(&[Dimension::Ward], false)), [30, 30]);
        assert_eq!(counts(figures(&[Dimension::Month], false)), [10, 50]);
        let both = figures(&[Dimension::Ward, Dimension::Month], false);
        assert_eq!(both[0].month.as_deref(), Some("2026-01"));
        assert_eq!(counts(both), [10, 20, 30]);
        assert_eq!(counts(figures(&[Dimension::Month], true)), [10, 50, 60]);
        // A dimension that the measure does not have groups nothing.
        assert_eq!(counts(figures(&[Dimension::Phase], false)), [60]);
    }

    #[test]
    fn hf_7_a_suppressed_figure_holds_no_number() {
        let (first, second) = (Id::new(), Id::new());
        let all = [
            counted(first, 1, 3),
            counted(first, 2, 20),
            counted(second, 1, 30),
            counted(second, 2, 40),
        ];
        let by = [Dimension::Ward, Dimension::Month];
        for figure in figures(Measure::WardShifts, &all, &by, true, 5) {
            assert_eq!(figure.suppressed, figure.count.is_none());
            assert_eq!(figure.suppressed, figure.minutes.is_none());
            let detail = figure.ward_id.is_some() && figure.month.is_some();
            assert_eq!(figure.suppressed, detail, "{figure:?}");
        }
    }
}
