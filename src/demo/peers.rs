//! What Hjerteforeningen's volunteers do in the demo: half a year of ward shifts with counted talks
//! (HF-3), telephone talks that were booked, moved and cancelled (HF-4, HF-6), feedback (HF-7).

use chrono::Duration;
use serde_json::{Value, json};

use super::heart::Association;
use super::{Loader, from};
use crate::bookings::{self, BookingId};
use crate::feedback;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::timetable::{self, ScheduleId, SlotId, TimeTypeId};
use crate::volunteers::VolunteerId;
use crate::wards::{self, WardShiftId};

/// The pair that walks the ward, and somebody whose next step is a trial shift.
pub(super) struct Pair {
    pub first: VolunteerId,
    pub second: VolunteerId,
    pub on_trial: VolunteerId,
}

pub(super) fn tell(loader: &Loader, home: &Association, pair: &Pair) -> Result<()> {
    for week in 1..=22 {
        walk(loader, home, pair, week * 7)?;
    }
    coming(loader, home, pair)?;
    let kind = telephone(loader, home, pair.first)?;
    every_week(loader, home, pair.second, kind)?;
    say(loader, home)
}

/// A shift so many days ago that the pair walked, and its talks.
fn walk(loader: &Loader, home: &Association, pair: &Pair, days: i64) -> Result<()> {
    let starts = loader.days_ago(days) + Duration::hours(1);
    let shift = plan(loader, home, starts + Duration::days(-14), starts)?;
    for volunteer in [pair.first, pair.second] {
        sign_up(
            loader,
            home,
            shift,
            starts + Duration::days(-10),
            volunteer,
            "regular",
        )?;
    }
    for talk in 0..(3 + days % 5) {
        let relative = talk % 3 == 0;
        let body = json!({
            "wardShiftId": shift,
            "met": if relative { "relative" } else { "patient" },
            "phase": if talk % 4 == 3 { "after" } else { "during" },
            "subtype": if relative { "relativeSupporter" } else { "patientSupporter" },
            "minutes": 10 + talk * 3,
        });
        loader.at(starts + Duration::hours(2), home.root, move |cx| {
            wards::count(cx, &from(body.clone())?).map(drop)
        })?;
    }
    Ok(())
}

fn plan(loader: &Loader, home: &Association, at: Instant, starts: Instant) -> Result<WardShiftId> {
    let body = json!({
        "programmeId": home.programme, "wardId": home.ward,
        "startsAt": starts, "endsAt": starts + Duration::hours(3),
    });
    loader.at(at, home.root, move |cx| {
        Ok(wards::plan(cx, &from(body.clone())?)?.id)
    })
}

fn sign_up(
    loader: &Loader,
    home: &Association,
    shift: WardShiftId,
    at: Instant,
    volunteer: VolunteerId,
    kind: &'static str,
) -> Result<()> {
    loader.at(at, home.root, move |cx| {
        let new = from(json!({"volunteerId": volunteer, "kind": kind}))?;
        wards::sign_up(cx, shift, &new).map(drop)
    })
}

/// Three shifts to come: a trial beside the pair, one with one person on it, one with nobody.
fn coming(loader: &Loader, home: &Association, pair: &Pair) -> Result<()> {
    let now = loader.today;
    let in_days = |days: i64| loader.days_ago(-days) + Duration::hours(1);
    let full = plan(loader, home, now, in_days(7))?;
    sign_up(loader, home, full, now, pair.first, "regular")?;
    sign_up(loader, home, full, now, pair.second, "regular")?;
    sign_up(loader, home, full, now, pair.on_trial, "trial")?;
    let alone = plan(loader, home, now, in_days(14))?;
    sign_up(loader, home, alone, now, pair.second, "regular")?;
    plan(loader, home, now, in_days(21)).map(drop)
}

