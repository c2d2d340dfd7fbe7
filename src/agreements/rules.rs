//! What makes an agreement and a measurement valid. Pure.

use chrono::{Months, NaiveDate};

use super::figure::Figure;
use super::indicator_model::IndicatorUnit;
use super::measurement_model::{AreaKind, MeasurementArea, Period};
use super::model::{AgreementParty, AgreementStage, PartyKind};
use super::status_rules::Goal;
use crate::places::{MunicipalityCode, Region, municipality, region};
use crate::platform::error::{Error, FieldError, Result};

/// How long an agreement is where nothing is said (HA-1).
const MONTHS: u32 = 48;

/// The last day of four years that begin on `from`.
#[must_use]
pub fn four_years(from: NaiveDate) -> NaiveDate {
    from.checked_add_months(Months::new(MONTHS))
        .and_then(|end| end.pred_opt())
        .unwrap_or(from)
}

/// The day in the middle of a period.
#[must_use]
pub fn midway(from: NaiveDate, to: NaiveDate) -> NaiveDate {
    from + chrono::Duration::days((to - from).num_days() / 2)
}

/// Where a period stands on a day.
#[must_use]
pub fn stage(from: NaiveDate, to: NaiveDate, today: NaiveDate) -> AgreementStage {
    if today < from {
        AgreementStage::Upcoming
    } else if today <= to {
        AgreementStage::Running
    } else {
        AgreementStage::Ended
    }
}

/// The region that an agreement is made in.
pub fn check_region(code: &str, from: NaiveDate) -> Result<&'static Region> {
    let found = region(code).ok_or_else(|| {
        Error::field(
            "/regionCode",
            "regionUnknown",
            "is the code of no region (GET /regions)",
        )
    })?;
    if found.is_valid_on(from) {
        Ok(found)
    } else {
        Err(Error::field(
            "/regionCode",
            "regionNotValid",
            "is of a region that does not exist when the period begins",
        ))
    }
}

/// The code of a region and of those that took over from it, in the order of time.
#[must_use]
pub fn line_of(code: &str) -> Vec<&'static str> {
    let mut line = Vec::new();
    let mut next = region(code);
    while let Some(found) = next {
        line.push(found.code.as_str());
        next = found.successor.as_deref().and_then(region);
    }
    line
}

/// The parties, each municipality once and in the agreement's region.
pub fn check_parties(
    parties: &[AgreementParty],
    own: &'static Region,
    from: NaiveDate,
) -> Result<()> {
    let mut wrong = Vec::new();
    for (index, party) in parties.iter().enumerate() {
        let pointer = || format!("/parties/{index}/municipalityCode");
        let Some(code) = party.municipality_code else {
            continue;
        };
        if party.kind != PartyKind::Municipality {
            wrong.push(FieldError::new(
                pointer(),
                "notMunicipality",
                "belongs to a municipality only",
            ));
        }
        if parties
            .iter()
            .take(index)
            .any(|other| other.municipality_code == Some(code))
        {
            wrong.push(FieldError::new(
                pointer(),
                "duplicateItem",
                "is named already",
            ));
        }
        let lies_in = municipality(code).and_then(|found| found.region_on(from));
        if lies_in != Some(own.comparable_on(from)) {
            wrong.push(FieldError::new(
                pointer(),
                "otherRegion",
                "lies in another region than the agreement's",
            ));
        }
    }
    Error::unless_empty(wrong)
}

/// The area of a measurement: one that exists in the whole period, so that no figure is half of one
/// region and half of its successor.
pub fn check_area(area: &MeasurementArea, period: Period) -> Result<()> {
    let wrong = |code, detail: &str| Err(Error::field("/area/code", code, detail));
    match area.kind {
        AreaKind::Region => match region(&area.code) {
            None => wrong("regionUnknown", "is the code of no region (GET /regions)"),
            Some(found) if !found.is_valid_on(period.from) || !found.is_valid_on(period.to) => {
                wrong(
                    "regionNotValid",
                    "is of a region that does not exist in the whole period: measure it up to a merger, and its successor from then on",
                )
            }
            Some(_) => Ok(()),
        },
        AreaKind::Municipality => match MunicipalityCode::parse(&area.code) {
            Ok(_) => Ok(()),
            Err(error) => wrong(error.code(), error.detail()),
        },
        AreaKind::Country => match area.code.as_str() {
            "DK" | "SE" => Ok(()),
            _ => wrong("countryUnknown", "must be DK or SE"),
        },
    }
}

/// A share in percent is of a whole.
fn beyond_whole(unit: IndicatorUnit, pointer: &str, value: Figure) -> Option<FieldError> {
    let whole = Figure::whole(0)..=Figure::whole(100);
    (unit == IndicatorUnit::Percent && !whole.contains(&value)).then(|| {
        FieldError::new(
            pointer,
            "outOfRange",
            "must lie between 0 and 100: a share in percent is of a whole",
        )
    })
}

/// What an indicator is judged by is in its unit.
pub fn check_goal(unit: IndicatorUnit, goal: &Goal) -> Result<()> {
    let figures = [
        ("/baseline/value", goal.baseline.map(|one| one.value)),
        ("/target/value", goal.target.map(|one| one.value)),
        ("/tolerance", Some(goal.tolerance)),
    ];
    let wrong: Vec<FieldError> = figures
        .into_iter()
        .filter_map(|(pointer, value)| beyond_whole(unit, pointer, value?))
        .collect();
    Error::unless_empty(wrong)
}

