//! What many tests begin with: a programme, somebody who works in it.

use brobygger::platform::access::Role;
use brobygger::platform::id::Id;
use brobygger::staff::StaffId;
use diesel::prelude::*;
use serde_json::{Value, json};

use super::{Caller, TestApp};

impl TestApp {
    /// The controller's programme with the APS preset, as the API shows it; made when first asked
    /// for. Its id is `app.programme()["id"]`.
    pub fn programme(&self) -> Value {
        self.programme_of("APS")
    }

    /// The controller's programme with a preset; made when first asked for.
    pub fn programme_of(&self, preset: &str) -> Value {
        let client = self.client(&["programmes.read", "programmes.write"]);
        let known = client
            .get(&format!("/programmes?code={preset}"))
            .expect(200);
        if let Some(programme) = known["items"].as_array().and_then(|items| items.first()) {
            return programme.clone();
        }
        client
            .post(
                "/programmes",
                &json!({"organisationId": self.controller, "preset": preset}),
            )
            .expect(201)
    }

    /// A new staff member with the role nurse, and that person as a caller.
    pub fn nurse(&self) -> (StaffId, Caller) {
        self.staff_member("Karen Prøve", Role::Nurse)
    }

    /// A new staff member with the role coordinator, and that person as a caller.
    pub fn coordinator(&self) -> (StaffId, Caller) {
        self.staff_member("Jens Prøve", Role::Coordinator)
    }

    /// A new staff member with this role, and that person as a caller.
    pub fn staff_member(&self, name: &str, role: Role) -> (StaffId, Caller) {
        let member = self
            .client(&["staff.write"])
            .post(
                "/staff",
                &json!({"organisationId": self.controller, "name": name, "roles": [role]}),
            )
            .expect(201);
        let id: StaffId = serde_json::from_value(member["id"].clone()).unwrap();
        (id, self.person(role, id.uuid()))
    }

    /// What has happened to the thing with this id, in order: the kinds of its events.
    pub fn events_of(&self, id: &Value) -> Vec<String> {
        use brobygger::platform::db::schema::events;
        let id: Id<()> = serde_json::from_value(id.clone()).unwrap();
        self.app
            .db
            .write_blocking(move |tx| {
                Ok(events::table
                    .filter(events::subject_id.eq(id))
                    .order(events::position.asc())
                    .select(events::kind)
                    .load(tx.conn())?)
            })
            .unwrap()
    }
}
