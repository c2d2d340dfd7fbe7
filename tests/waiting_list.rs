//! `/waiting-list-entries`, and what becomes of bookings when a volunteer goes away (HF-2, HF-6).

use brobygger::upkeep;
use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::{Caller, TestApp};

fn wait(app: &TestApp, by: &Caller, programme: &Value, n: u32) -> Value {
    let body = json!({"programmeId": programme["id"], "details": app.details(n)});
    by.post("/waiting-list-entries", &body).expect(201)
}

fn entry(by: &Caller, entry: &Value) -> Value {
    by.get(&format!("/waiting-list-entries/{}", id(entry)))
        .expect(200)
}

fn step(by: &Caller, entry: &Value, step: &str) -> crate::support::Answer {
    by.send(
        "POST",
        &format!("/waiting-list-entries/{}/{step}", id(entry)),
        &[],
        None,
    )
}

fn cancel(by: &Caller, booking: &Value) {
    by.post(
        &format!("/bookings/{}/cancellation", id(booking)),
        &json!({"reason": "personWish"}),
    )
    .expect(200);
}

/// A volunteer of HF with a time book and this time in it.
fn supporter(app: &TestApp, kind: &Value, hours: i64) -> (Value, Value, Value) {
    let volunteer = app.active_volunteer(&json!({}));
    let programme = app.programme_of("HF");
    let book = app
        .volunteer_coordinator()
        .post("/schedules", &json!({"programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Dagtider"}))
        .expect(201);
    let slot = app.slot(&book, kind, hours, 1);
    (volunteer, book, slot)
}

