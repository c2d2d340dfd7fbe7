//! Figures of regions across a merger: what was measured in the regions that were is added up to the
//! size of the region that is, so that years before and after 1 January 2027 can be compared. Pure.

use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;

use super::figure::Figure;
use super::indicator_model::IndicatorUnit;
use super::measurement_model::{
    AreaKind, ComparableFigure, IncomparableReason, Measurement, Period, RegionSeries,
};
use super::status_rules::Point;
use crate::places::{Region, region, regions};

/// The figures of every measured region, each at the size that it has on `on`.
#[must_use]
pub fn compare(measured: &[Measurement], unit: IndicatorUnit, on: NaiveDate) -> Vec<RegionSeries> {
    let mut wholes: BTreeSet<&str> = BTreeSet::new();
    for measurement in measured {
        if measurement.area.kind == AreaKind::Region
            && let Some(own) = region(&measurement.area.code)
        {
            wholes.insert(own.comparable_on(on).code.as_str());
        }
    }
    wholes
        .into_iter()
        .filter_map(region)
        .map(|whole| RegionSeries {
            region_code: whole.code.clone(),
            region_name: whole.name.clone(),
            figures: figures_of(whole, measured, unit, on),
        })
        .collect()
}

/// The figures of one region at the size that it has on `on`, the earliest first.
#[must_use]
pub fn figures_of(
    whole: &'static Region,
    measured: &[Measurement],
    unit: IndicatorUnit,
    on: NaiveDate,
) -> Vec<ComparableFigure> {
    let mut periods: BTreeMap<(NaiveDate, NaiveDate), Vec<&Measurement>> = BTreeMap::new();
    for measurement in measured {
        let belongs = measurement.area.kind == AreaKind::Region
            && region(&measurement.area.code)
                .is_some_and(|own| own.comparable_on(on).code == whole.code);
        if belongs {
            periods
                .entry((measurement.period_to, measurement.period_from))
                .or_default()
                .push(measurement);
        }
    }
    periods
        .into_iter()
        .map(|((to, from), parts)| sum(whole, Period { from, to }, &parts, unit, on))
        .collect()
}

/// One figure from its parts.
fn sum(
    whole: &Region,
    period: Period,
    parts: &[&Measurement],
    unit: IndicatorUnit,
    on: NaiveDate,
) -> ComparableFigure {
    let measured: BTreeSet<&str> = parts.iter().map(|part| part.area.code.as_str()).collect();
    let missing: Vec<String> = regions()
        .iter()
        .filter(|part| part.is_valid_on(period.to) && part.comparable_on(on).code == whole.code)
        .filter(|part| !measured.contains(part.code.as_str()))
        .map(|part| part.code.clone())
        .collect();
    let total = |of: fn(&Measurement) -> Option<i64>| {
        parts
            .iter()
            .map(|part| of(part))
            .try_fold(0_i64, |sum, part| sum.checked_add(part?))
    };
    let mut figure = ComparableFigure {
        period_from: period.from,
        period_to: period.to,
        value: None,
        numerator: None,
        denominator: None,
        parts: measured.into_iter().map(str::to_owned).collect(),
        missing,
        reason: None,
    };
    if !figure.missing.is_empty() {
        figure.reason = Some(IncomparableReason::MissingRegion);
        return figure;
    }
    figure.numerator = total(|part| part.numerator);
    figure.denominator = total(|part| part.denominator);
    figure.value = match (parts, unit.factor()) {
        // Nothing to add up: it is what was measured.
        ([only], _) => Some(only.value),
        (_, None) => parts
            .iter()
            .try_fold(Figure::default(), |sum, part| sum.plus(part.value)),
        (_, Some(factor)) => match (figure.numerator, figure.denominator) {
            (Some(numerator), Some(denominator)) => Figure::ratio(numerator, denominator, factor),
            _ => None,
        },
    };
    if figure.value.is_none() {
        figure.reason = Some(IncomparableReason::NoDenominator);
    }
    figure
}

/// The region whose figures an agreement is judged by, and those figures: the agreement's own region,
/// at the size that it has on the last day that was measured. Once the merged region is measured,
/// everything is counted at its size.
#[must_use]
pub fn main_series(
    own: &'static Region,
    measured: &[Measurement],
    unit: IndicatorUnit,
) -> (&'static Region, Vec<Point>) {
    let last = measured
        .iter()
        .filter(|measurement| measurement.area.kind == AreaKind::Region)
        .filter(|measurement| {
            region(&measurement.area.code).is_some_and(|area| is_own_or_later(own, area))
        })
        .map(|measurement| measurement.period_to)
        .max();
    let Some(last) = last else {
        return (own, Vec::new());
    };
    let whole = own.comparable_on(last);
    let points = figures_of(whole, measured, unit, last)
        .into_iter()
        .filter_map(|figure| {
            Some(Point {
                on: figure.period_to,
                value: figure.value?,
            })
        })
        .collect();
    (whole, points)
}

