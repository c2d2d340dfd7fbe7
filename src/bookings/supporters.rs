//! Which supporters can take a talk at their times (HF-2, HF-3, HF-5): asked of one time when it is
//! booked, and of a page of times when free ones are looked for, so that what is shown can be had.

use std::collections::{HashMap, HashSet};

use chrono::{Datelike as _, Days, NaiveDate};
use chrono_tz::Tz;

use super::model::BookingId;
use super::queries::{self, Whose};
use super::rules;
use crate::calendar::local_date;
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::programmes::Programme;
use crate::timetable::{self, SlotId, SlotRow};
use crate::volunteers::{self, Supporting, VolunteerId};
use crate::wards::{self, Walk};

/// Whether a supporter can take a talk at a time of hers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// She can, or the time is nobody's.
    Can,
    /// Not active on that day, or on a ward shift then.
    Away,
    /// As many talks in that week as she takes.
    WeekFull,
}

/// What is known of the supporters of some times: with as many queries for a page as for one.
#[derive(Debug)]
pub struct Supporters {
    zone: Tz,
    known: HashMap<VolunteerId, Supporting>,
    walks: Vec<Walk>,
    /// Times with a talk, by supporter and the Monday of the week.
    talks: HashMap<(VolunteerId, NaiveDate), HashSet<SlotId>>,
}

impl Supporters {
    /// Those of these times of a programme. `moving` is a booking that moves and does not count.
    pub fn of(
        cx: &mut Cx<'_>,
        programme: &Programme,
        slots: &[SlotRow],
        moving: Option<BookingId>,
    ) -> Result<Self> {
        let zone = programme.policy.time_zone()?;
        let mut found = Self {
            zone,
            known: HashMap::new(),
            walks: Vec::new(),
            talks: HashMap::new(),
        };
        let hers = || slots.iter().filter(|slot| slot.volunteer_id.is_some());
        let (Some(first), Some(last)) = (
            hers().map(|slot| slot.starts_at).min(),
            hers().map(|slot| slot.ends_at).max(),
        ) else {
            return Ok(found);
        };
        let mut ids: Vec<VolunteerId> = hers().filter_map(|slot| slot.volunteer_id).collect();
        ids.sort_unstable();
        ids.dedup();
        found.known = volunteers::supporting(cx, &ids)?;
        found.walks = wards::walks_in(cx, programme.id, (first, last))?;
        let whose = match ids.as_slice() {
            [one] => Whose::Volunteer(*one),
            _ => Whose::Programme(programme.id),
        };
        let weeks = (
            begin_of(monday(first, zone), zone),
            begin_of(monday(last, zone) + Days::new(7), zone),
        );
        for talk in queries::live_talks(cx, whose, weeks)? {
            if Some(talk.booking) != moving {
                found
                    .talks
                    .entry((talk.volunteer, monday(talk.starts_at, zone)))
                    .or_default()
                    .insert(talk.slot);
            }
        }
        Ok(found)
    }

    /// Whether the supporter of this time can take a talk then.
    #[must_use]
    pub fn verdict(&self, slot: &SlotRow) -> Verdict {
        let Some(volunteer) = slot.volunteer_id else {
            return Verdict::Can;
        };
        let day = local_date(slot.starts_at.utc(), self.zone);
        let Some(known) = self.known.get(&volunteer) else {
            return Verdict::Away;
        };
        let walks = self.walks.iter().any(|walk| {
            walk.volunteer == volunteer
                && walk.starts_at < slot.ends_at
                && slot.starts_at < walk.ends_at
        });
        if walks || known.standing.require_active(day).is_err() {
            return Verdict::Away;
        }
        let week = (volunteer, monday(slot.starts_at, self.zone));
        // Another seat of the same time is the same talk.
        let others = self.talks.get(&week).map_or(0, |talks| {
            talks.iter().filter(|other| **other != slot.id).count()
        });
        match u32::try_from(others) {
            Ok(others) if others < known.capacity => Verdict::Can,
            _ => Verdict::WeekFull,
        }
    }
}

/// Whether the supporter of a time can take a talk then.
pub(super) fn can_take(
    cx: &mut Cx<'_>,
    slot: &SlotRow,
    programme: &Programme,
    moving: Option<BookingId>,
) -> Result<bool> {
    let supporters = Supporters::of(cx, programme, std::slice::from_ref(slot), moving)?;
    Ok(supporters.verdict(slot) == Verdict::Can)
}

/// Refuses a time whose supporter cannot take a talk then. Why a volunteer is away is not for
/// everybody who books.
pub(super) fn check_supporter(
    cx: &mut Cx<'_>,
    slot: &SlotRow,
    programme: &Programme,
    moving: Option<BookingId>,
) -> Result<()> {
    match Supporters::of(cx, programme, std::slice::from_ref(slot), moving)?.verdict(slot) {
        Verdict::Can => Ok(()),
        Verdict::Away => Err(rules::slot_taken()),
        Verdict::WeekFull => Err(Error::problem(
            ProblemCode::SlotTaken,
            "The volunteer has no talk left in that week. Look for another time.",
        )),
    }
}

/// How many talks each volunteer of a programme has in the ISO week (Monday to Sunday, the
/// programme's time zone) that `day` is in. Who has none is not in it.
pub fn load_in_week(
    cx: &mut Cx<'_>,
    programme: &Programme,
    day: NaiveDate,
) -> Result<HashMap<VolunteerId, u32>> {
    let zone = programme.policy.time_zone()?;
    let monday = monday_of(day);
    let week = (
        begin_of(monday, zone),
        begin_of(monday + Days::new(7), zone),
    );
    let mut times: HashMap<VolunteerId, HashSet<SlotId>> = HashMap::new();
    for talk in queries::live_talks(cx, Whose::Programme(programme.id), week)? {
        times.entry(talk.volunteer).or_default().insert(talk.slot);
    }
    Ok(times
        .into_iter()
        .map(|(volunteer, times)| (volunteer, u32::try_from(times.len()).unwrap_or(u32::MAX)))
        .collect())
}

fn monday_of(day: NaiveDate) -> NaiveDate {
    day - Days::new(u64::from(day.weekday().num_days_from_monday()))
}

fn monday(at: Instant, zone: Tz) -> NaiveDate {
    monday_of(local_date(at.utc(), zone))
}

fn begin_of(day: NaiveDate, zone: Tz) -> Instant {
    timetable::start_of_day(day, zone).into()
}
