//! What a list shows is what reading one shows, whatever was gathered for a whole page at once; and
//! a tag says when there is something else to read.

use serde_json::{Value, json};

use crate::support::booking::id;
use crate::support::seed::Seeded;
use crate::support::wards::shift_path;
use crate::support::{Caller, TestApp};

/// Every item of a list is what its own path answers.
fn as_read(by: &Caller, list: &str, at_least: usize) {
    let page = by.get(list).expect(200);
    let items = page["items"].as_array().unwrap();
    assert!(items.len() >= at_least, "{list} has {} items", items.len());
    let base = list.split('?').next().unwrap();
    for item in items {
        assert_eq!(&by.get(&format!("{base}/{}", id(item))).expect(200), item);
    }
}

/// The tag of what is read, and whether who has it is told that nothing is new.
fn tag(by: &Caller, path: &str) -> String {
    by.get(path).header("etag").unwrap().to_owned()
}

fn is_known(by: &Caller, path: &str, tag: &str) -> bool {
    by.send("GET", path, &[("if-none-match", tag)], None).status == 304
}

/// A group time with three bookings, a hold, and two who wait, one of them with an offer.
fn busy(app: &TestApp, by: &Caller) -> Value {
    let programme = app.programme_of("HAL");
    let kind = app.time_type(&programme, &json!({}));
    let group = app.slot(&app.time_book(&programme), &kind, 24, 5);
    for n in 1..=3 {
        app.booked(by, &group, n);
    }
    by.post("/bookings", &json!({"slotId": group["id"]}))
        .expect(201);
    let single = app.slot(&app.time_book(&programme), &kind, 26, 1);
    let booked = app.booked(by, &single, 4);
    for n in 5..=6 {
        let body = json!({"programmeId": programme["id"], "details": app.details(n)});
        by.post("/waiting-list-entries", &body).expect(201);
    }
    by.post(
        &format!("/bookings/{}/cancellation", id(&booked)),
        &json!({"reason": "personWish"}),
    )
    .expect(200);
    programme
}

on_both_engines! {
    fn bookings_times_and_those_who_wait_are_listed_as_they_are_read(app) {
        let (_, coordinator) = app.coordinator();
        let programme = busy(app, &coordinator);
        as_read(&coordinator, "/bookings", 6);
        as_read(&coordinator, "/slots", 2);
        as_read(&coordinator, "/waiting-list-entries", 2);
        // The day has the same bookings, by seat, under their time.
        let day = app.clock.now().utc() + chrono::Duration::hours(24);
        let path = format!("/booking-days?programmeId={}&date={}", id(&programme), day.date_naive());
        let day = coordinator.get(&path).expect(200);
        let mut seen = 0;
        for item in day["items"].as_array().unwrap() {
            let bookings = item["bookings"].as_array().unwrap();
            assert_eq!(json!(bookings.len()), item["slot"]["taken"]);
            for booking in bookings {
                assert_eq!(&coordinator.get(&format!("/bookings/{}", id(booking))).expect(200), booking);
                assert_eq!(booking["slotId"], item["slot"]["id"]);
                seen += 1;
            }
        }
        assert!(seen >= 4);
    }

    fn hal_2_a_page_of_a_day_has_so_many_bookings_only(app) {
        let programme = app.programme_of("HAL");
        let (_, coordinator) = app.coordinator();
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let mut slots = Vec::new();
        for n in 0..3 {
            let slot = app.slot(&book, &kind, 24 + n, 100);
            for _ in 0..80 {
                coordinator.post("/bookings", &json!({"slotId": slot["id"]})).expect(201);
            }
            slots.push(slot["id"].clone());
        }
        let day = (app.clock.now().utc() + chrono::Duration::hours(24)).date_naive();
        let first = format!("/booking-days?programmeId={}&date={day}&limit=100", id(&programme));
        let mut found = Vec::new();
        let mut path = first.clone();
        loop {
            let page = coordinator.get(&path).expect(200);
            let items = page["items"].as_array().unwrap();
            let booked: usize = items.iter().map(|item| item["bookings"].as_array().unwrap().len()).sum();
            assert!((1..=200).contains(&booked), "{booked} bookings on one page");
            found.extend(items.iter().map(|item| item["slot"]["id"].clone()));
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("{first}&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(found, slots);
    }

    fn hf_7_shifts_and_feedback_are_listed_as_they_are_read(app) {
        let maker = app.client_with_everything();
        let ward = app.ward();
        let supporters = [app.supporter(json!({})), app.supporter(json!({}))];
        for count in 0..=2 {
            let starts = format!("2026-04-{:02}T10:00:00+02:00", 8 + count);
            let ends = format!("2026-04-{:02}T13:00:00+02:00", 8 + count);
            let shift = app.shift(&ward, &json!({"startsAt": starts, "endsAt": ends}));
            for volunteer in supporters.iter().take(count) {
                let body = json!({"volunteerId": volunteer["id"], "kind": "regular"});
                maker.post(&shift_path(&shift, "sign-up"), &body).expect(200);
            }
        }
        as_read(&maker, "/ward-shifts", 3);
        // On a record with and without an agreement and a consent, and on nobody's record.
        let seeded = Seeded::new(app);
        let maker = &seeded.maker;
        let (path, first) = &seeded.requests["register_feedback"];
        for without in [&[][..], &["quotation"], &["patientId"], &["patientId", "quotation"], &["text", "quotation"]] {
            let mut body = first.clone();
            for field in without {
                body.as_object_mut().unwrap().remove(*field);
            }
            maker.post(path, &body).expect(201);
        }
        as_read(maker, "/feedback", 6);
        let quoted = |page: Value| page["items"].as_array().unwrap().iter().filter(|one| one["quotation"]["status"] == "allowed").count();
        assert_eq!(quoted(maker.get("/feedback").expect(200)), 3);
        assert_eq!(quoted(maker.get("/feedback?hasText=false").expect(200)), 0);
    }

    fn hf_6_a_corrected_number_is_read_again(app) {
        let (_, coordinator) = app.coordinator();
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let slot = app.slot(&app.time_book(&programme), &kind, 24, 1);
        let booked = app.booked(&app.site(), &slot, 1);
        let booking = format!("/bookings/{}", id(&booked));
        let own = tag(&coordinator, &booking);
        assert!(is_known(&coordinator, &booking, &own));
        let read = coordinator.get(&booking).expect(200);
        let patient = format!("/patients/{}", read["patientId"].as_str().unwrap());
        let change = json!({"name": {"given": "Anne", "family": "Prøvesen"}});
        coordinator.patch(&patient, "*", &change).expect(200);
        assert!(!is_known(&coordinator, &booking, &own));
        let read = coordinator.get(&booking).expect(200);
        assert_eq!(read["person"]["name"]["given"], "Anne");
    }

    fn hal_2_a_new_public_name_of_a_type_is_read_again(app) {
        let (_, coordinator) = app.coordinator();
        let programme = app.programme_of("HAL");
        let kind = app.time_type(&programme, &json!({}));
        let slot = app.slot(&app.time_book(&programme), &kind, 24, 1);
        let path = format!("/slots/{}", id(&slot));
        let known = tag(&coordinator, &path);
        assert!(is_known(&coordinator, &path, &known));
        let change = json!({"publicName": "Ring til os", "webVisible": false});
        coordinator.patch(&format!("/time-types/{}", id(&kind)), "*", &change).expect(200);
        assert!(!is_known(&coordinator, &path, &known));
        assert_eq!(coordinator.get(&path).expect(200)["publicName"], "Ring til os");
    }
}