/// Whether `area` is the region or one that took over from it.
fn is_own_or_later(own: &'static Region, area: &Region) -> bool {
    area.code == own.code
        || area
            .valid_from
            .is_some_and(|from| own.comparable_on(from).code == area.code)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::measurement_model::MeasurementArea;
    use super::*;
    use crate::platform::db::Instant;
    use crate::platform::id::Id;

    const HOVEDSTADEN: &str = "1084";
    const SJAELLAND: &str = "1085";
    const OSTDANMARK: &str = "provisional-ostdanmark";

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn of_year(code: &str, year: i32, ratio: Option<(i64, i64)>, value: i64) -> Measurement {
        Measurement {
            id: Id::new(),
            indicator_id: Id::new(),
            programme_id: Id::new(),
            area: MeasurementArea {
                kind: AreaKind::Region,
                code: code.to_owned(),
            },
            period_from: NaiveDate::from_ymd_opt(year, 1, 1).unwrap(),
            period_to: NaiveDate::from_ymd_opt(year, 12, 31).unwrap(),
            numerator: ratio.map(|ratio| ratio.0),
            denominator: ratio.map(|ratio| ratio.1),
            value: ratio.map_or(Figure::from_parts(value * 10_000), |(part, whole)| {
                Figure::ratio(part, whole, 100).unwrap()
            }),
            note: None,
            version: 1,
            created_at: Instant::from_micros(0),
            updated_at: Instant::from_micros(0),
        }
    }

    #[test]
    fn places_figures_before_the_merger_are_added_up_to_its_size() {
        let measured = [
            of_year(HOVEDSTADEN, 2026, Some((300, 400)), 0),
            of_year(SJAELLAND, 2026, Some((50, 100)), 0),
            of_year(OSTDANMARK, 2027, Some((380, 500)), 0),
        ];
        let merged = compare(&measured, IndicatorUnit::Percent, day("2027-06-30"));
        assert_eq!(merged.len(), 1);
        assert_eq!(merged[0].region_code, OSTDANMARK);
        let values: Vec<_> = merged[0]
            .figures
            .iter()
            .map(|figure| figure.value)
            .collect();
        // 350 of 500, and not the mean of 75 and 50.
        assert_eq!(
            values,
            [Figure::ratio(70, 100, 100), Figure::ratio(76, 100, 100)]
        );
        assert_eq!(merged[0].figures[0].parts, [HOVEDSTADEN, SJAELLAND]);
        let before = compare(&measured, IndicatorUnit::Percent, day("2026-12-31"));
        let codes: Vec<&str> = before.iter().map(|series| &*series.region_code).collect();
        assert_eq!(codes, [HOVEDSTADEN, SJAELLAND, OSTDANMARK]);
    }

    #[test]
    fn places_half_of_a_merged_region_is_no_figure_of_it() {
        let half = [of_year(SJAELLAND, 2026, Some((50, 100)), 0)];
        let merged = compare(&half, IndicatorUnit::Percent, day("2027-01-01"));
        assert_eq!(merged[0].figures[0].value, None);
        assert_eq!(merged[0].figures[0].missing, [HOVEDSTADEN]);
        assert_eq!(
            merged[0].figures[0].reason,
            Some(IncomparableReason::MissingRegion)
        );
        // On its own, before the merger, it is.
        let alone = compare(&half, IndicatorUnit::Percent, day("2026-12-31"));
        assert_eq!(alone[0].figures[0].value, Figure::ratio(1, 2, 100));
    }

    #[test]
    fn places_shares_without_denominators_are_not_averaged_and_counts_are_added() {
        let measured = [
            of_year(HOVEDSTADEN, 2026, None, 75),
            of_year(SJAELLAND, 2026, None, 50),
        ];
        let on = day("2027-01-01");
        let shares = compare(&measured, IndicatorUnit::Percent, on);
        assert_eq!(shares[0].figures[0].value, None);
        assert_eq!(
            shares[0].figures[0].reason,
            Some(IncomparableReason::NoDenominator)
        );
        let counts = compare(&measured, IndicatorUnit::Count, on);
        assert_eq!(
            counts[0].figures[0].value,
            Some(Figure::from_parts(1_250_000))
        );
    }

    #[test]
    fn places_an_agreement_is_judged_at_the_merged_size_once_that_is_measured() {
        let own = region(SJAELLAND).unwrap();
        let mut measured = vec![
            of_year(SJAELLAND, 2025, Some((48, 100)), 0),
            of_year(SJAELLAND, 2026, Some((50, 100)), 0),
        ];
        let (whole, points) = main_series(own, &measured, IndicatorUnit::Percent);
        assert_eq!((&*whole.code, points.len()), (SJAELLAND, 2));
        measured.push(of_year(HOVEDSTADEN, 2026, Some((300, 400)), 0));
        measured.push(of_year(OSTDANMARK, 2027, Some((380, 500)), 0));
        let (whole, points) = main_series(own, &measured, IndicatorUnit::Percent);
        // 2025 was not measured in Hovedstaden: it is no figure of the merged region.
        assert_eq!((&*whole.code, points.len()), (OSTDANMARK, 2));
        // Another region's measurements change nothing.
        let other = [of_year(HOVEDSTADEN, 2026, Some((300, 400)), 0)];
        assert_eq!(main_series(own, &other, IndicatorUnit::Percent).1, []);
    }

    proptest! {
        #[test]
        fn places_counts_are_the_same_before_and_after(
            rows in prop::collection::vec((0i64..1000, 0i64..1000), 1..5),
        ) {
            let measured: Vec<Measurement> = rows.iter().zip(2022..).flat_map(|((a, b), year)| [
                of_year(HOVEDSTADEN, year, None, *a), of_year(SJAELLAND, year, None, *b),
            ]).collect();
            let sum_on = |on: &str| -> i64 {
                compare(&measured, IndicatorUnit::Count, day(on)).iter()
                    .flat_map(|series| &series.figures)
                    .map(|figure| figure.value.unwrap().parts()).sum()
            };
            prop_assert_eq!(sum_on("2026-12-31"), sum_on("2027-01-01"));
        }
    }
}
