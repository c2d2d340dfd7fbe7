//! Ward shifts and talks on them.

use serde_json::{Value, json};

use super::TestApp;

/// The path of a shift, with a step.
pub fn shift_path(shift: &Value, step: &str) -> String {
    let id = shift["id"].as_str().unwrap();
    match step {
        "" => format!("/ward-shifts/{id}"),
        step => format!("/ward-shifts/{id}/{step}"),
    }
}

impl TestApp {
    /// A new shift of the HF programme, with `own` in the place of what it names.
    pub fn shift(&self, ward: &Value, own: &Value) -> Value {
        let mut body = json!({
            "programmeId": self.programme_of("HF")["id"], "wardId": ward,
            "startsAt": "2026-04-08T10:00:00+02:00", "endsAt": "2026-04-08T13:00:00+02:00",
        });
        for (field, value) in own.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.client_with_everything()
            .post("/ward-shifts", &body)
            .expect(201)
    }

    /// An active volunteer of the HF programme, without the steps on the way.
    pub fn supporter(&self, own: Value) -> Value {
        let id = self.make_active(&[own])[0];
        self.client_with_everything()
            .get(&format!("/volunteers/{id}"))
            .expect(200)
    }
}
