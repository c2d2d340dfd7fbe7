//! Patients on their way: an accepted referral, a first conversation, a running course.

use brobygger::platform::access::policy::Action;
use brobygger::platform::access::tokens::Bearer;
use brobygger::platform::access::{ActorKind, Role};
use brobygger::staff::StaffId;
use serde_json::{Value, json};

use super::{Caller, TestApp};

/// A nurse and what that person may call.
pub type Nurse = (StaffId, Caller);

impl TestApp {
    /// A coordinator who sees these programmes only.
    pub fn limited_to(&self, programmes: &[Value]) -> Caller {
        let (id, _) = self.coordinator();
        self.bearer(&Bearer {
            kind: ActorKind::Person,
            id: id.uuid(),
            organisation: self.controller,
            roles: vec![Role::Coordinator],
            programmes: Some(
                programmes
                    .iter()
                    .map(|id| serde_json::from_value(id.clone()).unwrap())
                    .collect(),
            ),
            sees_protected: false,
            scopes: Action::ALL
                .iter()
                .map(|action| action.scope().to_owned())
                .collect(),
        })
    }

    /// The time so many days from now, RFC 3339.
    pub fn in_days(&self, days: i64) -> String {
        (self.clock.now() + chrono::Duration::days(days)).to_string()
    }

    /// A referral received now; `n` makes the (synthetic) patient another one.
    pub fn received_referral(&self, nurse: &Nurse, n: u32) -> Value {
        nurse
            .1
            .post(
                "/referrals",
                &json!({
                    "programmeId": self.programme()["id"],
                    "channel": "municipality",
                    "sentAt": self.now(),
                    "patient": {
                        "name": {"given": "Anna", "family": format!("Prøvesen{}", letters(n))},
                        "telephones": [
                            {"label": "mobile", "number": format!("+45321054{:02}", n % 100)},
                            {"label": "home", "number": format!("+45321055{:02}", n % 100)},
                        ],
                        "municipalityCode": "0370",
                    },
                    "consent": {"purpose": "referral", "form": "oral", "givenAt": self.now()},
                    "criteria": [{"code": "chronicDisease", "answer": "yes"}],
                }),
            )
            .expect(201)
    }

    /// An accepted referral, assigned to this nurse.
    pub fn accepted_referral(&self, nurse: &Nurse, n: u32) -> Value {
        let referral = self.received_referral(nurse, n);
        let id = referral["id"].as_str().unwrap();
        nurse
            .1
            .post(
                &format!("/referrals/{id}/acceptance"),
                &json!({"assignedTo": nurse.0}),
            )
            .expect(200)
    }

    /// A planned first conversation.
    pub fn first_conversation(&self, nurse: &Nurse, n: u32) -> Value {
        let referral = self.accepted_referral(nurse, n);
        nurse
            .1
            .post(
                "/call-sessions",
                &json!({"referralId": referral["id"], "plannedAt": self.now(), "plannedMinutes": 45}),
            )
            .expect(201)
    }

    /// Registers an attempt now.
    pub fn attempt(&self, nurse: &Nurse, session: &Value, outcome: &str) -> Value {
        let id = session["id"].as_str().unwrap();
        nurse
            .1
            .post(
                &format!("/call-sessions/{id}/attempts"),
                &json!({"numberLabel": "mobile", "outcome": outcome}),
            )
            .expect(201)
    }

    /// A course that a first conversation has opened now, with no talk planned.
    pub fn running_course(&self, nurse: &Nurse, n: u32) -> Value {
        let session = self.first_conversation(nurse, n);
        self.attempt(nurse, &session, "reached");
        let id = session["id"].as_str().unwrap();
        let held = nurse
            .1
            .post(
                &format!("/call-sessions/{id}/completion"),
                &json!({"actualMinutes": 40, "suitability": {"enrol": {"treatmentResponsible": own_doctor()}}}),
            )
            .expect(200);
        let course = held["courseId"].as_str().unwrap();
        nurse.1.get(&format!("/courses/{course}")).expect(200)
    }

    /// A follow-up planned in a course so many days from now.
    pub fn follow_up(&self, nurse: &Nurse, course: &Value, days: i64) -> Value {
        nurse
            .1
            .post(
                "/call-sessions",
                &json!({"courseId": course["id"], "plannedAt": self.in_days(days), "plannedMinutes": 30}),
            )
            .expect(201)
    }
}

/// Who holds treatment responsibility in most tests.
pub fn own_doctor() -> Value {
    json!({"kind": "generalPractitioner", "name": "Lægerne Prøvegade", "contact": "+4532105499"})
}

/// Names hold no digits.
pub(super) fn letters(n: u32) -> String {
    n.to_string()
        .bytes()
        .map(|digit| char::from(digit - b'0' + b'a'))
        .collect()
}
