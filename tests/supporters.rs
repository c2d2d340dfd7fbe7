//! What is shown as free can be had, and what stands against a supporter's talk (HF-2, HF-5, HF-6,
//! HAL-2).

use brobygger::upkeep;
use chrono::Duration;
use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::wards::shift_path;
use crate::support::{Answer, Caller, TestApp};

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

fn hold(by: &Caller, slot: &Value) -> Value {
    by.post("/bookings", &json!({"slotId": slot["id"]}))
        .expect(201)
}

fn confirm(by: &Caller, held: &Value, details: &Value) -> Answer {
    by.post(&format!("/bookings/{}/confirmation", id(held)), details)
}

/// The ids of these times.
fn ids(times: &Value) -> Vec<Value> {
    let times = times.as_array().unwrap();
    times.iter().map(|time| time["id"].clone()).collect()
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

    fn hf_5_a_talk_is_booked_with_a_supporter_of_the_right_kind(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = |subtype: &str| supporter(app, &json!({"subtypes": [subtype], "capacityPerWeek": 20})).1;
        let [patients, relatives, parents] = ["patientSupporter", "relativeSupporter", "parentSupporter"].map(book);
        let line = app.time_book(&programme);
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let by_relative = |n: u32| {
            let mut details = app.details(n);
            details["booker"] = json!("relative");
            details["relative"] = json!({"name": "Bo Prøvesen"});
            details
        };
        let mut hours = 48;
        // Whoever books: a booking site, and staff for a caller.
        for by in [&site, &nurse] {
            for (book, of_patients) in [(&patients, true), (&relatives, false), (&parents, false)] {
                hours += 1;
                let held = hold(by, &app.slot(book, &kind, hours, 1));
                let (right, wrong) = if of_patients { (app.details(1), by_relative(1)) } else { (by_relative(1), app.details(1)) };
                let refused = confirm(by, &held, &wrong).problem(409, "supporterDoesNotFit");
                assert!(refused["detail"].as_str().unwrap().contains("`subtypes`"), "{refused}");
                // It is held still.
                assert_eq!(confirm(by, &held, &right).expect(200)["state"], "confirmed");
            }
        }
        // A time that is no volunteer's is for both.
        for (hours, details) in [(60, app.details(1)), (61, by_relative(1))] {
            confirm(&site, &hold(&site, &app.slot(&line, &kind, hours, 1)), &details).expect(200);
        }
        // Nor is a booking moved to what is not shown among the times that it could be moved to.
        let booked = app.booked(&site, &app.slot(&patients, &kind, 70, 1), 2);
        let [same, nobodys, wrong] = [(&patients, 71), (&line, 72), (&relatives, 73)]
            .map(|(book, hours)| app.slot(book, &kind, hours, 1));
        let path = format!("/bookings/{}", id(&booked));
        let shown = site.get(&format!("{path}/alternatives")).expect(200);
        assert_eq!((ids(&shown["sameSupporter"]), ids(&shown["others"])), (vec![same["id"].clone()], vec![nobodys["id"].clone()]));
        assert_eq!(shown["sameSupporter"][0]["subtypes"], json!(["patientSupporter"]));
        site.post(&format!("{path}/move"), &json!({"slotId": wrong["id"]})).problem(409, "supporterDoesNotFit");
        site.post(&format!("{path}/move"), &json!({"slotId": same["id"]})).expect(200);
    }

    fn hf_5_a_talk_is_booked_in_a_language_and_about_a_phase_of_the_volunteer(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (_, danish) = supporter(app, &json!({"capacityPerWeek": 20}));
        let (_, arabic) = supporter(app, &json!({"languages": ["ar-SY"], "phases": ["before"], "capacityPerWeek": 20}));
        let (site, (_, nurse)) = (app.site(), app.nurse());
        let mut details = app.details(1);
        details["patient"]["language"] = json!("ar");
        let held = hold(&site, &app.slot(&danish, &kind, 48, 1));
        let refused = confirm(&site, &held, &details).problem(409, "supporterDoesNotFit");
        assert!(refused["detail"].as_str().unwrap().contains("`languages`"), "{refused}");
        // What is said of the talk counts before what the person prefers.
        details["language"] = json!("da-DK");
        confirm(&site, &held, &details).expect(200);
        let seen = nurse.get(&format!("/bookings/{}", id(&held))).expect(200);
        assert_eq!(seen["person"]["language"], "da-DK");
        // By what stands on record only who may see it is judged: a site would be told by the answer.
        let mut details = json!({"patientId": seen["patientId"], "phase": "after"});
        let held = hold(&nurse, &app.slot(&danish, &kind, 50, 1));
        confirm(&nurse, &held, &details).problem(409, "supporterDoesNotFit");
        let held = hold(&site, &app.slot(&danish, &kind, 52, 1));
        confirm(&site, &held, &app.details(1)).expect(200);
        let held = hold(&nurse, &app.slot(&arabic, &kind, 54, 1));
        let refused = confirm(&nurse, &held, &details).problem(409, "supporterDoesNotFit");
        assert!(refused["detail"].as_str().unwrap().contains("`phases`"), "{refused}");
        details["phase"] = json!("before");
        confirm(&nurse, &held, &details).expect(200);
    }

    fn hf_5_free_times_say_whom_they_are_for_and_are_found_by_it(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (_, danish) = supporter(app, &json!({}));
        let (_, swedish) = supporter(app, &json!({
            "subtypes": ["patientSupporter", "relativeSupporter"], "languages": ["sv", "da-DK"], "phases": ["before"]}));
        let (_, parents) = supporter(app, &json!({"subtypes": ["parentSupporter"], "languages": ["ar"]}));
        let line = app.time_book(&programme);
        let times = [(&danish, 48), (&swedish, 50), (&parents, 52), (&line, 54), (&danish, 56)]
            .map(|(book, hours)| app.slot(book, &kind, hours, 1));
        let site = app.site();
        let path = format!("/free-slots?programmeId={}", id(&programme));
        let all = site.get(&path).expect(200)["items"].clone();
        assert_eq!(all[0]["phases"], json!(["before", "during", "after"]));
        assert_eq!((&all[1]["subtypes"], &all[1]["languages"], &all[1]["phases"]),
            (&json!(["patientSupporter", "relativeSupporter"]), &json!(["sv", "da"]), &json!(["before"])));
        for field in ["volunteerId", "subtypes", "languages", "phases"] {
            assert!(all[2].get(field).is_some() && all[3].get(field).is_none(), "{field}");
        }
        let found = |query: &str| -> Vec<usize> {
            let page = site.get(&format!("{path}&{query}")).expect(200);
            let place = |found: &Value| times.iter().position(|time| time["id"] == *found).unwrap();
            ids(&page["items"]).iter().map(place).collect()
        };
        let by_one = |query: &str| -> Vec<usize> {
            let mut each = found(&format!("{query}&limit=1"));
            let mut page = site.get(&format!("{path}&{query}&limit=1")).expect(200);
            while let Some(cursor) = page["nextCursor"].as_str() {
                let next = format!("{query}&limit=1&cursor={cursor}");
                each.extend(found(&next));
                page = site.get(&format!("{path}&{next}")).expect(200);
            }
            each
        };
        // Then with more volunteers than a query names.
        for others in [0, 120] {
            app.make_active(&vec![json!({}); others]);
            for (query, expected) in [
                ("subtype=patientSupporter", vec![0, 1, 4]), ("subtype=relativeSupporter&subtype=parentSupporter", vec![1, 2]),
                ("language=da", vec![0, 1, 4]), ("language=SV-se&language=ar", vec![1, 2]), ("phase=after", vec![0, 2, 4]),
                ("subtype=patientSupporter&language=sv&phase=before", vec![1]),
                ("subtype=parentSupporter&language=sv", vec![]), ("language=fi", vec![]),
            ] {
                assert_eq!(found(query), expected, "{query}, {others} others");
                assert_eq!(by_one(query), expected, "{query} one by one, {others} others");
            }
        }
        // A cursor belongs to what it was made for.
        let first = site.get(&format!("{path}&language=da&limit=1")).expect(200);
        let cursor = first["nextCursor"].as_str().unwrap();
        site.get(&format!("{path}&language=sv&limit=1&cursor={cursor}")).problem(400, "invalidCursor");
        site.get(&format!("{path}&subtype=nurse")).problem(400, "invalidRequest");
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
