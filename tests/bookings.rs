//! `/bookings` (HF-4, HF-6, HAL-2).

use std::sync::Barrier;

use brobygger::platform::access::Role;
use brobygger::platform::db::connection::Purpose;
use brobygger::upkeep;
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::{Caller, TestApp};

/// A programme, a type, a time book and a free time tomorrow.
fn one_time(app: &TestApp, preset: &str, seats: u32) -> (Value, Value, Value, Value) {
    let programme = app.programme_of(preset);
    let kind = app.time_type(&programme, &json!({}));
    let book = app.time_book(&programme);
    let slot = app.slot(&book, &kind, 24, seats);
    (programme, kind, book, slot)
}

fn hold(by: &Caller, slot: &Value) -> crate::support::Answer {
    by.post("/bookings", &json!({"slotId": slot["id"]}))
}

/// How many seats of a time the database has given away.
fn given(app: &TestApp, slot: &Value) -> i64 {
    use brobygger::platform::db::schema::bookings;
    use brobygger::timetable::SlotId;
    let slot: SlotId = serde_json::from_value(slot["id"].clone()).unwrap();
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    bookings::table
        .filter(bookings::slot_id.eq(slot))
        .filter(
            bookings::state
                .eq("held")
                .or(bookings::state.eq("confirmed")),
        )
        .count()
        .get_result(&mut conn)
        .unwrap()
}

/// Many at once want the same time; as many as it has seats get one, the others are told.
fn rush(app: &TestApp, callers: &[Caller], rounds: i64, seats: u32, wishes: usize) {
    let (_, kind, book, _) = one_time(app, "HAL", 1);
    for round in 0..rounds {
        let slot = app.slot(&book, &kind, 48 + round, seats);
        let barrier = Barrier::new(wishes);
        let answers: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..wishes)
                .map(|n| {
                    let (caller, barrier, slot) = (&callers[n % callers.len()], &barrier, &slot);
                    scope.spawn(move || {
                        barrier.wait();
                        let answer = hold(caller, slot);
                        match answer.status {
                            201 => 201,
                            _ => {
                                answer.problem(409, "slotTaken");
                                409
                            }
                        }
                    })
                })
                .collect();
            threads
                .into_iter()
                .map(|thread| thread.join().unwrap())
                .collect()
        });
        let won = answers.iter().filter(|status| **status == 201).count();
        assert_eq!(won, seats as usize, "round {round}: {answers:?}");
        assert_eq!(given(app, &slot), i64::from(seats));
    }
}

/// Two instances on one database: what one gives, the other does not.
#[test]
fn hf_6_several_instances_give_a_time_once() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let beside = app.beside();
    let callers: Vec<Caller> = (0..4)
        .flat_map(|_| {
            let here = app.site();
            let there = Caller {
                base: beside.base.clone(),
                ..here.clone()
            };
            [here, there]
        })
        .collect();
    rush(&app, &callers, 10, 1, 32);
    rush(&app, &callers, 5, 4, 32);
    // And both run the clock job.
    let (_, kind, book, _) = one_time(&app, "HF", 1);
    let held = hold(&callers[0], &app.slot(&book, &kind, 400, 1)).expect(201);
    app.availability(&book, &json!({"weekly": [{"weekday": "friday", "from": "09:00", "to": "12:00", "timeTypeId": kind["id"]}]}));
    app.advance(chrono::Duration::days(7));
    let done: Vec<upkeep::Done> = std::thread::scope(|scope| {
        let runs: Vec<_> = [&app, &beside, &app, &beside]
            .into_iter()
            .map(|instance| scope.spawn(|| upkeep::run(&instance.app).unwrap()))
            .collect();
        runs.into_iter().map(|run| run.join().unwrap()).collect()
    });
    // The time book of this round and those of the rushes.
    assert_eq!(
        done.iter()
            .map(|done| done.of("schedule.extended"))
            .sum::<usize>(),
        3,
        "{done:?}"
    );
    assert_eq!(
        app.events_of(&held["id"]),
        ["booking.held", "booking.expired"]
    );
    assert_eq!(
        app.events_of(&book["id"]),
        [
            "schedule.created",
            "schedule.availabilityChanged",
            "schedule.extended"
        ]
    );
}

