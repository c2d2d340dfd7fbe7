//! A group's meetings as iCalendar (RFC 5545): when, where and what they are called. One that was
//! cancelled stays with that status, so that a calendar which has read it takes it off.

use chrono::Duration;
use icalendar::{Calendar, Component, Event, EventLike, EventStatus};

use super::store;
use crate::platform::app::Cx;
use crate::platform::error::Result;
use crate::steering::{self, SteeringGroupId};

/// The meetings from a year ago on for two years to come.
pub fn of(cx: &mut Cx<'_>, id: SteeringGroupId) -> Result<String> {
    let (group, _) = steering::inside(cx, id)?;
    let span = (cx.now + -Duration::days(366), cx.now + Duration::days(732));
    let mut calendar = Calendar::new();
    calendar.name(group.name.as_str());
    calendar.timezone(group.policy.time_zone.as_str());
    for row in store::of_group(cx, group.id, span)? {
        let mut event = Event::new();
        event
            .uid(&row.id.to_string())
            .summary(&format!("{}: {}", group.name.as_str(), row.title))
            .starts(row.starts_at.utc())
            .ends(row.ends_at.utc())
            .timestamp(row.updated_at.utc())
            .sequence(u32::try_from(row.version).unwrap_or(0))
            .status(if row.cancelled_at.is_some() {
                EventStatus::Cancelled
            } else {
                EventStatus::Confirmed
            });
        if let Some(place) = &row.place {
            event.location(place);
        }
        calendar.push(event.done());
    }
    Ok(calendar.done().to_string())
}
