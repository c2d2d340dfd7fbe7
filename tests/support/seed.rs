//! One of each resource, made through the API, for the tests that hold over all operations.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, TestApp};

/// What the seed made.
pub struct Seeded {
    /// The ids by the name that they have in paths: `patientId`, `referralId`.
    pub ids: BTreeMap<String, Uuid>,
    /// Whoever made it: a client with every scope.
    pub maker: Caller,
}

impl Seeded {
    /// Makes one of each.
    pub fn new(app: &TestApp) -> Self {
        let mut seeded = Self {
            ids: BTreeMap::new(),
            maker: app.client_with_everything(),
        };
        seeded.organisation(&app.controller.to_string());
        seeded
    }

    /// Posts, expects 201, and keeps the id under `name`.
    #[track_caller]
    fn make(&mut self, name: &str, path: &str, body: &Value) -> Value {
        let made = self.maker.post(path, body).expect(201);
        let id = made["id"].as_str().expect("an id").parse().expect("a UUID");
        self.ids.insert(name.to_owned(), id);
        made
    }

    fn organisation(&mut self, controller: &str) {
        self.make("organisationId", "/organisations", &json!({
            "partOf": controller, "kind": "hospital", "name": "Sygehus Prøve", "identifiers": [],
        }));
    }
}
