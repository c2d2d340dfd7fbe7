//! Volunteers (synthetic): candidates, active ones through the whole onboarding, many at once.

use brobygger::platform::access::{Actor, Role};
use brobygger::platform::app::Cx;
use brobygger::platform::http::request::RequestInfo;
use brobygger::programmes::ProgrammeId;
use brobygger::volunteers::{self, NewVolunteer, VolunteerId};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, TestApp};

impl TestApp {
    /// A new coordinator of volunteers, as a caller.
    pub fn volunteer_coordinator(&self) -> Caller {
        self.staff_member("Lone Prøve", Role::VolunteerCoordinator)
            .1
    }

    /// A volunteer with the own token.
    pub fn as_volunteer(&self, volunteer: &Value) -> Caller {
        let id: Uuid = serde_json::from_value(volunteer["id"].clone()).unwrap();
        self.person(Role::Volunteer, id)
    }

    /// The id of a new ward of the controller, part of a new hospital.
    pub fn ward(&self) -> Value {
        let client = self.client(&["organisations.write"]);
        let hospital = client.post(
            "/organisations",
            &json!({"partOf": self.controller, "kind": "hospital", "name": "Sygehus Prøve"}),
        );
        let ward =
            json!({"partOf": hospital.expect(201)["id"], "kind": "ward", "name": "Hjerteafsnit"});
        client.post("/organisations", &ward).expect(201)["id"].clone()
    }

    /// What registers a candidate of the HF programme, with `own` in the place of what it names.
    pub fn volunteer_json(&self, own: &Value) -> Value {
        let mut body = json!({
            "programmeId": self.programme_of("HF")["id"],
            "name": {"given": "Birgit", "family": "Prøvesen"},
            "subtypes": ["patientSupporter"], "languages": ["da"], "capacityPerWeek": 3,
        });
        for (field, value) in own.as_object().unwrap() {
            body[field] = value.clone();
        }
        body
    }

    /// A new candidate of the HF programme.
    pub fn candidate(&self, own: &Value) -> Value {
        self.client_with_everything()
            .post("/volunteers", &self.volunteer_json(own))
            .expect(201)
    }

    /// A new active volunteer of the HF programme, through every step of the onboarding.
    pub fn active_volunteer(&self, own: &Value) -> Value {
        let client = self.client_with_everything();
        let experienced = client.get("/volunteers?state=active&limit=1").expect(200);
        let candidate = self.candidate(own);
        let path = format!("/volunteers/{}", candidate["id"].as_str().unwrap());
        let ward = self.ward();
        for step in ["interview", "course", "trialShift", "trialShift"] {
            let mut body = json!({"step": step, "outcome": "passed"});
            if step == "trialShift" {
                body["wardId"] = ward.clone();
                if let Some(beside) = experienced["items"].get(0) {
                    body["besideId"] = beside["id"].clone();
                }
            }
            client
                .post(&format!("{path}/onboarding-steps"), &body)
                .expect(200);
        }
        client
            .send("POST", &format!("{path}/activation"), &[], None)
            .expect(200)
    }

    /// Active volunteers without their onboarding, in one transaction: for tests that need many.
    /// Each is `volunteer_json` of its `own`.
    pub fn make_active(&self, own: &[Value]) -> Vec<VolunteerId> {
        let programme: ProgrammeId =
            serde_json::from_value(self.programme_of("HF")["id"].clone()).unwrap();
        let base = self.volunteer_json(&json!({}));
        let news: Vec<NewVolunteer> = own
            .iter()
            .map(|own| {
                let mut body = base.clone();
                for (field, value) in own.as_object().unwrap() {
                    body[field] = value.clone();
                }
                serde_json::from_value(body).unwrap()
            })
            .collect();
        let (app, controller) = (self.app.clone(), self.controller);
        self.app
            .db
            .write_blocking(move |tx| {
                let actor = Actor::service(controller);
                let request = RequestInfo::default();
                let mut cx = Cx::new(&app, &actor, &request, tx.conn());
                volunteers::make_active(&mut cx, programme, &news)
            })
            .unwrap()
    }
}
