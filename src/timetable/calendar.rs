//! A time book as iCalendar (RFC 5545): when and what kind of talk, never with whom.

use std::collections::HashMap;

use chrono::Duration;
use icalendar::{Calendar, Component, Event, EventLike};

use super::model::{ScheduleId, TimeType, TimeTypeId};
use super::{schedules, time_types};
use crate::bookings;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};

/// What is booked in a time book from a week ago on.
pub fn of(cx: &mut Cx<'_>, id: ScheduleId) -> Result<String> {
    let schedule = schedules::find(cx, id)?;
    let since = cx.now + -Duration::days(7);
    let mut calendar = Calendar::new();
    calendar.name(schedule.name.as_str());
    calendar.timezone(schedule.time_zone.as_str());
    let types: HashMap<TimeTypeId, TimeType> = time_types::of_programme(cx, schedule.programme_id)?
        .into_iter()
        .map(|kind| (kind.id, kind))
        .collect();
    for booked in bookings::confirmed_in(cx, id, since)? {
        let kind = types
            .get(&booked.time_type_id)
            .ok_or_else(|| Error::internal("a booked time without its type"))?;
        calendar.push(
            Event::new()
                .uid(&booked.id.to_string())
                .summary(kind.name.as_str())
                .starts(booked.starts_at.utc())
                .ends(booked.ends_at.utc())
                .timestamp(booked.updated_at.utc())
                .sequence(u32::try_from(booked.moves).unwrap_or(0))
                .done(),
        );
    }
    Ok(calendar.done().to_string())
}