/// The value of a measurement, from what was sent.
pub fn value(
    unit: IndicatorUnit,
    numerator: Option<i64>,
    denominator: Option<i64>,
    value: Option<Figure>,
) -> Result<Figure> {
    match (numerator, denominator, value, unit.factor()) {
        (None, None, Some(value), _) => match beyond_whole(unit, "/value", value) {
            Some(wrong) => Err(Error::invalid(vec![wrong])),
            None => Ok(value),
        },
        (Some(_), Some(_), None, None) => Err(Error::field(
            "/denominator",
            "noRatio",
            "must not be sent: the indicator's unit is no ratio, send value",
        )),
        (Some(numerator), Some(denominator), None, Some(factor)) => {
            if unit == IndicatorUnit::Percent && numerator > denominator {
                return Err(Error::field(
                    "/numerator",
                    "exceedsDenominator",
                    "must not be larger than the denominator: a share in percent is of a whole",
                ));
            }
            Figure::ratio(numerator, denominator, factor)
                .ok_or_else(|| Error::field("/numerator", "tooLarge", "gives a value beyond 1e9"))
        }
        // The contract lets nothing else through.
        _ => Err(Error::field(
            "/value",
            "required",
            "is needed, or numerator and denominator",
        )),
    }
}

/// A measurement is of time that has passed.
pub fn check_past(period: Period, today: NaiveDate) -> Result<()> {
    if period.to <= today {
        Ok(())
    } else {
        Err(Error::field(
            "/periodTo",
            "inTheFuture",
            "must not lie in the future",
        ))
    }
}

/// The last day of the period that the next measurement is awaited for: so many months after the last
/// one, or after the agreement's beginning. The end of a month stays the end of a month.
#[must_use]
pub fn next_due(after: NaiveDate, months: i32) -> Option<NaiveDate> {
    let months = Months::new(u32::try_from(months).ok()?);
    match after.succ_opt()? {
        // Counted from the first of the next month.
        next if chrono::Datelike::day(&next) == 1 => next.checked_add_months(months)?.pred_opt(),
        _ => after.checked_add_months(months),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    #[test]
    fn ha_1_an_agreement_is_four_years() {
        assert_eq!(four_years(day("2024-01-01")), day("2027-12-31"));
        assert_eq!(four_years(day("2024-02-29")), day("2028-02-28"));
        assert_eq!(
            midway(day("2024-01-01"), day("2027-12-31")),
            day("2025-12-31")
        );
    }

    #[test]
    fn ha_1_stages_touch_and_do_not_overlap() {
        let on = |today: &str| stage(day("2024-01-01"), day("2027-12-31"), day(today));
        assert_eq!(on("2023-12-31"), AgreementStage::Upcoming);
        assert_eq!(on("2024-01-01"), AgreementStage::Running);
        assert_eq!(on("2027-12-31"), AgreementStage::Running);
        assert_eq!(on("2028-01-01"), AgreementStage::Ended);
    }

    #[test]
    fn places_no_figure_is_of_a_region_that_was_not_there() {
        let check = |code: &str, from: &str, to: &str| {
            let area = MeasurementArea {
                kind: AreaKind::Region,
                code: code.to_owned(),
            };
            check_area(
                &area,
                Period {
                    from: day(from),
                    to: day(to),
                },
            )
            .is_ok()
        };
        assert!(check("1085", "2026-10-01", "2026-12-31"));
        assert!(!check("1085", "2026-10-01", "2027-01-01"));
        assert!(!check("1085", "2027-01-01", "2027-03-31"));
        assert!(check("provisional-ostdanmark", "2027-01-01", "2027-03-31"));
        assert!(!check("provisional-ostdanmark", "2026-12-31", "2027-03-31"));
        assert!(!check("1", "2026-01-01", "2026-12-31"));
    }

    #[test]
    fn ha_2_a_value_is_sent_or_computed() {
        let percent = |a, b| value(IndicatorUnit::Percent, Some(a), Some(b), None).ok();
        assert_eq!(percent(792, 1000), Some(Figure::from_parts(792_000)));
        assert_eq!(percent(3, 2), None);
        let thousand = value(IndicatorUnit::PerThousand, Some(3), Some(2), None).ok();
        assert_eq!(thousand, Some(Figure::from_parts(15_000_000)));
        assert!(value(IndicatorUnit::Count, Some(3), Some(2), None).is_err());
        assert!(value(IndicatorUnit::Count, None, None, None).is_err());
    }

    #[test]
    fn ha_2_the_next_measurement_is_due_at_the_end_of_a_month() {
        assert_eq!(next_due(day("2025-12-31"), 3), Some(day("2026-03-31")));
        assert_eq!(next_due(day("2025-11-30"), 3), Some(day("2026-02-28")));
        assert_eq!(next_due(day("2026-02-28"), 1), Some(day("2026-03-31")));
        assert_eq!(next_due(day("2025-12-15"), 1), Some(day("2026-01-15")));
    }
}
