//! Steering groups, and meetings at any point of their life.

use brobygger::platform::access::Role;
use chrono::{DateTime, Utc};
use serde_json::{Value, json};

use super::{Caller, TestApp};

/// A steering group with a chair and a secretary, and a member who signs in.
pub struct Group {
    pub id: Value,
    pub chair: Value,
    pub secretary: Value,
    pub member: Value,
    /// A client with every scope: the secretariat's system.
    pub client: Caller,
    /// The member, signed in.
    pub seated: Caller,
}

impl TestApp {
    pub fn group(&self, policy: &Value) -> Group {
        let client = self.client_with_everything();
        let body = json!({
            "organisationId": self.controller, "name": "Styregruppen", "startsOn": "2026-01-01",
            "policy": policy,
        });
        let group = client.post("/steering-groups", &body).expect(201);
        let (staff, seated) = self.staff_member("Bo Prøve", Role::SteeringMember);
        let seat = |role: &str, name: &str, staff: Option<&Value>| {
            let mut body = json!({
                "name": name, "seat": format!("Plads {name}"), "role": role, "sector": "municipality",
                "fromOn": "2026-01-01",
            });
            if let Some(staff) = staff {
                body["staffId"] = staff.clone();
            }
            let path = format!("/steering-groups/{}/members", group["id"].as_str().unwrap());
            client.post(&path, &body).expect(201)["id"].clone()
        };
        Group {
            chair: seat("chair", "Karen Prøve", None),
            secretary: seat("secretary", "Ida Prøve", None),
            member: seat("member", "Bo Prøve", Some(&json!(staff))),
            id: group["id"].clone(),
            client,
            seated,
        }
    }

    /// Lets time pass until then.
    pub fn until(&self, time: &str) {
        let time: DateTime<Utc> = time.parse().unwrap();
        self.advance(time - self.clock.now().utc());
    }
}

/// The path of a meeting, with a step.
pub fn path(meeting: &Value, step: &str) -> String {
    let id = meeting["id"].as_str().unwrap();
    match step {
        "" => format!("/meetings/{id}"),
        step => format!("/meetings/{id}/{step}"),
    }
}

impl Group {
    /// A two-hour meeting that begins then.
    pub fn meeting(&self, starts_at: &str) -> Value {
        let starts: DateTime<Utc> = starts_at.parse().unwrap();
        let body = json!({
            "steeringGroupId": self.id, "kind": "ordinary", "title": "1. møde", "startsAt": starts_at,
            "endsAt": (starts + chrono::Duration::hours(2)).to_rfc3339(), "place": "Lokale 2",
        });
        self.client.post("/meetings", &body).expect(201)
    }

    pub fn item(&self, meeting: &Value, own: &Value) -> Value {
        let mut body = json!({"title": "Et punkt", "kind": "discussion"});
        for (field, value) in own.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.client
            .post(&path(meeting, "agenda-items"), &body)
            .expect(201)
    }

    /// What the minutes say of an item.
    pub fn write(&self, item: &Value, text: &str) -> Value {
        let path = format!("/agenda-items/{}", item["id"].as_str().unwrap());
        self.client
            .patch(&path, "*", &json!({"minutes": text}))
            .expect(200)
    }

    pub fn attend(&self, meeting: &Value) {
        let body = json!({
            "members": [{"memberId": self.chair, "presence": "present"}, {"memberId": self.member, "presence": "online"},
                {"memberId": self.secretary, "presence": "present"}],
            "guests": [{"name": "Gæst Prøve", "organisationName": "Sund Info"}],
        });
        self.client
            .send(
                "PUT",
                &path(meeting, "attendance"),
                &[("if-match", "*")],
                Some(&body),
            )
            .expect(200);
    }

    /// A step without a body.
    pub fn step(&self, meeting: &Value, step: &str) -> Value {
        self.client
            .send("POST", &path(meeting, step), &[], None)
            .expect(200)
    }

    pub fn read(&self, meeting: &Value) -> Value {
        self.client.get(&path(meeting, "")).expect(200)
    }

    /// A meeting that is over and whose minutes were sent at `sent_at`.
    pub fn minuted(&self, app: &TestApp, starts_at: &str, sent_at: &str) -> Value {
        let meeting = self.meeting(starts_at);
        let item = self.item(&meeting, &json!({"title": "Økonomi"}));
        app.until(sent_at);
        self.write(&item, "Budgettet blev gennemgået.");
        self.attend(&meeting);
        self.step(&meeting, "minutes/sending")
    }
}
