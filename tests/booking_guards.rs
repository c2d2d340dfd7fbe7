//! What stands between a person and a booking: consent, conflicts of interest, what a booking site
//! and a volunteer may know, and that one record that is wrong holds up nobody else's.

use brobygger::platform::access::Role;
use brobygger::platform::db::{Instant, Json, schema::schedules};
use brobygger::timetable::{Away, ScheduleId};
use brobygger::upkeep;
use chrono::Duration;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::wards::shift_path;
use crate::support::{Answer, Caller, TestApp};

const CPR: &str = "urn:oid:1.2.208.176.1.2";
const D_ECPR: &str = "urn:oid:1.2.208.176.1.6.1.3";

/// A volunteer of HF with a time book and a time type.
fn volunteer(app: &TestApp, own: Value) -> (Value, Value, Value) {
    let volunteer = app.supporter(own);
    let programme = app.programme_of("HF");
    let book =
        json!({"programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Dagtider"});
    let book = app.volunteer_coordinator().post("/schedules", &book);
    let kind = app.time_type(&programme, &json!({}));
    (volunteer, book.expect(201), kind)
}

fn hold(by: &Caller, slot: &Value) -> Value {
    by.post("/bookings", &json!({"slotId": slot["id"]}))
        .expect(201)
}

fn confirm(by: &Caller, held: &Value, details: &Value) -> Answer {
    by.post(&format!("/bookings/{}/confirmation", id(held)), details)
}

fn wait(by: &Caller, app: &TestApp, n: u32, own: &Value) -> Answer {
    let programme = app.programme_of("HF");
    let mut body = json!({"programmeId": programme["id"], "details": app.details(n)});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    by.post("/waiting-list-entries", &body)
}

fn entry(by: &Caller, entry: &Value) -> Value {
    by.get(&format!("/waiting-list-entries/{}", id(entry)))
        .expect(200)
}

/// The person of a booking says no to talks with volunteers, now.
fn refuse(app: &TestApp, by: &Caller, of: &Value) {
    let refusal = json!({
        "programmeId": app.programme_of("HF")["id"], "purpose": "volunteerContact", "form": "oral",
        "decision": "refused", "givenAt": app.now(),
    });
    let path = format!("/patients/{}/consents", of["patientId"].as_str().unwrap());
    by.post(&path, &refusal).expect(201);
}