/// A volunteer's time book, and the type of its times: a talk that was held, free times on the web, one booking that was moved
/// and one that was cancelled.
fn telephone(loader: &Loader, home: &Association, volunteer: VolunteerId) -> Result<TimeTypeId> {
    let long_ago = loader.days_ago(80);
    let kind = json!({
        "programmeId": home.programme, "name": "Telefonsamtale 45", "publicName": "Samtale med en, der selv har prøvet det",
        "minutes": 45, "channel": "telephone", "webVisible": true,
    });
    let kind = loader.at(long_ago, home.root, move |cx| {
        Ok(timetable::create_time_type(cx, &from(kind.clone())?)?.id)
    })?;
    let book = json!({"programmeId": home.programme, "volunteerId": volunteer, "name": "Dagtider"});
    let book = loader.at(long_ago, home.root, move |cx| {
        Ok(timetable::create_schedule(cx, &from(book.clone())?)?.id)
    })?;
    let held = slot(
        loader,
        home,
        book,
        kind,
        loader.days_ago(50),
        loader.days_ago(40),
    )?;
    let talk = booked(loader, home, held, loader.days_ago(45), "Anna")?;
    loader.at(
        loader.days_ago(40) + Duration::hours(1),
        home.root,
        move |cx| bookings::attend(cx, talk, &from(json!({"outcome": "attended"}))?),
    )?;
    let mut free = Vec::new();
    for days in 3..=9 {
        let begins = loader.days_ago(0) + Duration::days(days) + Duration::hours(2);
        free.push(slot(loader, home, book, kind, loader.today, begins)?);
    }
    if let [first, second, third, ..] = free.as_slice() {
        let second = *second;
        let moved = booked(loader, home, *first, loader.today, "Bent")?;
        loader.at(loader.today, home.root, move |cx| {
            bookings::move_to(cx, moved, &from(json!({"slotId": second}))?)
        })?;
        let cancelled = booked(loader, home, *third, loader.today, "Carla")?;
        loader.at(loader.today, home.root, move |cx| {
            bookings::cancel(
                cx,
                cancelled,
                &from(json!({"reason": "personUnavailable"}))?,
            )
        })?;
    }
    Ok(kind)
}

/// A volunteer who can talk two evenings a week: the service makes the times, ninety days ahead.
fn every_week(
    loader: &Loader,
    home: &Association,
    volunteer: VolunteerId,
    kind: TimeTypeId,
) -> Result<()> {
    let book =
        json!({"programmeId": home.programme, "volunteerId": volunteer, "name": "Aftentider"});
    let window = |weekday: &str| json!({"weekday": weekday, "from": "17:00", "to": "20:00", "timeTypeId": kind});
    let availability = json!({
        "weekly": [window("tuesday"), window("thursday")], "publicHolidaysOff": true,
    });
    loader.at(loader.today, home.root, move |cx| {
        let book = timetable::create_schedule(cx, &from(book.clone())?)?;
        timetable::set_availability(cx, book.id, &from(availability.clone())?).map(drop)
    })
}

fn slot(
    loader: &Loader,
    home: &Association,
    book: ScheduleId,
    kind: TimeTypeId,
    at: Instant,
    begins: Instant,
) -> Result<SlotId> {
    let body = json!({"scheduleId": book, "timeTypeId": kind, "startsAt": begins, "seats": 1});
    loader.at(at, home.root, move |cx| {
        Ok(timetable::create_slot(cx, &from(body.clone())?)?.id)
    })
}

/// A confirmed booking of a synthetic person.
fn booked(
    loader: &Loader,
    home: &Association,
    slot: SlotId,
    at: Instant,
    given: &'static str,
) -> Result<BookingId> {
    let telephone = format!("+45321054{:02}", given.len() + 50);
    loader.at(at, home.root, move |cx| {
        let booking = bookings::hold(cx, &from(json!({"slotId": slot}))?)?;
        let details: Value = json!({
            "patient": {
                "name": {"given": given, "family": "Prøvesen"},
                "telephones": [{"label": "mobile", "number": telephone}],
                "municipalityCode": "0370",
            },
            "phase": "after",
            "consent": {"form": "digital", "givenAt": cx.now},
        });
        bookings::confirm(cx, booking, &from(details)?)?;
        Ok(booking)
    })
}

fn say(loader: &Loader, home: &Association) -> Result<()> {
    for (days, body) in [
        (
            35,
            json!({"source": "relative", "rating": 5, "quotation": {"form": "digital"},
                "text": "Det var godt at tale med en, der selv har stået der."}),
        ),
        (
            20,
            json!({"source": "staff", "rating": 4, "wardId": home.ward,
                "text": "Patienterne spørger efter dem, når de ikke er her."}),
        ),
        (5, json!({"source": "patient", "rating": 5})),
    ] {
        let mut body = body;
        if let Some(fields) = body.as_object_mut() {
            fields.insert("programmeId".to_owned(), json!(home.programme));
        }
        loader.at(loader.days_ago(days), home.root, move |cx| {
            feedback::receive(cx, &from(body.clone())?).map(drop)
        })?;
    }
    Ok(())
}
