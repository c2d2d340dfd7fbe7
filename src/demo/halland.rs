//! Region Halland in the demo: a clinic's web time book with times that the public sees under
//! other names, and times that it does not see (HAL-2); documents that govern (HAL-6).

use chrono::Duration;
use serde_json::json;

use super::{Loader, from};
use crate::bookings;
use crate::governing_documents;
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::Result;
use crate::programmes::ProgrammeId;
use crate::timetable::{self, SlotId};

pub(super) fn tell(loader: &Loader, root: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let clinic = loader.part(root, "generalPractice", "Vårdcentralen Provgatan")?;
    time_book(loader, root, clinic, programme)?;
    documents(loader, root, programme)
}

/// Two kinds of time and a pattern for every week; a resident who has booked one and moved it.
fn time_book(
    loader: &Loader,
    root: OrganisationId,
    clinic: OrganisationId,
    programme: ProgrammeId,
) -> Result<()> {
    let shown = json!({
        "programmeId": programme, "organisationId": clinic, "name": "SSK 30", "publicName": "Samtal med en sjuksköterska",
        "minutes": 30, "channel": "physical", "webVisible": true,
        "bookBeforeMinutes": 60, "moveBeforeMinutes": 1440, "cancelBeforeMinutes": 1440,
    });
    let inside = json!({
        "programmeId": programme, "organisationId": clinic, "name": "Akut 15", "publicName": "Telefontid",
        "minutes": 15, "channel": "telephone",
    });
    let book = json!({"programmeId": programme, "organisationId": clinic, "name": "Mottagningen"});
    let begins = [6, 7].map(|hours| loader.days_ago(-4) + Duration::hours(hours));
    let [first, second] = loader.at(loader.days_ago(2), root, move |cx| {
        let shown = timetable::create_time_type(cx, &from(shown.clone())?)?.id;
        let inside = timetable::create_time_type(cx, &from(inside.clone())?)?.id;
        let book = timetable::create_schedule(cx, &from(book.clone())?)?.id;
        let window = |weekday: &str, from: &str, to: &str, kind| json!({"weekday": weekday, "from": from, "to": to, "timeTypeId": kind});
        let pattern = json!({
            "weekly": [
                window("monday", "08:00", "11:30", shown),
                window("wednesday", "08:00", "11:30", shown),
                window("friday", "08:00", "09:00", inside),
            ],
            "publicHolidaysOff": true,
        });
        timetable::set_availability(cx, book, &from(pattern)?)?;
        let mut slot = |begins: Instant| -> Result<SlotId> {
            let new = json!({"scheduleId": book, "timeTypeId": shown, "startsAt": begins, "seats": 1});
            Ok(timetable::create_slot(cx, &from(new)?)?.id)
        };
        let [first, second] = begins;
        Ok([slot(first)?, slot(second)?])
    })?;
    loader.at(loader.days_ago(1), root, move |cx| {
        let booking = bookings::hold(cx, &from(json!({"slotId": first}))?)?;
        let resident = json!({
            "patient": {
                "name": {"given": "Elsa", "family": "Provsson"},
                "telephones": [{"label": "mobile", "number": "+46701740605"}],
                "municipalityCode": "1380",
            },
            "consent": {"form": "digital", "givenAt": cx.now},
        });
        bookings::confirm(cx, booking, &from(resident)?)?;
        bookings::move_to(cx, booking, &from(json!({"slotId": second}))?).map(drop)
    })
}

/// A routine in its second version, and a guideline that waits for approval (HAL-6).
fn documents(loader: &Loader, root: OrganisationId, programme: ProgrammeId) -> Result<()> {
    let review_on = (loader.today + Duration::days(30)).utc_date();
    let content = move |title: &str, text: &str, change: &str| {
        json!({"title": title, "text": text, "mainAuthor": "Eva Prov", "editor": "Nils Prov", "change": change,
            "appliesTo": "Alla förvaltningar i Region Halland", "keywords": ["medverkan", "närstående"], "reviewOn": review_on})
    };
    let first = json!({"programmeId": programme, "kind": "routine",
        "content": content("Medverkan i utvecklingsarbete", "Patienter och närstående deltar i utvecklingsteam.", "Första utgåvan.")});
    let second = json!({"content": content("Medverkan i utvecklingsarbete",
        "Patienter och närstående deltar i utvecklingsteam från början.", "Rättad: från början.")});
    let waiting = json!({"programmeId": programme, "kind": "guideline",
        "content": content("Ersättning för medverkan", "Den som medverkar ersätts.", "Första utgåvan.")});
    let approver = json!({"approver": "Hälso- och sjukvårdsdirektören"});
    let approval = approver.clone();
    let document = loader.at(loader.days_ago(350), root, move |cx| {
        let made = governing_documents::create(cx, &from(first.clone())?)?;
        if let Some(draft) = made.draft_version_id {
            governing_documents::approve(cx, (made.id, draft), &from(approval.clone())?)?;
        }
        Ok(made.id)
    })?;
    loader.at(loader.days_ago(60), root, move |cx| {
        let draft = governing_documents::draft(cx, document, &from(second.clone())?)?;
        governing_documents::approve(cx, (document, draft.id), &from(approver.clone())?)?;
        governing_documents::create(cx, &from(waiting.clone())?).map(drop)
    })
}
