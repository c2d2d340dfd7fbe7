//! Times entered, closed and renamed by hand.

use diesel::prelude::*;

use super::generate::LONGEST_AHEAD;
use super::model::{Schedule, Slot, SlotId, SlotOrigin, SlotState};
use super::requests::{NewSlot, SlotChange};
use super::rules::{Wanted, is_away};
use super::slots::{Row, find, find_own_row, insert, of_schedule, refresh};
use super::{schedules, time_types};
use crate::bookings;
use crate::platform::app::Cx;
use crate::platform::db::schema::slots;
use crate::platform::error::{Error, Result};
use crate::platform::events::Event;

/// Enters a time by hand.
pub fn create(cx: &mut Cx<'_>, new: &NewSlot) -> Result<Slot> {
    let schedule =
        schedules::find(cx, new.schedule_id).map_err(|error| error.referred("/scheduleId"))?;
    let kind =
        time_types::find(cx, new.time_type_id).map_err(|error| error.referred("/timeTypeId"))?;
    if kind.programme_id != schedule.programme_id || !kind.active {
        let detail = "is no active time type of the time book's programme";
        return Err(Error::field("/timeTypeId", "otherProgramme", detail));
    }
    if new.starts_at <= cx.now {
        return Err(Error::field("/startsAt", "past", "must be in the future"));
    }
    if cx.now + chrono::Duration::days(LONGEST_AHEAD) < new.starts_at {
        let detail = "must be within 800 days";
        return Err(Error::field("/startsAt", "tooFar", detail));
    }
    let time = Wanted {
        starts_at: new.starts_at,
        ends_at: new.starts_at + chrono::Duration::minutes(i64::from(kind.minutes)),
        time_type_id: kind.id,
    };
    check_there(&schedule, &time)?;
    let day = chrono::Duration::days(1);
    let near = of_schedule(cx, schedule.id, time.starts_at + -day, time.ends_at)?;
    if near.iter().any(|row| time.starts_at < row.ends_at) {
        return Err(Error::conflict(
            "Another time of this time book is then, open or closed.",
        ));
    }
    let mut row = Row::new(cx, &schedule, time, SlotOrigin::Manual);
    row.seats = new.seats;
    row.web_visible = new.web_visible;
    row.public_name = new
        .public_name
        .as_ref()
        .map(|name| name.as_str().to_owned());
    insert(cx, &row)?;
    cx.emit(&Event::new("slot.created", row.id).programme(row.programme_id))?;
    find(cx, row.id)
}

/// Refuses a time in a closed time book, and one whose owner is away then.
fn check_there(schedule: &Schedule, time: &Wanted) -> Result<()> {
    if !schedule.active {
        return Err(Error::conflict("The time book is closed."));
    }
    if is_away(&schedule.away, time) {
        return Err(Error::conflict("The owner of the time book is away then."));
    }
    Ok(())
}

/// Changes what the public sees of a time, or closes and opens it (HAL-2).
pub fn change(cx: &mut Cx<'_>, id: SlotId, change: &SlotChange) -> Result<Slot> {
    let mut row = find_own_row(cx, id)?;
    cx.request.expect_version(row.version)?;
    if let Some(visible) = change.web_visible {
        row.web_visible = visible;
    }
    if let Some(name) = &change.public_name {
        row.public_name = name.as_ref().map(|name| name.as_str().to_owned());
    }
    match (change.closed, row.state) {
        (None, _) | (Some(true), SlotState::Closed) | (Some(false), SlotState::Open) => {}
        (Some(_), SlotState::Dropped) => {
            return Err(Error::state(
                "The time is no longer in the availability.",
                row.state,
                Vec::<String>::new(),
            ));
        }
        (Some(true), _) if !bookings::seats(cx, id)?.is_empty() => {
            return Err(Error::conflict(
                "Somebody has booked the time: cancel or move the booking first.",
            ));
        }
        (Some(true), _) => row.state = SlotState::Closed,
        (Some(false), _) => {
            let schedule = schedules::find(cx, row.schedule_id)?;
            check_there(
                &schedule,
                &Wanted {
                    starts_at: row.starts_at,
                    ends_at: row.ends_at,
                    time_type_id: row.time_type_id,
                },
            )?;
            row.state = SlotState::Open;
        }
    }
    let now = cx.now;
    diesel::update(slots::table.find(id))
        .set((
            slots::web_visible.eq(row.web_visible),
            slots::public_name.eq(row.public_name),
            slots::state.eq(row.state),
            slots::version.eq(row.version + 1),
            slots::updated_at.eq(now),
        ))
        .execute(cx.conn())?;
    refresh(cx, id)?;
    cx.emit(&Event::new("slot.changed", id).programme(row.programme_id))?;
    find(cx, id)
}
