//! Every access leaves its row before the answer, and nobody can quietly change the rows.

use std::collections::BTreeMap;

use brobygger::platform::audit;
use brobygger::platform::crypto::KeyRing;
use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use brobygger::platform::db::schema::deadline_events;
use brobygger::platform::error::Error;
use brobygger::platform::events::{Event, note_deadline};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Nullable, Text};
use diesel::{QueryDsl as _, QueryableByName, RunQueryDsl as _, sql_query};
use serde_json::json;
use uuid::Uuid;

use crate::support::contract;
use crate::support::seed::Seeded;
use crate::support::{Answer, TestApp};

/// What has nothing to do with patients and volunteers' records. Everything with another tag leaves
/// a row.
const WITHOUT_PATIENTS: &[&str] = &[
    "Sign-in",
    "Organisations",
    "Programmes",
    "Staff",
    "Time books",
    "Ward shifts",
    "Activity figures",
    "Webhooks",
    // What is imported leaves its rows when it is written: `imports`.
    "Imports",
    "Health agreements",
    "Delegations",
    "Evaluations",
    "Governing documents",
    "Working groups",
    "Units",
    "Support offers",
    "Steering groups",
    "Meetings",
    "Function descriptions",
];

/// Operations with another tag that do not touch a stored patient, with the reason.
const TOUCH_NOBODY: &[&str] = &[
    // A list sent in is checked against criteria; what is found in the store is counted apart.
    "check_candidates",
    // A time is held before it is said for whom.
    "hold_booking",
    // What is due in governance concerns groups and agreements.
    "list_governance_due",
    // What volunteers let the public see.
    "list_volunteer_profiles",
    "read_volunteer_profile",
];

#[derive(Debug, QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    operation: String,
    #[diesel(sql_type = Text)]
    outcome: String,
    #[diesel(sql_type = Text)]
    request_id: String,
    #[diesel(sql_type = Nullable<Text>)]
    purpose: Option<String>,
    #[diesel(sql_type = BigInt)]
    subjects: i64,
}

/// The rows of one request.
fn rows_of(app: &TestApp, answer: &Answer) -> Vec<Row> {
    let id = answer.header("request-id").unwrap();
    let query = format!(
        "SELECT operation, outcome, request_id, purpose,
            CAST(CASE WHEN patient_id IS NULL AND volunteer_id IS NULL THEN 0 ELSE 1 END AS bigint) AS subjects
         FROM audit_rows WHERE request_id = '{id}'"
    );
    load(&mut app.url.connect(Purpose::Read).unwrap(), &query)
}

fn load(conn: &mut AnyConnection, query: &str) -> Vec<Row> {
    match conn {
        AnyConnection::Postgres(conn) => sql_query(query).load(conn).unwrap(),
        AnyConnection::Sqlite(conn) => sql_query(query).load(conn).unwrap(),
    }
}

fn findings(conn: &mut AnyConnection, keys: &KeyRing) -> Vec<String> {
    audit::verify(conn, keys).unwrap().findings
}

#[track_caller]
fn assert_clean(app: &TestApp) {
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    let found = audit::verify(&mut conn, &app.app.keys).unwrap();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
    assert!(found.rows > 0);
}