on_both_engines! {
    fn hf_2_a_leave_lies_in_the_years_of_the_calendar(app) {
        let (volunteer, _, _) = volunteer(app, json!({}));
        let coordinator = app.volunteer_coordinator();
        let path = format!("/volunteers/{}/leave", id(&volunteer));
        for (pointer, body) in [
            ("/until", json!({"until": "9999-12-31", "reason": "travel"})),
            ("/from", json!({"from": "9999-12-31", "reason": "travel"})),
        ] {
            assert_eq!(coordinator.post(&path, &body).field_errors(), [(pointer.to_owned(), "yearOutOfRange".to_owned())]);
        }
        coordinator.post(&path, &json!({"until": "2200-12-31", "reason": "travel"})).expect(200);
        coordinator.get("/schedules").expect(200);
        assert_eq!(upkeep::run(&app.app).unwrap().failed, 0);
    }

    fn what_fails_in_the_clock_job_holds_up_nothing_else(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (broken, sound) = (app.time_book(&programme), app.time_book(&programme));
        let weekly = json!({"weekly": [{"weekday": "friday", "from": "09:00", "to": "12:00", "timeTypeId": kind["id"]}]});
        for book in [&broken, &sound] {
            app.availability(book, &weekly);
        }
        let book: ScheduleId = serde_json::from_value(broken["id"].clone()).unwrap();
        // The year 9999, which cannot be read back.
        let away = Json(vec![Away { from: Instant::from_micros(253_370_764_800_000_000), until: None }]);
        app.app.db
            .write_blocking(move |tx| {
                Ok(diesel::update(schedules::table.find(book)).set(schedules::away.eq(away.clone())).execute(tx.conn())?)
            })
            .unwrap();
        app.advance(Duration::days(7));
        let done = upkeep::run(&app.app).unwrap();
        assert_eq!((done.failed, done.of("schedule.extended")), (1, 1), "{done:?}");
    }

    fn a_refusal_is_not_overridden_by_an_older_consent(app) {
        let (_, book, kind) = volunteer(app, json!({"capacityPerWeek": 10}));
        let (_, nurse) = app.nurse();
        let booked = app.booked(&nurse, &app.slot(&book, &kind, 30, 1), 1);
        let older = app.now();
        app.advance(Duration::minutes(5));
        refuse(app, &nurse, &booked);
        app.advance(Duration::minutes(5));
        let consents = format!("/patients/{}/consents", booked["patientId"].as_str().unwrap());
        let before = nurse.get(&consents).expect(200)["items"].as_array().unwrap().len();
        let mut details = app.details(1);
        details["consent"]["givenAt"] = json!(older);
        for by in [&app.site(), &nurse] {
            let held = hold(by, &app.slot(&book, &kind, if by.token == nurse.token { 32 } else { 34 }, 1));
            confirm(by, &held, &details).problem(409, "consentRequired");
        }
        assert_eq!(nurse.get(&consents).expect(200)["items"].as_array().unwrap().len(), before);
        // Neither is what was booked before moved.
        let other = app.slot(&book, &kind, 36, 1);
        nurse.post(&format!("/bookings/{}/move", id(&booked)), &json!({"slotId": other["id"]})).problem(409, "consentRequired");
        // A decision after the refusal counts.
        let held = hold(&nurse, &app.slot(&book, &kind, 40, 1));
        confirm(&nurse, &held, &app.details(1)).expect(200);
    }

    fn a_refusal_stops_an_offer(app) {
        let (_, book, kind) = volunteer(app, json!({}));
        let (_, nurse) = app.nurse();
        let waiting = wait(&nurse, app, 1, &json!({})).expect(201);
        app.slot(&book, &kind, 48, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!(entry(&nurse, &waiting)["state"], "offered");
        app.advance(Duration::minutes(5));
        refuse(app, &nurse, &waiting);
        let path = format!("/waiting-list-entries/{}/acceptance", id(&waiting));
        nurse.send("POST", &path, &[], None).problem(409, "consentRequired");
    }

    fn hf_4_a_volunteer_sees_the_person_only_while_there_is_a_talk_to_call_for(app) {
        let (volunteer, book, kind) = volunteer(app, json!({}));
        let (own, (_, nurse)) = (app.as_volunteer(&volunteer), app.nurse());
        let slot = app.slot(&book, &kind, 48, 1);
        let held = hold(&nurse, &slot);
        let mut details = app.details(1);
        details["note"] = json!("Om ventetiden.");
        confirm(&nurse, &held, &details).expect(200);
        let path = format!("/bookings/{}", id(&held));
        let seen = own.get(&path).expect(200);
        assert_eq!((&seen["person"]["telephone"], &seen["note"]), (&json!("+4532000001"), &json!("Om ventetiden.")));
        let hidden = |state: &str| {
            for seen in [own.get(&path).expect(200), own.get("/bookings").expect(200)["items"][0].clone()] {
                assert_eq!(seen["state"], state);
                assert!(seen.get("person").is_none() && seen.get("note").is_none(), "{seen}");
            }
        };
        nurse.post(&format!("{path}/cancellation"), &json!({"reason": "personWish"})).expect(200);
        hidden("cancelled");
        assert!(nurse.get(&path).expect(200)["person"].is_object());
        let talk = app.booked(&nurse, &slot, 1);
        app.advance(Duration::hours(48));
        let path = format!("/bookings/{}", id(&talk));
        assert!(own.get(&path).expect(200)["person"].is_object());
        own.post(&format!("{path}/attendance"), &json!({"outcome": "attended"})).expect(200);
        assert!(own.get(&path).expect(200).get("person").is_none());
        // A time that is offered to somebody is nobody's yet.
        let waiting = wait(&nurse, app, 2, &json!({})).expect(201);
        app.slot(&book, &kind, 72, 1);
        upkeep::run(&app.app).unwrap();
        let offered = entry(&nurse, &waiting)["offer"]["bookingId"].as_str().unwrap().to_owned();
        assert!(own.get(&format!("/bookings/{offered}")).expect(200).get("person").is_none());
    }

    fn id_4_a_booking_site_learns_nothing_of_records_and_changes_none(app) {
        let (_, book, kind) = volunteer(app, json!({"languages": ["da", "sv"]}));
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let known = app.booked(&nurse, &app.slot(&book, &kind, 30, 1), 1);
        let person = |n: u32, consent: bool| {
            let mut details = app.details(n);
            if !consent {
                details.as_object_mut().unwrap().remove("consent");
            }
            details
        };
        // Known or not: a consent is sent.
        let held = hold(&site, &app.slot(&book, &kind, 32, 1));
        let answers = [1, 2].map(|n| confirm(&site, &held, &person(n, false)).problem(409, "consentRequired")["detail"].clone());
        assert_eq!(answers[0], answers[1]);
        // A record that is known learns nothing from a site.
        let record = format!("/patients/{}", known["patientId"].as_str().unwrap());
        let before = nurse.get(&record).expect(200);
        let mut details = person(1, true);
        details["patient"]["language"] = json!("sv");
        details["patient"]["protected"] = json!(true);
        let booked = confirm(&site, &held, &details).expect(200);
        assert_eq!(nurse.get(&format!("/bookings/{}", id(&booked))).expect(200)["patientId"], known["patientId"]);
        assert_eq!(nurse.get(&record).expect(200), before);
        // Two numbers of two records: no record is named.
        for (system, number) in [(CPR, "070761-4285"), (D_ECPR, "0101600AB1")] {
            let body = json!({"identifiers": [{"system": system, "value": number}], "name": {"given": "Bo", "family": "Prøvesen"}});
            nurse.post("/patients", &body).expect(201);
        }
        let mut both = person(3, true);
        both["patient"]["identifiers"] = json!([{"system": CPR, "value": "070761-4285"}, {"system": D_ECPR, "value": "0101600AB1"}]);
        let held = hold(&site, &app.slot(&book, &kind, 34, 1));
        let problem = confirm(&site, &held, &both).problem(409, "conflict");
        assert!(!problem["detail"].as_str().unwrap().contains("Patient"), "{problem}");
    }

    fn hf_5_nobody_is_booked_with_a_volunteer_who_has_a_conflict(app) {
        let (_, nurse) = app.nurse();
        let (_, free, kind) = volunteer(app, json!({}));
        let booked = app.booked(&nurse, &app.slot(&free, &kind, 30, 1), 1);
        let conflict = json!([{"kind": "family", "patientId": booked["patientId"], "note": "Søster."}]);
        let volunteer = app.supporter(json!({"conflicts": conflict}));
        let book = json!({"programmeId": app.programme_of("HF")["id"], "volunteerId": volunteer["id"], "name": "Dagtider"});
        let book = app.volunteer_coordinator().post("/schedules", &book).expect(201);
        let slot = app.slot(&book, &kind, 32, 1);
        let held = hold(&nurse, &slot);
        confirm(&nurse, &held, &app.details(1)).problem(409, "slotTaken");
        confirm(&nurse, &held, &app.details(2)).expect(200);
        let slot = app.slot(&book, &kind, 34, 1);
        nurse.post(&format!("/bookings/{}/move", id(&booked)), &json!({"slotId": slot["id"]})).problem(409, "slotTaken");
        wait(&nurse, app, 1, &json!({})).expect(201);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 0);
    }

    fn hf_5_an_offer_is_of_a_volunteer_who_fits(app) {
        let (_, nurse) = app.nurse();
        for (hours, own) in [(30, json!({"phases": ["before"]})), (40, json!({"subtypes": ["relativeSupporter"]})), (50, json!({"languages": ["sv"]}))] {
            let (_, book, kind) = volunteer(app, own);
            app.slot(&book, &kind, hours, 1);
        }
        let mut danish = app.details(1);
        danish["patient"]["language"] = json!("da");
        let waiting = wait(&nurse, app, 1, &json!({"details": danish})).expect(201);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 0);
        let (_, book, kind) = volunteer(app, json!({"phases": ["before", "after"]}));
        let slot = app.slot(&book, &kind, 60, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!(entry(&nurse, &waiting)["offer"]["slotId"], slot["id"]);
    }

    fn hf_4_the_number_to_call_is_the_one_that_was_given(app) {
        let (volunteer, book, kind) = volunteer(app, json!({}));
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let mut details = app.details(1);
        details["patient"]["identifiers"] = json!([{"system": CPR, "value": "070761-4285"}]);
        for (hours, by, number) in [(30, &nurse, "+4532000001"), (32, &site, "+4532105499"), (34, &nurse, "+4532105488")] {
            details["patient"]["telephones"] = json!([{"label": "mobile", "number": number}]);
            let held = hold(by, &app.slot(&book, &kind, hours, 1));
            confirm(by, &held, &details).expect(200);
            let seen = app.as_volunteer(&volunteer).get(&format!("/bookings/{}", id(&held))).expect(200);
            assert_eq!(seen["person"]["telephone"], number);
        }
    }

    fn hf_6_one_entry_and_one_offer_of_a_person(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let (_, nurse) = app.nurse();
        let site = app.site();
        wait(&site, app, 1, &json!({})).expect(201);
        wait(&site, app, 1, &json!({})).problem(409, "conflict");
        wait(&nurse, app, 1, &json!({"timeTypeId": kind["id"]})).problem(409, "conflict");
        // A site is not told by it whom others have entered; one time is offered all the same.
        wait(&app.site(), app, 1, &json!({})).expect(201);
        app.slot(&book, &kind, 48, 1);
        app.slot(&book, &kind, 50, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 0);
        assert_eq!(app.free(&nurse, &programme).len(), 1);
        let past = wait(&nurse, app, 2, &json!({"notBefore": "2026-03-01T00:00:00Z", "notAfter": app.now()}));
        assert_eq!(past.field_errors(), [("/notAfter".to_owned(), "past".to_owned())]);
    }

    fn hf_6_a_patient_holds_a_few_times_and_finds_them(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let (_, nurse) = app.nurse();
        let booked = app.booked(&nurse, &app.slot(&book, &kind, 30, 1), 1);
        let own = app.person(Role::Patient, booked["patientId"].as_str().unwrap().parse().unwrap());
        for hours in [32, 34, 36] {
            hold(&own, &app.slot(&book, &kind, hours, 1));
        }
        let slot = app.slot(&book, &kind, 38, 1);
        own.post("/bookings", &json!({"slotId": slot["id"]})).problem(409, "conflict");
        assert_eq!(own.get("/bookings").expect(200)["items"].as_array().unwrap().len(), 4);
        app.advance(Duration::minutes(10));
        hold(&own, &slot);
    }

    fn hal_2_who_waits_on_the_web_is_offered_what_the_web_shows(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({"webVisible": false}));
        let book = app.time_book(&programme);
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let first = wait(&site, app, 1, &json!({})).expect(201);
        let second = wait(&nurse, app, 2, &json!({})).expect(201);
        app.slot(&book, &kind, 48, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!((&entry(&site, &first)["state"], &entry(&nurse, &second)["state"]), (&json!("waiting"), &json!("offered")));
    }

    fn hf_3_nobody_talks_and_walks_a_ward_at_once(app) {
        let (volunteer, book, kind) = volunteer(app, json!({}));
        let (coordinator, (_, nurse)) = (app.volunteer_coordinator(), app.nurse());
        // 8 April, 10 to 13 in Copenhagen.
        let shift = app.shift(&app.ward(), &json!({}));
        let sign_up = json!({"volunteerId": volunteer["id"]});
        let (during, behind) = (app.slot(&book, &kind, 287, 1), app.slot(&book, &kind, 290, 1));
        let held = hold(&nurse, &during);
        coordinator.post(&shift_path(&shift, "sign-up"), &sign_up).problem(409, "conflict");
        nurse.post(&format!("/bookings/{}/cancellation", id(&held)), &json!({"reason": "other"})).expect(200);
        coordinator.post(&shift_path(&shift, "sign-up"), &sign_up).expect(200);
        nurse.post("/bookings", &json!({"slotId": during["id"]})).problem(409, "slotTaken");
        hold(&nurse, &behind);
    }

    fn hf_6_reasons_of_the_service_are_not_the_persons_to_state(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let booked = app.booked(&site, &app.slot(&book, &kind, 30, 1), 1);
        let path = format!("/bookings/{}/cancellation", id(&booked));
        for reason in ["supporterUnavailable", "consentWithdrawn", "offerPassed"] {
            assert_eq!(site.post(&path, &json!({"reason": reason})).field_errors(), [("/reason".to_owned(), "staffOnly".to_owned())]);
        }
        nurse.post(&path, &json!({"reason": "supporterUnavailable"})).expect(200);
    }
}