on_both_engines! {
    fn hf_4_a_talk_is_booked_in_two_calls(app) {
        let (programme, _, _, slot) = one_time(app, "HF", 1);
        let (site, other) = (app.site(), app.site());
        assert_eq!(app.free(&site, &programme), [slot["id"].clone()]);
        let held = hold(&site, &slot).expect(201);
        assert_eq!(held["state"], "held");
        assert_eq!(held["holdExpiresAt"], "2026-03-27T09:25:00Z");
        assert_eq!(held["bookedBy"], "system");
        assert!(app.free(&site, &programme).is_empty());
        hold(&other, &slot).problem(409, "slotTaken");
        let path = format!("/bookings/{}", id(&held));
        let confirmation = format!("{path}/confirmation");
        // HF asks before, during or after illness.
        let mut details = app.details(1);
        details.as_object_mut().unwrap().remove("phase");
        assert_eq!(site.post(&confirmation, &details).field_errors(), [("/phase".to_owned(), "required".to_owned())]);
        details["phase"] = json!("before");
        details["booker"] = json!("relative");
        assert_eq!(site.post(&confirmation, &details).field_errors(), [("/relative".to_owned(), "required".to_owned())]);
        details["relative"] = json!({"name": "Bo Prøvesen", "telephone": "32 10 54 33"});
        details["note"] = json!("Om ventetiden.");
        let booked = site.post(&confirmation, &details).expect(200);
        assert_eq!((&booked["state"], &booked["phase"], &booked["booker"]), (&json!("confirmed"), &json!("before"), &json!("relative")));
        // The site made it and is shown nothing of the person; another site sees nothing at all.
        for field in ["person", "patientId", "consentId", "note"] {
            assert!(booked.get(field).is_none(), "{field}");
        }
        site.get(&path).expect(200);
        other.get(&path).problem(404, "notFound");
        other.post(&format!("{path}/cancellation"), &json!({"reason": "other"})).problem(404, "notFound");
        assert_eq!(other.get("/bookings").expect(200)["items"], json!([]));
        assert_eq!(site.get("/bookings").expect(200)["items"].as_array().unwrap().len(), 1);
        // Staff see at once what was booked on the web, with the minimum of the person.
        let (_, coordinator) = app.coordinator();
        let day = format!("/booking-days?programmeId={}&date=2026-03-28", id(&programme));
        let day = coordinator.get(&day).expect(200);
        let seen = &day["items"][0]["bookings"][0];
        assert_eq!(seen["person"]["name"]["given"], "Anna");
        assert_eq!(seen["person"]["relative"], json!({"name": "Bo Prøvesen", "telephone": "+4532105433"}));
        assert_eq!(seen["note"], "Om ventetiden.");
        assert_eq!(day["items"][0]["slot"]["taken"], 1);
        assert_eq!(app.events_of(&held["id"]), ["booking.held", "booking.confirmed"]);
        // The consent is for what the policy says.
        let consents = coordinator.get(&format!("/patients/{}/consents", seen["patientId"].as_str().unwrap())).expect(200);
        assert_eq!(consents["items"][0]["purpose"], "participation");
        site.post(&confirmation, &details).problem(409, "stateConflict");
    }

    fn hf_6_a_time_is_never_given_twice(app) {
        let callers: Vec<Caller> = (0..4).map(|_| app.site()).collect();
        rush(app, &callers, 12, 1, 24);
    }

    fn hf_6_capacity_is_never_exceeded(app) {
        let callers: Vec<Caller> = (0..4).map(|_| app.site()).collect();
        rush(app, &callers, 6, 5, 24);
    }

    fn hf_6_hundreds_at_once_for_one_time(app) {
        let callers: Vec<Caller> = (0..4).map(|_| app.site()).collect();
        rush(app, &callers, 2, 3, 200);
    }

    fn hf_6_moves_to_one_time_at_once_leave_one_there(app) {
        let (_, kind, book, _) = one_time(app, "HAL", 1);
        let site = app.site();
        let target = app.slot(&book, &kind, 100, 1);
        let bookings: Vec<Value> = (0..8)
            .map(|n| app.booked(&site, &app.slot(&book, &kind, 50 + n, 1), 10 + u32::try_from(n).unwrap()))
            .collect();
        let statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = bookings
                .iter()
                .map(|booking| {
                    let (site, target) = (&site, &target);
                    scope.spawn(move || site.post(&format!("/bookings/{}/move", id(booking)), &json!({"slotId": target["id"]})).status)
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
        assert_eq!(given(app, &target), 1);
    }

    fn hf_6_a_hold_that_runs_out_frees_its_time_at_once(app) {
        let (programme, _, _, slot) = one_time(app, "HF", 1);
        let (site, other) = (app.site(), app.site());
        let held = hold(&site, &slot).expect(201);
        let path = format!("/bookings/{}", id(&held));
        let etag = site.get(&path).etag();
        app.advance(chrono::Duration::minutes(10));
        // No job has run.
        assert_eq!(app.free(&other, &programme), [slot["id"].clone()]);
        assert_eq!(site.get(&path).expect(200)["state"], "expired");
        assert_ne!(site.get(&path).etag(), etag);
        site.post(&format!("{path}/confirmation"), &app.details(1)).problem(409, "stateConflict");
        let second = app.booked(&other, &slot, 2);
        assert_eq!(second["state"], "confirmed");
        assert_eq!(app.events_of(&held["id"]), ["booking.held", "booking.expired"]);
        // The job finds nothing left to do; it ends what nobody else has.
        assert_eq!(upkeep::run(&app.app).unwrap().of("booking.expired"), 0);
        let slot = app.slot(&json!({"id": slot["scheduleId"]}), &json!({"id": slot["timeTypeId"]}), 30, 1);
        let held = hold(&site, &slot).expect(201);
        app.advance(chrono::Duration::minutes(10));
        let ended: usize = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..3).map(|_| scope.spawn(|| { upkeep::run(&app.app).unwrap(); })).collect();
            runs.into_iter().map(|run| { run.join().unwrap(); 1 }).sum()
        });
        assert_eq!(ended, 3);
        assert_eq!(app.events_of(&held["id"]), ["booking.held", "booking.expired"]);
    }

    fn hf_6_see_move_cancel(app) {
        let (programme, kind, book, slot) = one_time(app, "HF", 1);
        let site = app.site();
        let second = app.slot(&book, &kind, 26, 1);
        let others = app.slot(&app.time_book(&programme), &kind, 25, 1);
        let booking = app.booked(&site, &slot, 1);
        let path = format!("/bookings/{}", id(&booking));
        let found = site.get(&format!("{path}/alternatives")).expect(200);
        assert_eq!(found["sameSupporter"][0]["id"], second["id"]);
        assert_eq!(found["others"][0]["id"], others["id"]);
        let moved = site.post(&format!("{path}/move"), &json!({"slotId": second["id"]})).expect(200);
        assert_eq!((&moved["slotId"], &moved["moves"]), (&second["id"], &json!(1)));
        let mut free = app.free(&site, &programme);
        free.sort_by_key(ToString::to_string);
        let mut expected = vec![slot["id"].clone(), others["id"].clone()];
        expected.sort_by_key(ToString::to_string);
        assert_eq!(free, expected);
        site.post(&format!("{path}/move"), &json!({"slotId": second["id"]})).problem(400, "invalidRequest");
        let cancelled = site.post(&format!("{path}/cancellation"), &json!({"reason": "personUnavailable", "note": "Rejser bort."})).expect(200);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(app.free(&site, &programme).len(), 3);
        let refused = site.post(&format!("{path}/move"), &json!({"slotId": slot["id"]})).problem(409, "stateConflict");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("cancelled"), &json!([])));
        assert_eq!(app.events_of(&booking["id"]), ["booking.held", "booking.confirmed", "booking.moved", "booking.cancelled"]);
    }

    fn hal_2_lead_times_bind_the_web_and_not_staff(app) {
        let programme = app.programme_of("HAL");
        let lead = json!({"bookBeforeMinutes": 60, "moveBeforeMinutes": 600, "cancelBeforeMinutes": 300});
        let kind = app.time_type(&programme, &lead);
        let book = app.time_book(&programme);
        let (site, (_, coordinator)) = (app.site(), app.coordinator());
        let slot = app.slot(&book, &kind, 12, 1);
        let next = app.slot(&book, &kind, 20, 1);
        let booking = app.booked(&site, &slot, 1);
        let path = format!("/bookings/{}", id(&booking));
        app.advance(chrono::Duration::hours(3));
        site.post(&format!("{path}/move"), &json!({"slotId": next["id"]})).problem(409, "conflict");
        app.advance(chrono::Duration::hours(5));
        site.post(&format!("{path}/cancellation"), &json!({"reason": "personWish"})).problem(409, "conflict");
        coordinator.post(&format!("{path}/move"), &json!({"slotId": next["id"]})).expect(200);
        app.advance(chrono::Duration::minutes(3 * 60 + 30));
        hold(&site, &slot).problem(409, "conflict");
        hold(&coordinator, &slot).expect(201);
    }

    fn hf_4_staff_book_for_a_caller_and_a_patient_for_nobody_else(app) {
        let (programme, kind, book, slot) = one_time(app, "HF", 1);
        let (_, nurse) = app.nurse();
        let booked = app.booked(&nurse, &slot, 1);
        assert_eq!(booked["bookedBy"], "staff");
        let patient: uuid::Uuid = booked["patientId"].as_str().unwrap().parse().unwrap();
        let own = app.person(Role::Patient, patient);
        assert_eq!(own.get("/bookings").expect(200)["items"].as_array().unwrap().len(), 1);
        let stranger = app.booked(&nurse, &app.slot(&book, &kind, 30, 1), 2);
        let stranger: uuid::Uuid = stranger["patientId"].as_str().unwrap().parse().unwrap();
        app.person(Role::Patient, stranger).get(&format!("/bookings/{}", id(&booked))).problem(404, "notFound");
        // The patient's own: no person to send; the consent that was given covers it.
        let slot = app.slot(&book, &kind, 40, 1);
        let held = hold(&own, &slot).expect(201);
        let confirmation = format!("/bookings/{}/confirmation", id(&held));
        own.post(&confirmation, &json!({"phase": "after", "patientId": stranger})).problem(403, "forbidden");
        let booked = own.post(&confirmation, &json!({"phase": "after"})).expect(200);
        assert_eq!((&booked["bookedBy"], &booked["patientId"]), (&json!("patient"), &json!(patient)));
        // A booking site knows no records.
        let site = app.site();
        let held = hold(&site, &app.slot(&book, &kind, 50, 1)).expect(201);
        let wrong = site.post(&format!("/bookings/{}/confirmation", id(&held)), &json!({"phase": "after", "patientId": patient}));
        assert_eq!(wrong.field_errors(), [("/patientId".to_owned(), "notFound".to_owned())]);
        let mut without = app.details(9);
        without.as_object_mut().unwrap().remove("consent");
        site.post(&format!("/bookings/{}/confirmation", id(&held)), &without).problem(409, "consentRequired");
        assert_eq!(app.free(&site, &programme).len(), 0);
    }

    fn consent_withdrawn_cancels_what_is_to_come(app) {
        let (programme, _, _, slot) = one_time(app, "HF", 1);
        let (_, nurse) = app.nurse();
        let booked = app.booked(&nurse, &slot, 1);
        let withdrawn = nurse.post(&format!("/consents/{}/withdrawal", booked["consentId"].as_str().unwrap()), &json!({})).expect(200);
        assert_eq!(withdrawn["withdrawal"]["ended"], json!([{"kind": "booking", "id": booked["id"]}]));
        let seen = nurse.get(&format!("/bookings/{}", id(&booked))).expect(200);
        assert_eq!((&seen["state"], &seen["cancellationReason"]), (&json!("cancelled"), &json!("consentWithdrawn")));
        assert_eq!(app.free(&nurse, &programme), [slot["id"].clone()]);
    }

    fn hf_6_attendance_is_recorded_once_it_has_begun(app) {
        let (_, _, _, slot) = one_time(app, "HF", 1);
        let (_, nurse) = app.nurse();
        let booked = app.booked(&nurse, &slot, 1);
        let path = format!("/bookings/{}/attendance", id(&booked));
        nurse.post(&path, &json!({"outcome": "attended"})).problem(409, "stateConflict");
        app.advance(chrono::Duration::hours(24));
        assert_eq!(nurse.post(&path, &json!({"outcome": "noShow"})).expect(200)["state"], "noShow");
        nurse.post(&path, &json!({"outcome": "attended"})).problem(409, "stateConflict");
    }

    fn merged_records_keep_their_bookings(app) {
        let (_, kind, book, slot) = one_time(app, "HF", 1);
        let (_, coordinator) = app.coordinator();
        let first = app.booked(&coordinator, &slot, 1);
        let second = app.booked(&coordinator, &app.slot(&book, &kind, 30, 1), 2);
        let (survivor, duplicate) = (&first["patientId"], &second["patientId"]);
        coordinator
            .post(&format!("/patients/{}/merge", survivor.as_str().unwrap()), &json!({"duplicateId": duplicate, "reason": "Samme person."}))
            .expect(200);
        let seen = coordinator.get(&format!("/bookings/{}", id(&second))).expect(200);
        assert_eq!(&seen["patientId"], survivor);
    }
}
