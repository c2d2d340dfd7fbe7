//! Hjertelinjen in the demo: a time book with free times for weeks ahead, a talk that was booked,
//! moved and cancelled, and one that is to come (HF-4, HF-6).

use chrono::Duration;
use serde_json::json;

use super::people::{FRESH, IN_COURSE, Person};
use super::{Loader, from};
use crate::bookings::{self, BookingId};
use crate::organisations::OrganisationId;
use crate::platform::error::{Error, Result};
use crate::programmes::ProgrammeId;
use crate::timetable::{self, Search, SlotId, TimeTypeId};

pub(super) fn tell(loader: &Loader, heart: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let member = loader.member(heart, "Grethe Prøve", "nurse")?;
    let kind = loader.at(loader.days_ago(30), heart, move |cx| {
        let new = from(json!({
            "programmeId": programme, "name": "Telefonsamtale 45", "publicName": "Samtale med Hjertelinjen",
            "minutes": 45, "channel": "telephone", "webVisible": true,
            "bookBeforeMinutes": 60, "moveBeforeMinutes": 120, "cancelBeforeMinutes": 60,
        }))?;
        Ok(timetable::create_time_type(cx, &new)?.id)
    })?;
    loader.at(loader.days_ago(29), heart, move |cx| {
        let new = from(json!({"programmeId": programme, "staffId": member, "name": "Hjertelinjen"}))?;
        let book = timetable::create_schedule(cx, &new)?.id;
        let window = |weekday| json!({"weekday": weekday, "from": "09:00", "to": "12:00", "timeTypeId": kind});
        let availability = from(json!({
            "weekly": [window("tuesday"), window("wednesday"), window("thursday")],
            "publicHolidaysOff": true,
        }))?;
        timetable::set_availability(cx, book, &availability).map(drop)
    })?;
    let first = book(loader, heart, programme, kind, &IN_COURSE)?;
    book(loader, heart, programme, kind, &FRESH)?;
    let other = free(loader, heart, programme, kind, 9)?;
    loader.at(loader.days_ago(2), heart, move |cx| {
        bookings::move_to(cx, first, &from(json!({"slotId": other}))?)
    })?;
    loader.at(loader.days_ago(1), heart, move |cx| {
        bookings::cancel(cx, first, &from(json!({"reason": "personUnavailable"}))?)
    })
}

/// The first free time at least so many days from today.
fn free(
    loader: &Loader,
    heart: OrganisationId,
    programme_id: ProgrammeId,
    kind: TimeTypeId,
    days: i64,
) -> Result<SlotId> {
    let from = loader.today + Duration::days(days);
    loader.at(loader.days_ago(3), heart, move |cx| {
        let search = Search {
            programme_id,
            time_type_id: Some(kind),
            schedule_id: None,
            volunteer_id: None,
            from: Some(from),
            to: None,
        };
        timetable::search(cx, &search, None, 1)?
            .first()
            .map(|slot| slot.id)
            .ok_or_else(|| Error::internal("the demo's time book has no free time"))
    })
}

/// A talk that somebody books on the line, two days from today or later.
fn book(
    loader: &Loader,
    heart: OrganisationId,
    programme: ProgrammeId,
    kind: TimeTypeId,
    person: &Person,
) -> Result<BookingId> {
    let slot = free(loader, heart, programme, kind, 2)?;
    let at = loader.days_ago(3);
    let details = json!({
        "patient": person.json(), "phase": "after",
        "consent": {"form": "oral", "givenAt": at},
        "note": "Vil gerne tale om tiden efter udskrivelsen.",
    });
    loader.at(at, heart, move |cx| {
        let id = bookings::hold(cx, &from(json!({"slotId": slot}))?)?;
        bookings::confirm(cx, id, &from(details.clone())?)?;
        Ok(id)
    })
}