on_both_engines! {
    fn every_operation_on_a_patient_leaves_its_row(app) {
        let seeded = Seeded::new(app);
        for operation in contract::operations() {
            let tag = operation.value["tags"][0].as_str().unwrap();
            if WITHOUT_PATIENTS.contains(&tag) || TOUCH_NOBODY.contains(&&*operation.id) {
                continue;
            }
            // The body that made it, where there is one: it finds what is stored.
            let purpose = [("access-purpose", "Quality review")];
            let answer = match seeded.requests.get(&operation.id) {
                Some((path, body)) => seeded.maker.post_with(path, &purpose, body),
                None => {
                    let body = operation.json_body().map(|(_, example)| seeded.at_home(example));
                    operation.call_with(&seeded.maker, &seeded.ids, &purpose, body.as_ref())
                }
            };
            let rows = rows_of(app, &answer);
            let is_json = answer
                .header("content-type")
                .is_some_and(|kind| kind.contains("json"));
            if answer.status == 200 && is_json && answer.json()["items"] == serde_json::json!([]) {
                // A list with nobody on it was a look at nobody.
                continue;
            }
            assert!(!rows.is_empty(), "{}: {} {}", operation.id, answer.status, answer.text());
            let outcome = if answer.status < 400 {
                "ok".to_owned()
            } else {
                answer.json()["code"].as_str().unwrap().to_owned()
            };
            for row in rows {
                assert_eq!((&row.operation, &row.outcome), (&operation.id, &outcome));
                assert_eq!(row.purpose.as_deref(), Some("Quality review"));
                // Matching ranks a whole programme: one row, of nobody in particular.
                let one = i64::from(operation.id != "find_matches");
                assert_eq!(row.subjects, one, "{}", operation.id);
            }
        }
        assert_clean(app);
    }

    fn a_refused_change_leaves_its_row_too(app) {
        let seeded = Seeded::new(app);
        for operation in contract::operations() {
            let tag = operation.value["tags"][0].as_str().unwrap();
            let changes = matches!(&*operation.method, "PATCH" | "PUT" | "DELETE");
            if WITHOUT_PATIENTS.contains(&tag) || !changes {
                continue;
            }
            let body = operation.json_body().map(|(_, example)| seeded.at_home(example));
            let stale = [("if-match", "\"999\"")];
            let answer = operation.call_with(&seeded.maker, &seeded.ids, &stale, body.as_ref());
            let rows = rows_of(app, &answer);
            answer.problem(412, "staleVersion");
            assert!(!rows.is_empty(), "{}", operation.id);
            assert!(rows.iter().all(|row| row.outcome == "staleVersion"), "{rows:?}");
        }
    }

    fn what_was_not_permitted_is_recorded(app) {
        let caller = app.client(&[]);
        for operation in contract::operations() {
            if operation.is_public() {
                continue;
            }
            let answer = operation.call(&caller, &BTreeMap::new());
            let rows = rows_of(app, &answer);
            answer.problem(403, "forbidden");
            assert_eq!(rows.len(), 1, "{}", operation.id);
            assert_eq!((&*rows[0].outcome, &rows[0].operation), ("forbidden", &operation.id));
            assert!(!rows[0].request_id.is_empty());
        }
        assert_clean(app);
    }

    fn a_changed_a_removed_and_an_inserted_row_are_found(app) {
        let caller = app.client(&[]);
        for _ in 0..4 {
            caller.get("/organisations").problem(403, "forbidden");
        }
        assert_clean(app);
        // Each within a transaction that is taken back. The longest chain is the one with a middle.
        let long = "writer_id = (SELECT writer_id FROM audit_heads ORDER BY seq DESC, ordinal LIMIT 1)";
        let copied = "writer_id, seq, at, controller_id, actor_kind, actor_id, actor_name, actor_roles, operation, patient_id, volunteer_id, purpose, outcome, request_id, hash";
        let inserted = copied.replace("seq,", "seq + 1000,");
        let last = "seq = (SELECT max(seq) FROM audit_rows)";
        let mut tampering: Vec<String> = [
            "at", "controller_id", "actor_kind", "actor_id", "actor_name", "actor_roles", "operation",
            "patient_id", "volunteer_id", "purpose", "outcome", "request_id", "hash",
        ]
        .iter()
        .map(|column| {
            let value = match (*column, app.engine) {
                ("at", brobygger::platform::db::Engine::Sqlite) => "at + 1",
                ("at", _) => "at + interval '1 microsecond'",
                ("hash", brobygger::platform::db::Engine::Sqlite) => "x'00'",
                ("hash", _) => "'\\x00'",
                ("controller_id" | "actor_id" | "patient_id" | "volunteer_id", brobygger::platform::db::Engine::Sqlite) => "x'01980f1e7d2c7c3a9b1e2f6d8a4c5e70'",
                ("controller_id" | "actor_id" | "patient_id" | "volunteer_id", _) => "'01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70'",
                _ => "'changed'",
            };
            format!("UPDATE audit_rows SET {column} = {value} WHERE seq = 2 AND {long}")
        })
        .collect();
        tampering.extend([
            format!("DELETE FROM audit_rows WHERE seq = 1 AND {long}"),
            format!("DELETE FROM audit_rows WHERE seq = 2 AND {long}"),
            format!("DELETE FROM audit_rows WHERE {last}"),
            format!("DELETE FROM audit_rows WHERE {last}; UPDATE audit_heads SET seq = seq - 1 WHERE {long}"),
            "DELETE FROM audit_rows".to_owned(),
            "DELETE FROM audit_rows; DELETE FROM audit_heads".to_owned(),
            format!("INSERT INTO audit_rows ({copied}) SELECT {inserted} FROM audit_rows WHERE seq = 1"),
            format!("UPDATE audit_heads SET hash = opening WHERE {long}"),
            format!("UPDATE audit_heads SET tag = hash WHERE {long}"),
            format!("UPDATE audit_heads SET seq = seq + 1 WHERE {long}"),
            "UPDATE audit_heads SET ordinal = ordinal + 1 WHERE ordinal = (SELECT max(ordinal) FROM audit_heads)".to_owned(),
            "UPDATE audit_anchor SET chains = chains + 1".to_owned(),
            "DELETE FROM audit_anchor".to_owned(),
        ]);
        let mut conn = app.url.connect(Purpose::Write).unwrap();
        for statement in tampering {
            conn.batch_execute("BEGIN").unwrap();
            conn.batch_execute(&statement).unwrap_or_else(|error| panic!("{statement}: {error}"));
            assert!(!findings(&mut conn, &app.app.keys).is_empty(), "not found: {statement}");
            conn.batch_execute("ROLLBACK").unwrap();
            assert!(findings(&mut conn, &app.app.keys).is_empty(), "{statement}");
        }
        // Another key cannot vouch for it, and so could not have made it.
        assert!(!findings(&mut conn, &KeyRing::ephemeral().unwrap()).is_empty());
    }

    fn a_removed_chain_is_found_wherever_it_stood(app) {
        let mut conn = app.url.connect(Purpose::Write).unwrap();
        let keys = std::sync::Arc::clone(&app.app.keys);
        for n in 0..3 {
            let entry = entry(app, n);
            conn.batch_execute("BEGIN").unwrap();
            audit::Chain::new(std::sync::Arc::clone(&keys)).append(&mut conn, &[entry]).unwrap();
            conn.batch_execute("COMMIT").unwrap();
        }
        assert!(findings(&mut conn, &keys).is_empty());
        for ordinal in 1..=3 {
            let chain = format!("writer_id = (SELECT writer_id FROM audit_heads WHERE ordinal = {ordinal})");
            conn.batch_execute("BEGIN").unwrap();
            conn.batch_execute(&format!("DELETE FROM audit_rows WHERE {chain}; DELETE FROM audit_heads WHERE {chain}")).unwrap();
            assert!(!findings(&mut conn, &keys).is_empty(), "chain {ordinal}");
            // Closing the gap does not help.
            conn.batch_execute(&format!("UPDATE audit_heads SET ordinal = ordinal - 1 WHERE ordinal > {ordinal}; UPDATE audit_anchor SET chains = 2")).unwrap();
            assert!(!findings(&mut conn, &keys).is_empty(), "chain {ordinal}, closed up");
            conn.batch_execute("ROLLBACK").unwrap();
        }
    }

    fn what_is_refused_inside_a_write_is_still_recorded(app) {
        let patient = Uuid::now_v7();
        let row = audit::Entry { subject: Some(audit::Subject::Patient(brobygger::platform::id::Id::from_uuid(patient))), ..entry(app, 7) };
        let refused = app.app.db.write_blocking(move |tx| -> Result<(), Error> {
            tx.record(row.clone());
            Err(Error::conflict("no"))
        });
        assert!(refused.is_err());
        let mut conn = app.url.connect(Purpose::Read).unwrap();
        assert_eq!(audit::verify(&mut conn, &app.app.keys).unwrap().rows, 1);
    }

    fn what_is_undone_takes_nothing_with_it_that_is_stored_in_the_same_commit(app) {
        const EACH: u32 = 60;
        let due = chrono::NaiveDate::from_ymd_opt(2026, 4, 1).unwrap();
        let now = app.clock.now();
        std::thread::scope(|scope| {
            for n in 0..6 {
                scope.spawn(move || for round in 0..EACH {
                    let row = entry(app, n * EACH + round);
                    let done = app.app.db.write_blocking(move |tx| {
                        let event = Event::new("meeting.agendaDue", brobygger::platform::id::Id::<()>::new());
                        tx.record(row.clone());
                        assert!(note_deadline(tx.conn(), now, &event, due)?);
                        match (n, round % 30) {
                            (1, 7) => Err(Error::conflict("refused behind a write")),
                            (2, 7) => Err(Error::internal("failed behind a write")),
                            (3, 7) => panic!("in the middle of a write"),
                            _ => Ok(()),
                        }
                    });
                    let undone = (1..=3).contains(&n) && round % 30 == 7;
                    assert_eq!(done.is_err(), undone, "{n} {round} {done:?}");
                });
            }
        });
        let mut conn = app.url.connect(Purpose::Read).unwrap();
        let told: i64 = deadline_events::table.count().get_result(&mut conn).unwrap();
        assert_eq!(told, i64::from(6 * EACH - 6), "each that was answered once, and no other");
        let rows = audit::verify(&mut conn, &app.app.keys).unwrap().rows;
        assert_eq!(rows, u64::from(6 * EACH), "a row for each, and none twice");
        assert_clean(app);
    }

    fn many_at_once_from_the_first_moment_on(app) {
        // The first rows open the chains of all writers at the same time.
        let (denied, allowed) = (app.client(&[]), app.client_with_everything());
        std::thread::scope(|scope| {
            for n in 0..8 {
                let (denied, allowed) = (&denied, &allowed);
                scope.spawn(move || {
                    for _ in 0..5 {
                        denied.get("/organisations").problem(403, "forbidden");
                        let body = serde_json::json!({"partOf": app.controller, "kind": "ward", "name": format!("Afsnit {n}")});
                        allowed.post("/organisations", &body).expect(201);
                    }
                });
            }
        });
        assert_clean(app);
    }
}

