//! From availability to times, and what becomes of the times that are there already.
//!
//! Local times that do not exist (spring) make no time; of those that come twice (autumn) the
//! first counts. A time lasts as long as its type says, whatever the clock on the wall does, and
//! lies inside its window from the first to the last minute.

use std::collections::HashMap;
use std::ops::Range;

use chrono::{Days, Duration, LocalResult, NaiveDate, TimeZone as _, Utc};
use chrono_tz::Tz;

use super::availability::{Availability, TimeOfDay};
use super::model::{Away, SlotId, SlotOrigin, SlotState, TimeTypeId};
use crate::calendar::{DayKind, WorkingCalendar};
use crate::patients::PersonName;
use crate::platform::db::Instant;
use crate::platform::error::FieldError;

/// The most times that one change of a time book makes.
pub const MOST_TIMES: usize = 5_000;

/// A time that the availability has. They sort as they are preferred: the earlier, the shorter,
/// the one whose type was made first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Wanted {
    /// When it begins.
    pub starts_at: Instant,
    /// When it ends.
    pub ends_at: Instant,
    /// What kind of time.
    pub time_type_id: TimeTypeId,
}

impl Wanted {
    fn overlaps(&self, starts_at: Instant, ends_at: Instant) -> bool {
        self.starts_at < ends_at && starts_at < self.ends_at
    }
}

/// What times are made from.
#[derive(Debug)]
pub struct Pattern<'a> {
    /// When the owner can.
    pub availability: &'a Availability,
    /// When the owner is away all the same.
    pub away: &'a [Away],
    /// How long the times of each type are, in minutes. Windows of other types make none.
    pub minutes: &'a HashMap<TimeTypeId, i32>,
    /// The zone that local times are meant in.
    pub zone: Tz,
    /// The programme's holidays and closed days.
    pub calendar: &'a WorkingCalendar,
}

/// A time that is in the time book and still to come.
#[derive(Debug, Clone, Copy)]
pub struct Existing {
    /// Its id.
    pub id: SlotId,
    /// When it begins, when it ends, what kind of time.
    pub time: Wanted,
    /// Where it comes from.
    pub origin: SlotOrigin,
    /// What becomes of it.
    pub state: SlotState,
    /// Whether somebody has booked or holds it.
    pub booked: bool,
    /// Whether it is marked as outside the availability.
    pub outside: bool,
}

impl Existing {
    /// Entered or closed by hand: the availability leaves it alone.
    fn is_fixed(&self) -> bool {
        self.origin == SlotOrigin::Manual || self.state == SlotState::Closed
    }
}

/// What is to be done so that the times agree with the availability.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// Times to be made.
    pub add: Vec<Wanted>,
    /// Free times that the availability no longer has.
    pub drop: Vec<SlotId>,
    /// Booked times, and whether they are outside the availability from now on.
    pub mark: Vec<(SlotId, bool)>,
}

/// Everything that is wrong with an availability by itself.
#[must_use]
pub fn check(availability: &Availability) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    let mut order = |pointer: String, detail: &str| {
        wrong.push(FieldError::new(pointer, "order", detail));
    };
    for (index, window) in availability.weekly.iter().enumerate() {
        if window.to <= window.from {
            order(format!("/weekly/{index}/to"), "must be later than from");
        }
        if let (Some(from), Some(until)) = (window.valid_from, window.valid_until)
            && until < from
        {
            let detail = "must not be before validFrom";
            order(format!("/weekly/{index}/validUntil"), detail);
        }
    }
    for (index, off) in availability.days_off.iter().enumerate() {
        if off.to.is_some_and(|to| to < off.from) {
            order(format!("/daysOff/{index}/to"), "must not be before from");
        }
    }
    for (index, window) in availability.extra.iter().enumerate() {
        if window.to <= window.from {
            order(format!("/extra/{index}/to"), "must be later than from");
        }
    }
    wrong
}

/// The types that an availability names, and where.
pub fn named_types(availability: &Availability) -> impl Iterator<Item = (String, TimeTypeId)> {
    let weekly = availability
        .weekly
        .iter()
        .enumerate()
        .map(|(index, window)| (format!("/weekly/{index}/timeTypeId"), window.time_type_id));
    let extra = availability
        .extra
        .iter()
        .enumerate()
        .map(|(index, window)| (format!("/extra/{index}/timeTypeId"), window.time_type_id));
    weekly.chain(extra)
}

/// Every time that the windows have on these days, overlapping ones too, in the order in which
/// they are preferred.
#[must_use]
pub fn candidates(pattern: &Pattern<'_>, days: Range<NaiveDate>) -> Vec<Wanted> {
    let mut all = Vec::new();
    let mut date = days.start;
    while date < days.end {
        if !rests(pattern, date) {
            for window in &pattern.availability.weekly {
                if window.holds_on(date) {
                    let span = (window.from, window.to, window.time_type_id);
                    times_of(pattern, date, span, &mut all);
                }
            }
        }
        for window in &pattern.availability.extra {
            if window.date == date {
                let span = (window.from, window.to, window.time_type_id);
                times_of(pattern, date, span, &mut all);
            }
        }
        let Some(next) = date.succ_opt() else { break };
        date = next;
    }
    all.sort_unstable();
    all.dedup();
    all
}

fn rests(pattern: &Pattern<'_>, date: NaiveDate) -> bool {
    let off = pattern
        .availability
        .days_off
        .iter()
        .any(|off| off.from <= date && date <= off.to.unwrap_or(off.from));
    off || (pattern.availability.public_holidays_off
        && matches!(
            pattern.calendar.classify(date).kind,
            DayKind::PublicHoliday | DayKind::ClosedDay
        ))
}

