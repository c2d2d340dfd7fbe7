//! Times made from availability: when it is set, when a time book is closed, when its owner goes
//! away or comes back, and by the clock job as the horizon moves on.

use std::collections::{HashMap, HashSet};

use chrono::{Duration, NaiveDate};

use super::availability::Availability;
use super::model::{Away, Schedule, ScheduleId, SlotId, SlotOrigin, TimeTypeId};
use super::requests::ScheduleChange;
use super::rules::{self, Existing, Pattern, Wanted};
use super::{schedules, slots, time_types};
use crate::bookings;
use crate::calendar::{local_date, start_of_day};
use crate::platform::app::Cx;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, Result};
use crate::platform::events::Event;
use crate::programmes::{self, Policy};
use crate::volunteers::{self, VolunteerId, VolunteerState};
use crate::waiting_list;

/// How far ahead a time can be entered by hand, in days.
pub const LONGEST_AHEAD: i64 = 800;

/// What the time book of a volunteer who has left is called.
const NOBODYS: &str = "–";

/// Sets the availability of a time book and makes its times anew (HF-6). Booked times stay.
pub fn set_availability(
    cx: &mut Cx<'_>,
    id: ScheduleId,
    availability: &Availability,
) -> Result<Schedule> {
    let mut schedule = schedules::find(cx, id)?;
    cx.request.expect_version(schedule.version)?;
    let mut wrong = rules::check(availability);
    let types = time_types::of_programme(cx, schedule.programme_id)?;
    for (pointer, named) in rules::named_types(availability) {
        if !types.iter().any(|kind| kind.id == named && kind.active) {
            let detail = "is no active time type of the time book's programme";
            wrong.push(FieldError::new(pointer, "notFound", detail));
        }
    }
    Error::unless_empty(wrong)?;
    schedule.availability = availability.clone();
    remake(cx, &mut schedule)?;
    schedules::save(cx, &mut schedule)?;
    cx.emit(&event("schedule.availabilityChanged", &schedule))?;
    Ok(schedule)
}

/// Changes a time book, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: ScheduleId, change: &ScheduleChange) -> Result<Schedule> {
    let mut schedule = schedules::find(cx, id)?;
    cx.request.expect_version(schedule.version)?;
    if let Some(name) = &change.name {
        if let Some(volunteer) = schedule.volunteer_id {
            schedules::check_name(name, &volunteers::find(cx, volunteer)?)?;
        }
        schedule.name = name.clone();
    }
    if let Some(active) = change.active
        && active != schedule.active
    {
        if let Some(volunteer) = schedule.volunteer_id.filter(|_| active)
            && volunteers::find(cx, volunteer)?.state == VolunteerState::Departed
        {
            return Err(Error::conflict("The volunteer of this time book has left."));
        }
        schedule.active = active;
        let now = cx.now;
        if active {
            bring_back(cx, &schedule, now)?;
        }
        remake(cx, &mut schedule)?;
        if !active {
            let all = Away {
                from: now,
                until: None,
            };
            take_away_fixed(cx, &schedule, all)?;
        }
    }
    schedules::save(cx, &mut schedule)?;
    cx.emit(&event("schedule.changed", &schedule))?;
    Ok(schedule)
}

fn event(kind: &'static str, schedule: &Schedule) -> Event {
    Event::new(kind, schedule.id).programme(schedule.programme_id)
}

/// Takes away the free times of a volunteer in `from..until`. Without an end the time books stay
/// open for the day she comes back; nothing is made until then.
pub fn send_away(cx: &mut Cx<'_>, volunteer: VolunteerId, away: Away) -> Result<()> {
    for mut schedule in schedules::of_volunteer(cx, volunteer)? {
        schedule.away.push(away);
        remake(cx, &mut schedule)?;
        take_away_fixed(cx, &schedule, away)?;
        schedules::save(cx, &mut schedule)?;
        cx.emit(&event("schedule.changed", &schedule))?;
    }
    Ok(())
}

