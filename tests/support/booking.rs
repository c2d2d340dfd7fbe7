//! Time books, times and people who book them, made through the API.

use serde_json::{Value, json};

use super::{Caller, TestApp};

/// What a booking site may do.
pub const SITE: &[&str] = &["slots.read", "bookings.read", "bookings.write"];

impl TestApp {
    /// A booking site.
    pub fn site(&self) -> Caller {
        self.client(SITE)
    }

    /// A time type of this programme: 45 minutes by telephone, seen on the web, no lead times.
    pub fn time_type(&self, programme: &Value, change: &Value) -> Value {
        let mut body = json!({
            "programmeId": programme["id"], "name": "Telefonsamtale 45", "publicName": "Samtale",
            "minutes": 45, "channel": "telephone", "webVisible": true,
        });
        merge(&mut body, change);
        self.coordinator().1.post("/time-types", &body).expect(201)
    }

    /// The time book of a new member of staff.
    pub fn time_book(&self, programme: &Value) -> Value {
        let (staff, coordinator) = self.coordinator();
        coordinator
            .post(
                "/schedules",
                &json!({"programmeId": programme["id"], "staffId": staff, "name": "Linjen"}),
            )
            .expect(201)
    }

    /// A time entered by hand, so many hours from now.
    pub fn slot(&self, book: &Value, kind: &Value, hours: i64, seats: u32) -> Value {
        let at = self.clock.now() + chrono::Duration::hours(hours);
        self.coordinator()
            .1
            .post(
                "/slots",
                &json!({"scheduleId": book["id"], "timeTypeId": kind["id"], "startsAt": at, "seats": seats}),
            )
            .expect(201)
    }

    /// Sets the availability of a time book.
    pub fn availability(&self, book: &Value, availability: &Value) -> Value {
        let path = format!("/schedules/{}/availability", id(book));
        self.coordinator()
            .1
            .send("PUT", &path, &[("if-match", "*")], Some(availability))
            .expect(200)
    }

    /// For whom a booking is: the (synthetic) person number `n`.
    pub fn details(&self, n: u32) -> Value {
        json!({
            "patient": {
                "name": {"given": "Anna", "family": format!("Prøvesen{}", super::journeys::letters(n))},
                "telephones": [{"label": "mobile", "number": format!("+4532{n:06}")}],
                "municipalityCode": "0370",
            },
            "phase": "after",
            "consent": {"form": "digital", "givenAt": self.now()},
        })
    }

    /// A confirmed booking of this time for the person number `n`.
    pub fn booked(&self, by: &Caller, slot: &Value, n: u32) -> Value {
        let held = by
            .post("/bookings", &json!({"slotId": slot["id"]}))
            .expect(201);
        by.post(
            &format!("/bookings/{}/confirmation", id(&held)),
            &self.details(n),
        )
        .expect(200)
    }

    /// The ids of the times that somebody finds free in a programme.
    pub fn free(&self, by: &Caller, programme: &Value) -> Vec<Value> {
        by.get(&format!(
            "/free-slots?programmeId={}&limit=100",
            id(programme)
        ))
        .expect(200)["items"]
            .as_array()
            .unwrap()
            .iter()
            .map(|slot| slot["id"].clone())
            .collect()
    }
}

/// The id of what the API has shown.
pub fn id(value: &Value) -> &str {
    value["id"].as_str().unwrap()
}

/// A merge patch.
fn merge(value: &mut Value, change: &Value) {
    for (field, change) in change.as_object().unwrap() {
        value[field] = change.clone();
    }
}