/// The times of one window on one day, those in which the owner is away left out.
fn times_of(
    pattern: &Pattern<'_>,
    date: NaiveDate,
    (from, to, time_type_id): (TimeOfDay, TimeOfDay, TimeTypeId),
    into: &mut Vec<Wanted>,
) {
    let Some(minutes) = pattern.minutes.get(&time_type_id).copied() else {
        return;
    };
    let (Ok(step), Some(end)) = (u16::try_from(minutes), end_of(date, to, pattern.zone)) else {
        return;
    };
    let mut at = from.minutes();
    while step > 0 && at < to.minutes() {
        if let Some(starts_at) = start_of(date, TimeOfDay::from_minutes(at), pattern.zone) {
            let time = Wanted {
                starts_at,
                ends_at: starts_at + Duration::minutes(i64::from(minutes)),
                time_type_id,
            };
            if time.ends_at <= end && !is_away(pattern.away, &time) {
                into.push(time);
            }
        }
        at = at.saturating_add(step);
    }
}

/// Whether the owner is away in any part of a time.
#[must_use]
pub fn is_away(away: &[Away], time: &Wanted) -> bool {
    away.iter().any(|away| {
        away.from < time.ends_at && away.until.is_none_or(|until| time.starts_at < until)
    })
}

/// When a local time begins: the first of two, none in a gap.
fn start_of(date: NaiveDate, at: TimeOfDay, zone: Tz) -> Option<Instant> {
    match zone.from_local_datetime(&date.and_time(at.time()?)) {
        LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
            Some(Instant::from(at.with_timezone(&Utc)))
        }
        LocalResult::None => None,
    }
}

/// When a window ends: in a gap, where the gap begins.
fn end_of(date: NaiveDate, at: TimeOfDay, zone: Tz) -> Option<Instant> {
    let midnight = date.and_time(chrono::NaiveTime::MIN);
    (0..=24 * 60).find_map(|minutes| {
        let local = midnight + Duration::minutes(i64::from(at.minutes()) + minutes);
        match zone.from_local_datetime(&local) {
            LocalResult::Single(at) | LocalResult::Ambiguous(at, _) => {
                Some(Instant::from(at.with_timezone(&Utc)))
            }
            LocalResult::None => None,
        }
    })
}

/// Of the candidates those that stay beside each other and beside what is taken.
fn without_overlap(candidates: &[Wanted], taken: &[Wanted]) -> Vec<Wanted> {
    let mut taken = taken.to_vec();
    taken.sort_unstable();
    let mut chosen: Vec<Wanted> = Vec::new();
    let mut first = 0;
    for time in candidates {
        if chosen
            .last()
            .is_some_and(|last| time.starts_at < last.ends_at)
        {
            continue;
        }
        // What ends before this one begins, ends before all later ones.
        while taken
            .get(first)
            .is_some_and(|one| one.ends_at <= time.starts_at)
        {
            first += 1;
        }
        let free = taken
            .iter()
            .skip(first)
            .take_while(|one| one.starts_at < time.ends_at)
            .all(|one| !time.overlaps(one.starts_at, one.ends_at));
        if free {
            chosen.push(*time);
        }
    }
    chosen
}

/// What is to be done so that the times after `now` agree with the candidates. The result depends
/// on the candidates and on what is booked, entered or closed, not on how it came about.
#[must_use]
pub fn reconcile(candidates: &[Wanted], existing: &[Existing], now: Instant) -> Plan {
    let times = |keep: &dyn Fn(&Existing) -> bool| -> Vec<Wanted> {
        existing
            .iter()
            .filter(|one| one.state != SlotState::Dropped && keep(one))
            .map(|one| one.time)
            .collect()
    };
    let fixed = times(&Existing::is_fixed);
    // What has begun stays as it is.
    let kept = times(&|one| one.is_fixed() || one.booked || one.time.starts_at <= now);
    let regular = without_overlap(candidates, &fixed);
    let free = without_overlap(candidates, &kept);
    let mut plan = Plan::default();
    let mut there: Vec<Wanted> = Vec::new();
    for one in existing {
        if one.state == SlotState::Dropped || one.is_fixed() || one.time.starts_at <= now {
            continue;
        }
        if one.booked {
            let outside = regular.binary_search(&one.time).is_err();
            if outside != one.outside {
                plan.mark.push((one.id, outside));
            }
        } else if free.binary_search(&one.time).is_ok() {
            there.push(one.time);
        } else {
            plan.drop.push(one.id);
        }
    }
    there.sort_unstable();
    plan.add = free
        .into_iter()
        .filter(|time| time.starts_at > now && there.binary_search(time).is_err())
        .collect();
    plan
}

/// Whether a name of a time book names a person: a word of it is a part of the person's name, also
/// in the genitive. Time books are seen by more people than volunteers are.
#[must_use]
pub fn names(text: &str, person: &PersonName) -> bool {
    let words = |text: &str| -> Vec<String> {
        text.split(|c: char| !c.is_alphanumeric())
            .filter(|word| !word.is_empty())
            .map(str::to_lowercase)
            .collect()
    };
    let of_person = [person.given.as_str(), person.family.as_str()]
        .map(words)
        .concat();
    words(text).iter().any(|word| {
        of_person.contains(word)
            || word
                .strip_suffix('s')
                .is_some_and(|stem| of_person.iter().any(|part| part == stem))
    })
}

/// The first local day beyond the horizon.
#[must_use]
pub fn horizon(today: NaiveDate, days: u32) -> NaiveDate {
    today
        .checked_add_days(Days::new(u64::from(days)))
        .unwrap_or(today)
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