on_both_engines! {
    fn hf_6_a_freed_time_is_offered_to_the_first_who_waits(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let slot = app.slot(&book, &kind, 48, 1);
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let booking = app.booked(&site, &slot, 1);
        let first = wait(app, &site, &programme, 2);
        let second = wait(app, &nurse, &programme, 3);
        assert_eq!((&first["state"], first.get("patientId")), (&json!("waiting"), None));
        assert!(second["patientId"].is_string());
        app.site().get(&format!("/waiting-list-entries/{}", id(&first))).problem(404, "notFound");
        cancel(&site, &booking);
        // Kept for the first, in the same transaction; nobody else finds it.
        let offered = entry(&site, &first);
        assert_eq!(offered["state"], "offered");
        assert_eq!((&offered["offer"]["slotId"], &offered["offer"]["expiresAt"]), (&slot["id"], &json!("2026-03-27T21:15:00Z")));
        assert!(app.free(&nurse, &programme).is_empty());
        assert_eq!(entry(&nurse, &second)["state"], "waiting");
        // The first passes it on: the second is offered it, and the first not again.
        assert_eq!(step(&site, &first, "pass").expect(200)["state"], "waiting");
        step(&site, &first, "pass").problem(409, "stateConflict");
        let offered = entry(&nurse, &second);
        assert_eq!(offered["offer"]["slotId"], slot["id"]);
        let booked = step(&nurse, &second, "acceptance").expect(200);
        assert_eq!((&booked["state"], &booked["bookingId"]), (&json!("booked"), &offered["offer"]["bookingId"]));
        let booking = nurse.get(&format!("/bookings/{}", booked["bookingId"].as_str().unwrap())).expect(200);
        assert_eq!((&booking["state"], &booking["bookedBy"]), (&json!("confirmed"), &json!("waitingList")));
        assert_eq!(booking["patientId"], second["patientId"]);
        step(&nurse, &second, "departure").problem(409, "stateConflict");
        assert_eq!(step(&site, &first, "departure").expect(200)["state"], "left");
        assert_eq!(app.events_of(&second["id"]), ["waitingListEntry.entered", "waitingListEntry.offered", "waitingListEntry.booked"]);
    }

    fn hf_6_an_offer_without_an_answer_goes_to_the_next_once(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let first = wait(app, &site, &programme, 2);
        let second = wait(app, &site, &programme, 3);
        // No time is free yet; the clock job offers one that is made later.
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 0);
        let slot = app.slot(&book, &kind, 48, 1);
        let offered: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).sum()
        });
        assert_eq!(offered, 1);
        assert_eq!(entry(&site, &first)["offer"]["slotId"], slot["id"]);
        app.advance(chrono::Duration::hours(12));
        // Over, whoever has noticed.
        assert_eq!(entry(&site, &first)["state"], "waiting");
        step(&site, &first, "acceptance").problem(409, "stateConflict");
        assert_eq!(app.free(&nurse, &programme), [slot["id"].clone()]);
        upkeep::run(&app.app).unwrap();
        assert_eq!(entry(&site, &second)["offer"]["slotId"], slot["id"]);
        assert_eq!(entry(&site, &first)["state"], "waiting");
        assert_eq!(app.events_of(&first["id"]), ["waitingListEntry.entered", "waitingListEntry.offered", "waitingListEntry.offerExpired"]);
        // The offer's hold is not the booking's to confirm or cancel.
        let hold = entry(&site, &second)["offer"]["bookingId"].as_str().unwrap().to_owned();
        site.post(&format!("/bookings/{hold}/confirmation"), &app.details(3)).problem(409, "conflict");
        site.post(&format!("/bookings/{hold}/cancellation"), &json!({"reason": "other"})).problem(409, "conflict");
        // So neither is named where something else was tried.
        let refused = site.post(&format!("/bookings/{hold}/move"), &json!({"slotId": slot["id"]})).problem(409, "stateConflict");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("held"), &json!([])));
        step(&site, &second, "acceptance").expect(200);
    }

    fn hf_6_consent_withdrawn_takes_off_the_list(app) {
        let programme = app.programme_of("HF");
        let (_, nurse) = app.nurse();
        let waiting = wait(app, &nurse, &programme, 2);
        let patient = waiting["patientId"].as_str().unwrap();
        let consents = nurse.get(&format!("/patients/{patient}/consents")).expect(200);
        let withdrawn = nurse.post(&format!("/consents/{}/withdrawal", id(&consents["items"][0])), &json!({})).expect(200);
        assert_eq!(withdrawn["withdrawal"]["ended"], json!([{"kind": "waitingListEntry", "id": waiting["id"]}]));
        assert_eq!(entry(&nurse, &waiting)["state"], "left");
    }

    fn hf_2_leave_gives_bookings_to_another_or_to_the_waiting_list(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (leaving, book, slot) = supporter(app, &kind, 48);
        let (other, _, _) = supporter(app, &kind, 48);
        let alone = app.slot(&book, &kind, 72, 1);
        let free = app.slot(&book, &kind, 96, 1);
        let (_, nurse) = app.nurse();
        let (first, second) = (app.booked(&nurse, &slot, 1), app.booked(&nurse, &alone, 2));
        assert_eq!(first["volunteerId"], leaving["id"]);
        // A talk with a volunteer stands on another consent.
        let consent = nurse.get(&format!("/consents/{}", first["consentId"].as_str().unwrap())).expect(200);
        assert_eq!(consent["purpose"], "volunteerContact");
        // The volunteer sees the own talks, with what she needs of the person.
        let own = app.as_volunteer(&leaving);
        let seen = own.get("/bookings").expect(200);
        assert_eq!(seen["items"].as_array().unwrap().len(), 2);
        assert_eq!(seen["items"][1]["person"]["name"]["given"], "Anna");
        assert!(seen["items"][1].get("patientId").is_none());
        let stranger = app.as_volunteer(&other);
        stranger.get(&format!("/bookings/{}", id(&first))).problem(404, "notFound");
        stranger.get(&format!("/schedules/{}", id(&book))).problem(404, "notFound");
        own.send("PUT", &format!("/schedules/{}/availability", id(&book)), &[("if-match", "*")], Some(&json!({}))).expect(200);

        let left = app.volunteer_coordinator()
            .post(&format!("/volunteers/{}/leave", id(&leaving)), &json!({"from": "2026-03-28", "until": "2026-05-01", "reason": "travel"}));
        let left = left.expect(200);
        let released = left["released"].as_array().unwrap();
        assert_eq!(released.len(), 2, "{left}");
        assert_eq!((&released[0]["bookingId"], &released[0]["volunteerId"]), (&first["id"], &other["id"]));
        assert_eq!(released[1]["bookingId"], second["id"]);
        let waits = released[1]["waitingListEntryId"].as_str().unwrap();
        let waits = nurse.get(&format!("/waiting-list-entries/{waits}")).expect(200);
        assert_eq!((&waits["state"], &waits["bookingId"]), (&json!("waiting"), &second["id"]));
        let moved = nurse.get(&format!("/bookings/{}", id(&first))).expect(200);
        assert_eq!((&moved["state"], &moved["volunteerId"], &moved["startsAt"]), (&json!("confirmed"), &other["id"], &first["startsAt"]));
        let ended = nurse.get(&format!("/bookings/{}", id(&second))).expect(200);
        assert_eq!(ended["cancellationReason"], "supporterUnavailable");
        // Nothing of hers is free any more, by hand or not.
        let gone = nurse.post("/bookings", &json!({"slotId": free["id"]}));
        gone.problem(409, "slotTaken");
        assert!(app.free(&nurse, &programme).is_empty());
    }

    fn hf_5_no_more_talks_in_a_week_than_the_volunteer_can(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let volunteer = app.active_volunteer(&json!({"capacityPerWeek": 1}));
        let book = app
            .volunteer_coordinator()
            .post("/schedules", &json!({"programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Tider"}))
            .expect(201);
        let (_, nurse) = app.nurse();
        // Tuesday, Wednesday, and the Tuesday after.
        let slots: Vec<Value> = [4 * 24, 5 * 24, 11 * 24].iter().map(|hours| app.slot(&book, &kind, *hours, 1)).collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = slots[..2].iter().map(|slot| {
                let nurse = &nurse;
                scope.spawn(move || nurse.post("/bookings", &json!({"slotId": slot["id"]})).status)
            }).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
        nurse.post("/bookings", &json!({"slotId": slots[2]["id"]})).expect(201);
    }
}
