//! One of each resource, made through the API, for the tests that hold over all operations.

use std::collections::BTreeMap;

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use diesel::sql_types::{BigInt, Text};
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Caller, TestApp};

/// What the seed made.
pub struct Seeded {
    /// The ids by the name that they have in paths: `patientId`, `referralId`.
    pub ids: BTreeMap<String, Uuid>,
    /// Whoever made it: a client with every scope.
    pub maker: Caller,
    /// Path and body by operationId of what was posted.
    pub requests: BTreeMap<String, (String, Value)>,
    /// OperationId, idempotency key and answer of what was posted.
    pub answers: Vec<(String, String, Value)>,
}

impl Seeded {
    /// Makes one of each.
    pub fn new(app: &TestApp) -> Self {
        let mut seeded = Self {
            ids: BTreeMap::new(),
            maker: app.client_with_everything(),
            requests: BTreeMap::new(),
            answers: Vec::new(),
        };
        seeded.fresh(app);
        seeded
    }

    /// Makes one of each once more: the requests that are kept have been sent once only.
    pub fn fresh(&mut self, app: &TestApp) {
        self.make("create_organisation", "organisationId", "/organisations", &json!({
            "partOf": app.controller, "kind": "hospital", "name": "Sygehus Prøve", "identifiers": [],
        }));
    }

    /// An example of the document with the ids of what the seed made in place of made-up ones.
    pub fn at_home(&self, example: &Value) -> Value {
        let mut body = example.clone();
        self.settle(&mut body);
        body
    }

    fn settle(&self, value: &mut Value) {
        match value {
            Value::Object(fields) => {
                for (name, value) in fields {
                    match self.ids.get(name) {
                        Some(id) if value.is_string() => *value = json!(id),
                        _ => self.settle(value),
                    }
                }
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.settle(item)),
            _ => {}
        }
    }

    /// Posts, expects 201, and keeps the id under `name`.
    #[track_caller]
    fn make(&mut self, operation: &str, name: &str, path: &str, body: &Value) -> Value {
        let key = Uuid::now_v7().to_string();
        let made = self
            .maker
            .post_with(path, &[("idempotency-key", &key)], body)
            .expect(201);
        let id = made["id"].as_str().expect("an id").parse().expect("a UUID");
        self.ids.insert(name.to_owned(), id);
        self.requests
            .insert(operation.to_owned(), (path.to_owned(), body.clone()));
        self.answers.retain(|(known, _, _)| known != operation);
        self.answers.push((operation.to_owned(), key, made.clone()));
        made
    }
}

#[derive(QueryableByName)]
struct Name {
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// How many rows each table has.
pub fn rows(app: &TestApp) -> BTreeMap<String, i64> {
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    let tables = match &conn {
        AnyConnection::Sqlite(_) => {
            "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite_%'"
        }
        AnyConnection::Postgres(_) => {
            "SELECT table_name::text AS name FROM information_schema.tables WHERE table_schema = 'public'"
        }
    };
    let tables: Vec<Name> = match &mut conn {
        AnyConnection::Postgres(conn) => sql_query(tables).load(conn).unwrap(),
        AnyConnection::Sqlite(conn) => sql_query(tables).load(conn).unwrap(),
    };
    tables
        .into_iter()
        .map(|table| {
            let query = format!("SELECT count(*) AS count FROM {}", table.name);
            let count: Count = match &mut conn {
                AnyConnection::Postgres(conn) => sql_query(query).get_result(conn).unwrap(),
                AnyConnection::Sqlite(conn) => sql_query(query).get_result(conn).unwrap(),
            };
            (table.name, count.count)
        })
        .collect()
}
