//! What is shown as free can be had, and what stands against a supporter's talk (HF-2, HF-5, HF-6,
//! HAL-2).

use brobygger::upkeep;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::wards::shift_path;
use crate::support::{Caller, TestApp};

/// The time book of a new active volunteer of HF.
fn supporter(app: &TestApp, own: &Value) -> (Value, Value) {
    let volunteer = app.active_volunteer(own);
    let programme = app.programme_of("HF");
    let book = json!({"programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Formiddage"});
    let book = app.volunteer_coordinator().post("/schedules", &book);
    (volunteer, book.expect(201))
}

fn wait(app: &TestApp, by: &Caller, n: u32, own: &Value) -> Value {
    let mut body = json!({"programmeId": app.programme_of("HF")["id"], "details": app.details(n)});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    by.post("/waiting-list-entries", &body).expect(201)
}

fn entry(by: &Caller, entry: &Value) -> Value {
    by.get(&format!("/waiting-list-entries/{}", id(entry)))
        .expect(200)
}

fn listed(by: &Caller, state: &str) -> Vec<Value> {
    let page = by.get(&format!("/waiting-list-entries?state={state}"));
    page.expect(200)["items"].as_array().unwrap().clone()
}

on_both_engines! {
    fn hf_6_what_is_shown_as_free_can_be_had(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (volunteer, book) = supporter(app, &json!({"capacityPerWeek": 1}));
        let (coordinator, (_, nurse)) = (app.volunteer_coordinator(), app.nurse());
        // Wednesday 8 April, during and after a shift from 10 to 13 in Copenhagen; the week after.
        let times: Vec<Value> = [287, 290, 291, 287 + 168].map(|hours| app.slot(&book, &kind, hours, 1)).into();
        let ids: Vec<Value> = times.iter().map(|time| time["id"].clone()).collect();
        assert_eq!(app.free(&nurse, &programme), ids);
        let shift = app.shift(&app.ward(), &json!({}));
        coordinator.post(&shift_path(&shift, "sign-up"), &json!({"volunteerId": volunteer["id"]})).expect(200);
        assert_eq!(app.free(&nurse, &programme), ids[1..]);
        // One talk a week: the other time of that week is not shown, another seat of hers is.
        let booked = app.booked(&nurse, &times[1], 1);
        assert_eq!(app.free(&nurse, &programme), ids[3..]);
        let other = nurse.get(&format!("/bookings/{}/alternatives", id(&booked))).expect(200);
        let same: Vec<&Value> = other["sameSupporter"].as_array().unwrap().iter().map(|time| &time["id"]).collect();
        assert_eq!(same, [&ids[2], &ids[3]], "the talk that moves does not count");
        for time in app.free(&nurse, &programme) {
            nurse.post("/bookings", &json!({"slotId": time})).expect(201);
        }
        assert!(app.free(&nurse, &programme).is_empty());
        let unknown = nurse.get("/free-slots?programmeId=01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70");
        assert_eq!(unknown.field_errors()[0].0, "?programmeId");
    }

    fn hf_5_a_released_talk_goes_to_the_kind_of_supporter_who_was_booked(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (leaving, book) = supporter(app, &json!({"subtypes": ["patientSupporter", "parentSupporter"]}));
        let (_, parents) = supporter(app, &json!({"subtypes": ["parentSupporter"]}));
        let (_, nurse) = app.nurse();
        let slot = app.slot(&book, &kind, 48, 1);
        app.slot(&parents, &kind, 48, 1);
        let booked = app.booked(&nurse, &slot, 1);
        let path = format!("/volunteers/{}/leave", id(&leaving));
        let gone = app.volunteer_coordinator().post(&path, &json!({"reason": "travel"})).expect(200);
        assert!(gone["released"][0].get("volunteerId").is_none(), "{gone}");
        assert_eq!(nurse.get(&format!("/bookings/{}", id(&booked))).expect(200)["state"], "cancelled");
    }

    fn hf_5_a_new_conflict_of_interest_ends_the_talk_that_was_booked(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let ((volunteer, book), (colleague, other)) = (supporter(app, &json!({})), supporter(app, &json!({})));
        let (_, nurse) = app.nurse();
        let slot = app.slot(&book, &kind, 48, 1);
        let booked = app.booked(&nurse, &slot, 1);
        app.slot(&other, &kind, 48, 1);
        let conflict = json!({"conflicts": [{"kind": "family", "patientId": booked["patientId"]}]});
        app.client_with_everything().patch(&format!("/volunteers/{}", id(&volunteer)), "*", &conflict).expect(200);
        let moved = nurse.get(&format!("/bookings/{}", id(&booked))).expect(200);
        assert_eq!((&moved["state"], &moved["volunteerId"]), (&json!("confirmed"), &colleague["id"]));
        // Both supporters are told.
        assert_eq!(app.events_of(&booked["id"]).last().unwrap(), "booking.moved");
        assert_eq!(app.events_of(&volunteer["id"]).last().unwrap(), "volunteer.talkTakenOver");
    }

    fn hal_2_a_closed_time_book_offers_nothing(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (volunteer, book) = supporter(app, &json!({}));
        let (coordinator, (_, nurse)) = (app.volunteer_coordinator(), app.nurse());
        let (time, shut) = (app.slot(&book, &kind, 48, 1), app.slot(&book, &kind, 50, 1));
        let path = format!("/schedules/{}", id(&book));
        let slot = format!("/slots/{}", id(&shut));
        coordinator.patch(&slot, "*", &json!({"closed": true})).expect(200);
        coordinator.patch(&path, "*", &json!({"active": false})).expect(200);
        assert!(app.free(&nurse, &programme).is_empty());
        nurse.post("/bookings", &json!({"slotId": time["id"]})).problem(409, "slotTaken");
        coordinator.patch(&slot, "*", &json!({"closed": false})).problem(409, "conflict");
        coordinator.patch(&path, "*", &json!({"active": true})).expect(200);
        assert_eq!(app.free(&nurse, &programme), [time["id"].clone()]);
        coordinator.patch(&slot, "*", &json!({"closed": false})).expect(200);
        // Nobody's, once she has left.
        let gone = format!("/volunteers/{}/departure", id(&volunteer));
        coordinator.post(&gone, &json!({"reason": "ownWish"})).expect(200);
        coordinator.patch(&path, "*", &json!({"active": true})).problem(409, "conflict");
    }

    fn hf_6_who_cannot_come_any_more_waits_no_longer(app) {
        let (_, nurse) = app.nurse();
        let last = app.clock.now() + Duration::hours(30);
        let waiting = wait(app, &nurse, 1, &json!({"notAfter": last}));
        assert_eq!(listed(&nurse, "waiting").len(), 1);
        app.advance(Duration::hours(31));
        // From that moment, before anybody has noticed.
        assert_eq!(entry(&nurse, &waiting)["state"], "left");
        assert_eq!((listed(&nurse, "waiting").len(), listed(&nurse, "left").len()), (0, 1));
        let again = wait(app, &nurse, 1, &json!({}));
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.left"), 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.left"), 0);
        assert_eq!(app.events_of(&waiting["id"]), ["waitingListEntry.entered", "waitingListEntry.left"]);
        assert_eq!(entry(&nurse, &again)["state"], "waiting");
    }

    fn hf_6_the_list_shows_the_state_that_the_filter_asks_for(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (_, nurse) = app.nurse();
        let waiting = wait(app, &nurse, 1, &json!({}));
        app.slot(&app.time_book(&programme), &kind, 48, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!(listed(&nurse, "offered")[0]["id"], waiting["id"]);
        // The offer runs out, and no clock job has run.
        app.advance(Duration::hours(13));
        assert!(listed(&nurse, "offered").is_empty());
        assert_eq!(listed(&nurse, "waiting")[0]["state"], "waiting");
    }

    fn who_waits_leaves_no_trace_of_being_looked_at_for_nothing(app) {
        let (_, nurse) = app.nurse();
        let waiting = wait(app, &nurse, 1, &json!({}));
        let log = format!("/patients/{}/access-log?limit=100", waiting["patientId"].as_str().unwrap());
        let seen = |by: &Caller| by.get(&log).expect(200)["items"].as_array().unwrap().len();
        let client = app.client_with_everything();
        let before = seen(&client);
        for _ in 0..3 {
            assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 0);
        }
        assert_eq!(seen(&client), before + 1, "only the look at the log itself");
    }

    fn hf_6_somebody_far_down_the_line_of_free_times_is_served(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (_, danish) = supporter(app, &json!({"languages": ["da"], "capacityPerWeek": 50}));
        let (_, arabic) = supporter(app, &json!({"languages": ["ar"], "capacityPerWeek": 50}));
        let (_, nurse) = app.nurse();
        let mut details = app.details(1);
        details["patient"]["language"] = json!("ar");
        let waiting = wait(app, &nurse, 1, &json!({"details": details}));
        for hour in 0..60 {
            app.slot(&danish, &kind, 48 + hour, 1);
        }
        let fits = app.slot(&arabic, &kind, 300, 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("waitingListEntry.offered"), 1);
        assert_eq!(entry(&nurse, &waiting)["offer"]["slotId"], fits["id"]);
    }

    fn a_booking_site_holds_no_more_than_the_programme_lets_it(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let policy = json!({"policy": {"booking": {"siteHolds": 2}}});
        app.client_with_everything().patch(&format!("/programmes/{}", id(&programme)), "*", &policy).expect(200);
        let (site, other, (_, nurse)) = (app.site(), app.site(), app.nurse());
        let slot = app.slot(&book, &kind, 48, 20);
        let hold = |by: &Caller| by.post("/bookings", &json!({"slotId": slot["id"]}));
        hold(&site).expect(201);
        hold(&site).expect(201);
        hold(&site).problem(409, "conflict");
        for _ in 0..5 {
            hold(&nurse).expect(201);
        }
        hold(&other).expect(201);
    }

    fn a_volunteer_who_has_left_is_refused_from_that_moment(app) {
        let (volunteer, _) = supporter(app, &json!({}));
        let own = app.as_volunteer(&volunteer);
        own.get("/schedules").expect(200);
        let gone = format!("/volunteers/{}/departure", id(&volunteer));
        app.volunteer_coordinator().post(&gone, &json!({"reason": "ownWish"})).expect(200);
        own.get("/schedules").problem(401, "unauthenticated");
    }
}