/// Takes the free times by hand of a span away too: nothing is offered while the owner is away or
/// the time book closed. They are kept for the day it opens again.
fn take_away_fixed(cx: &mut Cx<'_>, schedule: &Schedule, span: Away) -> Result<()> {
    let booked = bookings::of_schedule(cx, schedule.id, span.from)?;
    for row in fixed(cx, schedule.id, span)? {
        let begun = row.starts_at < span.from;
        if !begun && row.is_open() && !booked.get(&row.id).copied().unwrap_or(false) {
            slots::drop_free(cx, row.id, true)?;
        }
    }
    Ok(())
}

/// The times in a span of a time book; where its owner is away, those entered or closed by hand and
/// booked ones are left.
fn fixed(cx: &mut Cx<'_>, schedule: ScheduleId, away: Away) -> Result<Vec<slots::Row>> {
    let until = away
        .until
        .unwrap_or_else(|| away.from + Duration::days(LONGEST_AHEAD));
    let begins = away.from + -Duration::days(1);
    let mut rows = slots::of_schedule(cx, schedule, begins, until)?;
    // What reaches into the span too.
    rows.retain(|row| away.from < row.ends_at);
    Ok(rows)
}

/// Closes the time books of a volunteer who has left, and forgets in them what was personal: the
/// name, when she could, when she was away. What was booked in them stays.
pub fn close_for_good(cx: &mut Cx<'_>, volunteer: VolunteerId) -> Result<()> {
    let now = cx.now;
    for mut schedule in schedules::of_volunteer(cx, volunteer)? {
        schedule.name = NOBODYS.into();
        schedule.active = false;
        schedule.availability = Availability::default();
        schedule.away = Vec::new();
        remake(cx, &mut schedule)?;
        let booked = bookings::of_schedule(cx, schedule.id, now)?;
        let offered = waiting_list::offered_in(cx, schedule.id, now)?;
        let all = Away {
            from: now,
            until: None,
        };
        for row in fixed(cx, schedule.id, all)? {
            if now < row.starts_at && !booked.get(&row.id).copied().unwrap_or(false) {
                let keep = booked.contains_key(&row.id) || offered.contains(&row.id);
                slots::drop_free(cx, row.id, keep)?;
            }
        }
        slots::forget_names(cx, schedule.id)?;
        schedules::save(cx, &mut schedule)?;
        cx.emit(&event("schedule.changed", &schedule))?;
    }
    Ok(())
}

/// Offers the times entered by hand again that went with a leave which does not cover them any
/// more, where nothing else stands in the time book then.
fn bring_back(cx: &mut Cx<'_>, schedule: &Schedule, from: Instant) -> Result<()> {
    for row in slots::sent_away(cx, schedule.id, from)? {
        let time = Wanted {
            starts_at: row.starts_at,
            ends_at: row.ends_at,
            time_type_id: row.time_type_id,
        };
        let span = Away {
            from: row.starts_at,
            until: Some(row.ends_at),
        };
        let is_free = fixed(cx, schedule.id, span)?.is_empty();
        if is_free && !rules::is_away(&schedule.away, &time) {
            slots::bring_back(cx, row.id)?;
        }
    }
    Ok(())
}

/// Makes a volunteer's times again from `from` on: back from leave earlier than planned, or back
/// after a leave without an end.
pub fn reopen_volunteer(cx: &mut Cx<'_>, volunteer: VolunteerId, from: Instant) -> Result<()> {
    for mut schedule in schedules::of_volunteer(cx, volunteer)? {
        schedule.away.retain(|away| away.from < from);
        for away in &mut schedule.away {
            if away.until.is_none_or(|until| from < until) {
                away.until = Some(from);
            }
        }
        bring_back(cx, &schedule, from)?;
        remake(cx, &mut schedule)?;
        schedules::save(cx, &mut schedule)?;
        cx.emit(&event("schedule.changed", &schedule))?;
    }
    Ok(())
}

