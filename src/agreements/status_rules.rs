//! How an indicator does: where it stands against its target, and which way it goes (HA-2). Pure.

use chrono::NaiveDate;

use super::figure::Figure;
use super::indicator_model::{
    IndicatorBaseline, IndicatorDirection, IndicatorStatus, IndicatorTarget, IndicatorTrend,
};

/// How many of the latest figures make the trend.
const TREND_OF: usize = 6;

/// What an indicator is judged by.
#[derive(Debug, Clone, Copy)]
pub struct Goal {
    /// Which way it should go.
    pub direction: IndicatorDirection,
    /// A difference that means nothing.
    pub tolerance: Figure,
    /// Where it began.
    pub baseline: Option<IndicatorBaseline>,
    /// Where it should get to.
    pub target: Option<IndicatorTarget>,
}

/// A figure at the last day of its period.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Point {
    /// The last day that it is of.
    pub on: NaiveDate,
    /// The figure.
    pub value: Figure,
}

impl Goal {
    /// How far a figure is from the target, in ten-thousandths: zero or less where it is reached.
    fn short_of(&self, target: Figure, value: Figure) -> i64 {
        let (target, value) = (target.parts(), value.parts());
        match self.direction {
            IndicatorDirection::Increase => target - value,
            IndicatorDirection::Decrease => value - target,
            IndicatorDirection::Hold => (value - target).abs() - self.tolerance.parts(),
        }
    }

    /// What the straight line from baseline to target says of a day; flat before and behind it.
    #[must_use]
    pub fn expected(&self, on: NaiveDate) -> Option<Figure> {
        let (baseline, target) = (self.baseline?, self.target?);
        let whole = (target.by - baseline.on).num_days();
        if whole <= 0 {
            return Some(target.value);
        }
        let passed = (on - baseline.on).num_days().clamp(0, whole);
        let (from, to) = (baseline.value.parts(), target.value.parts());
        let way = i128::from(to - from) * i128::from(passed) / i128::from(whole);
        Some(Figure::from_parts(from + i64::try_from(way).ok()?))
    }

    /// Where the latest figure stands against the target.
    #[must_use]
    pub fn status(&self, latest: Option<Point>) -> IndicatorStatus {
        let Some(target) = self.target else {
            return IndicatorStatus::NoTarget;
        };
        let Some(latest) = latest else {
            return IndicatorStatus::NotMeasured;
        };
        let short = self.short_of(target.value, latest.value);
        if short <= 0 {
            return IndicatorStatus::Reached;
        }
        if latest.on >= target.by {
            return IndicatorStatus::Missed;
        }
        match self.expected(latest.on) {
            None => IndicatorStatus::NotReached,
            Some(expected) => {
                let allowed = self.short_of(target.value, expected).max(0) + self.tolerance.parts();
                if short <= allowed {
                    IndicatorStatus::OnTrack
                } else {
                    IndicatorStatus::Behind
                }
            }
        }
    }

    /// Which way the latest figures go: the median of all slopes between two of them (Theil and Sen),
    /// which one odd figure does not turn around. `points` are in the order of time.
    #[must_use]
    pub fn trend(&self, points: &[Point]) -> IndicatorTrend {
        let last = points.get(points.len().saturating_sub(TREND_OF)..);
        let good: Option<Vec<(i64, i64)>> = last
            .unwrap_or_default()
            .iter()
            .map(|point| Some((days(point.on), self.goodness(point.value)?)))
            .collect();
        let Some(good) = good else {
            return IndicatorTrend::Unknown;
        };
        let (Some(first), Some(end)) = (good.first(), good.last()) else {
            return IndicatorTrend::Unknown;
        };
        let span = end.0 - first.0;
        let Some(slope) = median_slope(&good) else {
            return IndicatorTrend::Unknown;
        };
        #[expect(
            clippy::cast_precision_loss,
            reason = "days and figures are below 2^53"
        )]
        let (change, tolerance) = (slope * span as f64, self.tolerance.parts() as f64);
        // Half of the smallest part of a figure: nothing that could have been sent.
        if change.abs() <= tolerance.max(0.5) {
            IndicatorTrend::Steady
        } else if change > 0.0 {
            IndicatorTrend::Improving
        } else {
            IndicatorTrend::Worsening
        }
    }

    /// A number that grows with how good a figure is; nothing where there is nothing to judge by.
    fn goodness(&self, value: Figure) -> Option<i64> {
        match self.direction {
            IndicatorDirection::Increase => Some(value.parts()),
            IndicatorDirection::Decrease => Some(-value.parts()),
            IndicatorDirection::Hold => Some(-(value.parts() - self.target?.value.parts()).abs()),
        }
    }
}

fn days(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}