fn entry(app: &TestApp, n: u32) -> audit::Entry {
    audit::Entry {
        at: app.clock.now(),
        controller_id: app.controller,
        actor_kind: "client",
        actor_id: Uuid::now_v7(),
        actor_name: "EHR".to_owned(),
        actor_roles: String::new(),
        operation: "read_patient".into(),
        subject: None,
        purpose: None,
        outcome: "ok",
        request_id: format!("request-{n}"),
    }
}

#[test]
fn the_command_line_says_whether_the_log_is_whole() {
    let app = TestApp::sqlite();
    app.client(&[])
        .get("/organisations")
        .problem(403, "forbidden");
    let verify = || {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_brobygger"))
            .arg("--data-dir")
            .arg(app.data_dir.path())
            .args(["audit", "verify"])
            .env_remove("DATABASE_URL")
            .output()
            .unwrap();
        (
            output.status.code(),
            String::from_utf8(output.stdout).unwrap(),
        )
    };
    assert_eq!(
        verify(),
        (
            Some(0),
            "1 rows in 1 chains checked, 0 findings\n".to_owned()
        )
    );
    let mut conn = app.url.connect(Purpose::Write).unwrap();
    conn.batch_execute("UPDATE audit_rows SET actor_name = 'Somebody else'")
        .unwrap();
    let (code, text) = verify();
    assert_eq!(code, Some(1), "{text}");
    assert!(
        text.contains("changed") && text.contains("1 findings"),
        "{text}"
    );
}

on_both_engines! {
    fn whoever_tries_numbers_or_ids_is_seen_trying(app) {
        let client = app.client(&["patients.read"]);
        let rows = || app.app.db.read_blocking(|conn| {
            use brobygger::platform::db::schema::audit_rows::dsl as audit;
            use diesel::prelude::*;
            Ok(audit::audit_rows.count().get_result::<i64>(conn)?)
        }).unwrap();
        let before = rows();
        client.post("/patients/search", &json!({"telephone": "+4520000999"})).expect(200);
        client.get(&format!("/patients/{}", uuid::Uuid::now_v7())).problem(404, "notFound");
        assert_eq!(rows(), before + 2);
        let number = [("access-purpose", "070761-4285")];
        client.send("GET", "/patients", &number, None).problem(400, "invalidHeader");
    }
}
