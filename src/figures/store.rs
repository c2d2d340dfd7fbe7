//! What is counted, from where it is known.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use chrono::{Datelike as _, Months, NaiveDate};

use super::model::{ActivityFigures, Dimension, FigureMet, Measure};
use super::report::{self, Category, Counted};
use super::table::Cell;
use crate::bookings::{self, HeldTalk};
use crate::calendar::local_date;
use crate::organisations::{self, OrganisationId};
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::text::Name;
use crate::programmes::{self, Programme, ProgrammeId};
use crate::wards;

/// What somebody wants to know.
#[derive(Debug, Clone)]
pub struct Question {
    /// Of which programme.
    pub programme_id: ProgrammeId,
    /// In which year.
    pub year: i32,
    /// Only this measure.
    pub measure: Option<Measure>,
    /// Grouped by what.
    pub group_by: Vec<Dimension>,
    /// Whether totals are wanted too.
    pub totals: bool,
}

/// The months of a year that are settled on `today`: the first day of the first of them, and the
/// first day after the last of them.
fn months_settled(year: i32, today: NaiveDate) -> Result<(NaiveDate, NaiveDate)> {
    let first = |year| {
        NaiveDate::from_ymd_opt(year, 1, 1)
            .ok_or_else(|| Error::field("?year", "tooLarge", "is no year of the calendar"))
    };
    let from = first(year)?;
    let unsettled = programmes::unsettled_from(today);
    Ok((from, first(year + 1)?.min(unsettled).max(from)))
}

/// Counts and suppresses a year, and answers the part that was asked for.
pub fn answer(cx: &mut Cx<'_>, question: &Question) -> Result<ActivityFigures> {
    let programme = programmes::find(cx, question.programme_id)
        .map_err(|error| error.referred("?programmeId"))?;
    let today = local_date(cx.now.utc(), programme.policy.time_zone()?);
    let (from, until) = months_settled(question.year, today)?;
    let policy = programme.policy.figures.clone();
    let mut items = Vec::new();
    for measure in Measure::ALL {
        if question.measure.is_some_and(|asked| asked != *measure) {
            continue;
        }
        let counted = counted(cx, *measure, &programme, from, until)?;
        let smallest = if measure.counts_talks() {
            policy.smallest_cell
        } else {
            policy.smallest_shift_cell
        };
        items.extend(report::figures(
            *measure,
            &counted,
            &question.group_by,
            question.totals,
            smallest,
        ));
    }
    let mut names: HashMap<OrganisationId, Name> = HashMap::new();
    for item in &mut items {
        if let Some(ward) = item.ward_id {
            let name = match names.entry(ward) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(place) => place.insert(organisations::find(cx, ward)?.name),
            };
            item.ward_name = Some(name.clone());
        }
    }
    let mut months = Vec::new();
    let mut month = from;
    while month < until {
        months.push(report::month_name(month));
        month = month.checked_add_months(Months::new(1)).unwrap_or(until);
    }
    Ok(ActivityFigures {
        programme_id: programme.id,
        year: question.year,
        months,
        group_by: question.group_by.clone(),
        smallest_cell: policy.smallest_cell,
        smallest_shift_cell: policy.smallest_shift_cell,
        items,
    })
}

fn cell(count: i64, minutes: i64) -> Cell {
    Cell {
        count: u64::try_from(count).unwrap_or_default(),
        minutes: u64::try_from(minutes).unwrap_or_default(),
    }
}

/// What was counted of a measure, with a category for each of its dimensions.
fn counted(
    cx: &mut Cx<'_>,
    measure: Measure,
    programme: &Programme,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Counted>> {
    Ok(match measure {
        Measure::WardTalks => wards::counted(cx, programme.id, from, until)?
            .into_iter()
            .map(|talks| Counted {
                categories: vec![
                    Category::Ward(talks.ward),
                    Category::Month(talks.month),
                    Category::Subtype(Some(talks.subtype).into()),
                    Category::Met(Some(talks.met).into()),
                    Category::Phase(Some(talks.phase).into()),
                ],
                cell: cell(talks.count, talks.minutes),
            })
            .collect(),
        Measure::WardShifts => wards::walked(cx, programme.id, from, until)?
            .into_iter()
            .map(|shift| Counted {
                categories: vec![Category::Ward(shift.ward), Category::Month(shift.month)],
                cell: cell(1, shift.minutes),
            })
            .collect(),
        Measure::ShiftTurns => wards::walked(cx, programme.id, from, until)?
            .into_iter()
            .flat_map(|shift| {
                shift.turns.into_iter().map(move |subtype| Counted {
                    categories: vec![
                        Category::Ward(shift.ward),
                        Category::Month(shift.month),
                        Category::Subtype(Some(subtype).into()),
                    ],
                    cell: cell(1, shift.minutes),
                })
            })
            .collect(),
        Measure::TelephoneTalks => telephone_talks(cx, programme, from, until)?,
    })
}

fn telephone_talks(
    cx: &mut Cx<'_>,
    programme: &Programme,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<Vec<Counted>> {
    let zone = programme.policy.time_zone()?;
    // What was recorded when its month was settled already changes no figure.
    let in_time = |talk: &HeldTalk| {
        let recorded = local_date(talk.recorded_at.utc(), zone);
        programmes::unsettled_from(recorded) <= talk.held_on
    };
    Ok(bookings::held_talks(cx, programme.id, zone, from, until)?
        .into_iter()
        .filter(in_time)
        .map(|talk| Counted {
            categories: vec![
                Category::Month(talk.held_on.with_day(1).unwrap_or(talk.held_on)),
                Category::Subtype(talk.acted_as.into()),
                Category::Met(match talk.with_relative {
                    Some(true) => FigureMet::Relative,
                    Some(false) => FigureMet::Patient,
                    None => FigureMet::NotStated,
                }),
                Category::Phase(talk.phase.into()),
            ],
            cell: cell(1, talk.minutes),
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hf_7_only_months_that_are_settled_are_counted() {
        let day = |text: &str| -> NaiveDate { text.parse().unwrap() };
        let over = |year, today| months_settled(year, day(today)).unwrap();
        assert_eq!(
            over(2026, "2026-03-31"),
            (day("2026-01-01"), day("2026-03-01"))
        );
        assert_eq!(
            over(2026, "2026-02-07"),
            (day("2026-01-01"), day("2026-01-01"))
        );
        assert_eq!(
            over(2026, "2026-02-08"),
            (day("2026-01-01"), day("2026-02-01"))
        );
        assert_eq!(
            over(2025, "2026-01-07"),
            (day("2025-01-01"), day("2025-12-01"))
        );
        assert_eq!(
            over(2025, "2026-03-31"),
            (day("2025-01-01"), day("2026-01-01"))
        );
        assert_eq!(
            over(2027, "2026-03-31"),
            (day("2027-01-01"), day("2027-01-01"))
        );
    }
}