fn median_slope(points: &[(i64, i64)]) -> Option<f64> {
    let mut slopes = Vec::new();
    for (index, (day, value)) in points.iter().enumerate() {
        for (later, other) in points.iter().skip(index + 1) {
            if later > day {
                #[expect(
                    clippy::cast_precision_loss,
                    reason = "days and figures are below 2^53"
                )]
                slopes.push((other - value) as f64 / (later - day) as f64);
            }
        }
    }
    slopes.sort_by(f64::total_cmp);
    let upper = *slopes.get(slopes.len() / 2)?;
    if slopes.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = *slopes.get(slopes.len() / 2 - 1)?;
    Some(f64::midpoint(lower, upper))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn figure(value: i64) -> Figure {
        Figure::from_parts(value * 10_000)
    }

    fn goal(direction: IndicatorDirection, from: i64, to: i64) -> Goal {
        Goal {
            direction,
            tolerance: figure(1),
            baseline: Some(IndicatorBaseline {
                value: figure(from),
                on: day("2024-01-01"),
            }),
            target: Some(IndicatorTarget {
                value: figure(to),
                by: day("2028-01-01"),
            }),
        }
    }

    fn at(on: &str, value: i64) -> Point {
        Point {
            on: day(on),
            value: figure(value),
        }
    }

    #[test]
    fn ha_2_status_follows_the_direction() {
        use IndicatorDirection::{Decrease, Hold, Increase};
        use IndicatorStatus::{Behind, Missed, OnTrack, Reached};
        // Half-way on 31 December 2025: 80 of 60 to 100, 20 of 30 to 10.
        for (direction, from, to, on, value, status) in [
            (Increase, 60, 100, "2025-12-31", 80, OnTrack),
            (Increase, 60, 100, "2025-12-31", 78, Behind),
            (Increase, 60, 100, "2025-12-31", 100, Reached),
            (Increase, 60, 100, "2028-01-01", 99, Missed),
            (Increase, 60, 100, "2023-06-30", 60, OnTrack),
            (Decrease, 30, 10, "2025-12-31", 20, OnTrack),
            (Decrease, 30, 10, "2025-12-31", 22, Behind),
            (Decrease, 30, 10, "2025-12-31", 9, Reached),
            (Decrease, 30, 10, "2028-03-31", 11, Missed),
            (Hold, 50, 50, "2025-12-31", 51, Reached),
            (Hold, 50, 50, "2025-12-31", 49, Reached),
            (Hold, 50, 50, "2025-12-31", 53, Behind),
            (Hold, 50, 50, "2028-12-31", 40, Missed),
        ] {
            let latest = Some(at(on, value));
            let found = goal(direction, from, to).status(latest);
            assert_eq!(found, status, "{direction} {value} on {on}");
        }
    }

    #[test]
    fn ha_2_status_says_what_is_not_known() {
        let mut goal = goal(IndicatorDirection::Increase, 60, 100);
        assert_eq!(goal.status(None), IndicatorStatus::NotMeasured);
        goal.baseline = None;
        let latest = Some(at("2025-12-31", 80));
        assert_eq!(goal.status(latest), IndicatorStatus::NotReached);
        goal.target = None;
        assert_eq!(goal.status(latest), IndicatorStatus::NoTarget);
    }

    #[test]
    fn ha_2_trend_is_not_turned_by_one_odd_figure() {
        use IndicatorDirection::{Decrease, Hold, Increase};
        use IndicatorTrend::{Improving, Steady, Unknown, Worsening};
        let series = |values: &[i64]| -> Vec<Point> {
            let days = [
                "2024-03-31",
                "2024-06-30",
                "2024-09-30",
                "2024-12-31",
                "2025-03-31",
            ];
            days.iter()
                .zip(values)
                .map(|(on, value)| at(on, *value))
                .collect()
        };
        for (direction, values, trend) in [
            (Increase, &[60, 62, 64, 66, 68][..], Improving),
            (Increase, &[60, 62, 64, 66, 20], Improving),
            (Increase, &[68, 66, 64, 62, 60], Worsening),
            (Decrease, &[68, 66, 64, 62, 60], Improving),
            (Increase, &[60, 61, 60, 61, 60], Steady),
            (Hold, &[20, 30, 40, 90, 100], Improving),
            (Increase, &[60], Unknown),
            (Increase, &[], Unknown),
        ] {
            let found = goal(direction, 0, 100).trend(&series(values));
            assert_eq!(found, trend, "{direction} {values:?}");
        }
    }

    /// Better is a smaller number.
    fn rank(status: IndicatorStatus) -> u8 {
        match status {
            IndicatorStatus::Reached => 0,
            IndicatorStatus::OnTrack => 1,
            _ => 2,
        }
    }

    proptest! {
        #[test]
        fn ha_2_a_better_figure_never_stands_worse(
            from in -1000i64..1000, to in -1000i64..1000, value in -2000i64..2000, better in 0i64..500,
            passed in 0u64..2000, up: bool,
        ) {
            let direction = if up { IndicatorDirection::Increase } else { IndicatorDirection::Decrease };
            let goal = goal(direction, from, to);
            let on = day("2023-06-30") + chrono::Days::new(passed);
            let step = if up { better } else { -better };
            let status = |value| goal.status(Some(Point { on, value: figure(value) }));
            prop_assert!(rank(status(value + step)) <= rank(status(value)));
        }

        #[test]
        fn ha_2_the_expected_figure_lies_between(from in -1000i64..1000, to in -1000i64..1000, passed in 0u64..5000) {
            let goal = goal(IndicatorDirection::Increase, from, to);
            let expected = goal.expected(day("2020-01-01") + chrono::Days::new(passed)).unwrap();
            prop_assert!(expected >= figure(from.min(to)) && expected <= figure(from.max(to)));
        }

        #[test]
        fn ha_2_a_trend_turned_around_is_the_other_one(values in prop::collection::vec(-100i64..100, 0..9)) {
            let points = |sign: i64| -> Vec<Point> {
                values.iter().zip(0u64..).map(|(value, n)| Point {
                    on: day("2024-01-31") + chrono::Days::new(30 * n), value: figure(sign * value),
                }).collect()
            };
            let up = goal(IndicatorDirection::Increase, 0, 100).trend(&points(1));
            let down = goal(IndicatorDirection::Decrease, 0, 100).trend(&points(-1));
            prop_assert_eq!(up, down);
        }
    }
}