/// Makes all times still to come anew, up to the horizon.
fn remake(cx: &mut Cx<'_>, schedule: &mut Schedule) -> Result<()> {
    let policy = programmes::find_of_controller(cx, schedule.programme_id)?.policy;
    let today = local_date(cx.now.utc(), schedule.zone()?);
    let until = rules::horizon(today, policy.booking.horizon_days).max(schedule.slots_until);
    make(cx, schedule, &policy, today, until)?;
    schedule.slots_until = until;
    Ok(())
}

/// Makes the times up to the horizon that are not made yet. Says whether there was anything to do.
pub fn extend(cx: &mut Cx<'_>, id: ScheduleId) -> Result<bool> {
    let mut schedule = schedules::find_any(cx, id)?;
    let policy = programmes::find_of_controller(cx, schedule.programme_id)?.policy;
    let today = local_date(cx.now.utc(), schedule.zone()?);
    let until = rules::horizon(today, policy.booking.horizon_days);
    let from = schedule.slots_until.max(today);
    if !schedule.active || until <= schedule.slots_until {
        return Ok(false);
    }
    let made = make(cx, &schedule, &policy, from, until)?;
    schedule.slots_until = until;
    schedules::set_slots_until(cx, &schedule)?;
    if made > 0 {
        cx.emit(&event("schedule.extended", &schedule))?;
    }
    Ok(true)
}

/// The times that there are between two instants, with those that reach in from the day before.
fn existing(
    cx: &mut Cx<'_>,
    schedule: ScheduleId,
    (begins, ends): (Instant, Instant),
    booked: &HashMap<SlotId, bool>,
) -> Result<Vec<Existing>> {
    let rows = slots::of_schedule(cx, schedule, begins + -Duration::days(1), ends)?;
    Ok(rows
        .into_iter()
        .filter(|row| begins < row.ends_at)
        .map(|row| Existing {
            id: row.id,
            time: Wanted {
                starts_at: row.starts_at,
                ends_at: row.ends_at,
                time_type_id: row.time_type_id,
            },
            // What reaches in from the day before is not for this to change.
            origin: if row.starts_at < begins {
                SlotOrigin::Manual
            } else {
                row.origin
            },
            state: row.state,
            booked: booked.get(&row.id).copied().unwrap_or(false),
            outside: row.outside_availability,
        })
        .collect())
}

/// Brings the times of some days into agreement with the availability, and says how many it made.
fn make(
    cx: &mut Cx<'_>,
    schedule: &Schedule,
    policy: &Policy,
    from: NaiveDate,
    until: NaiveDate,
) -> Result<usize> {
    let zone = schedule.zone()?;
    let minutes: HashMap<TimeTypeId, i32> = time_types::of_programme(cx, schedule.programme_id)?
        .into_iter()
        .filter(|kind| kind.active)
        .map(|kind| (kind.id, kind.minutes))
        .collect();
    let candidates = if schedule.active {
        rules::candidates(
            &Pattern {
                availability: &schedule.availability,
                away: &schedule.away,
                minutes: &minutes,
                zone,
                calendar: &policy.working_calendar()?,
            },
            from..until,
        )
    } else {
        Vec::new()
    };
    let begins = Instant::from(start_of_day(from, zone));
    let ends = Instant::from(start_of_day(until, zone));
    let booked = bookings::of_schedule(cx, schedule.id, begins)?;
    let existing = existing(cx, schedule.id, (begins, ends), &booked)?;
    let plan = rules::reconcile(&candidates, &existing, cx.now);
    if plan.add.len() > rules::MOST_TIMES {
        let detail = "makes more than 5,000 times up to the programme's horizon; choose fewer or longer ones";
        return Err(Error::field("/weekly", "tooManyTimes", detail));
    }
    let offered: HashSet<SlotId> = waiting_list::offered_in(cx, schedule.id, begins)?;
    for id in plan.drop {
        let keep = booked.contains_key(&id) || offered.contains(&id);
        slots::drop_free(cx, id, keep)?;
    }
    for (id, outside) in plan.mark {
        slots::mark(cx, id, outside)?;
    }
    for time in &plan.add {
        slots::insert_made(cx, schedule, *time)?;
    }
    Ok(plan.add.len())
}
