//! Writes that can be repeated, checked without effect, and that overwrite nothing unseen; lists
//! that lose and double nothing.

use std::collections::BTreeSet;

use brobygger::platform::access::Role;
use brobygger::platform::access::tokens::Bearer;
use brobygger::platform::http::idempotency;
use serde_json::{Value, json};

use crate::support::contract::{self, Operation};
use crate::support::seed::{self, Seeded};
use crate::support::{Caller, TestApp};

fn organisation(app: &TestApp, name: &str) -> Value {
    json!({"partOf": app.controller, "kind": "ward", "name": name, "identifiers": []})
}

fn names(client: &Caller) -> Vec<String> {
    let mut names = Vec::new();
    let mut path = "/organisations?limit=100".to_owned();
    loop {
        let page = client.get(&path).expect(200);
        for item in page["items"].as_array().unwrap() {
            names.push(item["name"].as_str().unwrap().to_owned());
        }
        match page["nextCursor"].as_str() {
            Some(cursor) => path = format!("/organisations?limit=100&cursor={cursor}"),
            None => return names,
        }
    }
}

/// Operations that create something with the body that the seed made it with.
fn creating(seeded: &Seeded) -> Vec<(Operation, String, Value)> {
    contract::operations()
        .into_iter()
        .filter(|operation| operation.value.pointer("/responses/201").is_some())
        .filter_map(|operation| {
            let (path, body) = seeded.requests.get(&operation.id)?;
            Some((operation, path.clone(), body.clone()))
        })
        .collect()
}

on_both_engines! {
    fn a_key_replays_the_answer_and_only_for_the_same_request(app) {
        let client = app.client_with_everything();
        let body = organisation(app, "Afsnit A");
        let key = [("idempotency-key", "8f6f2a52-3c1b-4e0e-9c0b-1f6e2d3a4b5c")];
        let first = client.post_with("/organisations", &key, &body);
        assert_eq!(first.header("idempotency-replayed"), None);
        let again = client.post_with("/organisations", &key, &body);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        for header in ["location", "etag", "content-type"] {
            assert_eq!(first.header(header), again.header(header));
        }
        assert_ne!(first.header("request-id"), again.header("request-id"));
        assert_eq!(first.expect(201), again.expect(201));
        client.post_with("/organisations", &key, &organisation(app, "Afsnit B")).problem(422, "idempotencyKeyReused");
        // The key belongs to its client and its operation.
        let other = app.client_with_everything();
        assert_eq!(other.post_with("/organisations", &key, &body).header("idempotency-replayed"), None);
        assert_eq!(names(&client).iter().filter(|name| *name == "Afsnit A").count(), 2);
        // It is kept for 24 hours.
        app.advance(chrono::Duration::hours(23));
        assert_eq!(client.post_with("/organisations", &key, &body).header("idempotency-replayed"), Some("true"));
        app.advance(chrono::Duration::hours(2));
        let fresh = client.post_with("/organisations", &key, &organisation(app, "Afsnit C"));
        assert_eq!(fresh.header("idempotency-replayed"), None);
        fresh.expect(201);
    }

    fn answers_are_forgotten_some_at_a_time_and_no_younger_ones(app) {
        let client = app.client_with_everything();
        let make = |key: &str| {
            client.post_with("/organisations", &[("idempotency-key", key)], &organisation(app, "Afsnit A"))
        };
        for key in ["a", "b", "c"] {
            make(key).expect(201);
        }
        app.advance(chrono::Duration::hours(23));
        make("young").expect(201);
        app.advance(chrono::Duration::hours(2));
        let now = app.app.clock.now();
        let forget = || app.app.db.write_blocking(move |tx| idempotency::forget_old(tx.conn(), now, 2)).unwrap();
        assert_eq!([forget(), forget(), forget()], [2, 1, 0]);
        assert_eq!(make("young").header("idempotency-replayed"), Some("true"));
    }

    fn what_was_refused_is_not_kept_under_its_key(app) {
        let client = app.client_with_everything();
        let key = [("idempotency-key", "after-a-mistake")];
        client.post_with("/organisations", &key, &json!({})).problem(400, "invalidRequest");
        client.post_with("/organisations", &key, &organisation(app, "Afsnit A")).expect(201);
        for bad in ["", "æøå", &"k".repeat(129)] {
            client.post_with("/organisations", &[("idempotency-key", bad)], &organisation(app, "X")).problem(400, "invalidHeader");
        }
    }

    fn many_at_once_with_one_key_have_one_effect(app) {
        let client = app.client_with_everything();
        for round in 0..4 {
            let body = organisation(app, &format!("Afsnit {round}"));
            let key = format!("round-{round}");
            let answers: Vec<_> = std::thread::scope(|scope| {
                let threads: Vec<_> = (0..8)
                    .map(|_| scope.spawn(|| client.post_with("/organisations", &[("idempotency-key", &key)], &body)))
                    .collect();
                threads.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            let mut ids = BTreeSet::new();
            let mut fresh = 0;
            for answer in answers {
                match answer.status {
                    201 => {
                        fresh += usize::from(answer.header("idempotency-replayed").is_none());
                        ids.insert(answer.expect(201)["id"].to_string());
                    }
                    _ => {
                        answer.problem(409, "idempotencyKeyInUse");
                    }
                }
            }
            assert_eq!((fresh, ids.len()), (1, 1));
            assert_eq!(names(&client).iter().filter(|name| **name == format!("Afsnit {round}")).count(), 1);
        }
    }

    fn validate_only_checks_everything_and_writes_nothing(app) {
        let seeded = Seeded::new(app);
        let before = seed::rows(app);
        for (operation, path, body) in creating(&seeded) {
            let answer = seeded.maker.post_with(&format!("{path}?validateOnly=true"), &[("idempotency-key", "dry-run")], &body);
            // What exists already may be refused; that is a check too.
            let taken = answer.status == 400 && answer.text().contains("\"taken\"");
            assert!(taken || matches!(answer.status, 200 | 409), "{}: {} {}", operation.id, answer.status, answer.text());
            if answer.status == 200 {
                assert_eq!(answer.json(), json!({"valid": true}), "{}", operation.id);
                assert_eq!((answer.header("location"), answer.header("etag")), (None, None));
            }
            if operation.value.get("requestBody").is_some() {
                seeded.maker.post(&format!("{path}?validateOnly=true"), &json!({"x": 1})).problem(400, "invalidRequest");
            }
        }
        let after = seed::rows(app);
        for (table, count) in &before {
            // The checks have looked at patients: that is recorded.
            if !table.starts_with("audit_") {
                assert_eq!(after[table], *count, "{table}");
            }
        }
    }

    fn every_creation_can_be_repeated_under_a_key(app) {
        let seeded = Seeded::new(app);
        for (operation, key, answer) in &seeded.answers {
            let (path, body) = &seeded.requests[operation];
            let again = seeded.maker.post_with(path, &[("idempotency-key", key)], body);
            assert_eq!(again.header("idempotency-replayed"), Some("true"), "{operation}: {}", again.text());
            assert_eq!(&again.json(), answer, "{operation}");
        }
    }

    fn versions_guard_every_change(app) {
        let seeded = Seeded::new(app);
        for operation in contract::operations() {
            if !matches!(&*operation.method, "PATCH" | "PUT" | "DELETE") {
                continue;
            }
            let path = operation.filled(&seeded.ids);
            let body = operation.json_body().map(|(_, example)| example.clone());
            let send = |headers: &[(&str, &str)]| seeded.maker.send(&operation.method, &path, headers, body.as_ref());
            send(&[]).problem(428, "versionRequired");
            for stale in ["\"999\"", "W/\"1\"", "1", "\"\"", "\"x\""] {
                send(&[("if-match", stale)]).problem(412, "staleVersion");
            }
        }
    }

    fn a_step_for_another_version_is_never_taken(app) {
        let seeded = Seeded::new(app);
        let mut tried = 0;
        for operation in contract::operations() {
            if operation.method != "POST" || operation.is_public() || operation.path_parameters.is_empty() {
                continue;
            }
            let body = operation.json_body().map(|(_, example)| seeded.at_home(example));
            for stale in ["\"0\"", "W/\"1\""] {
                let headers = [("if-match", stale)];
                let answer = operation.call_with(&seeded.maker, &seeded.ids, &headers, body.as_ref());
                assert_eq!(answer.status, 412, "{} takes no heed of If-Match: {}", operation.id, answer.text());
                answer.problem(412, "staleVersion");
            }
            tried += 1;
        }
        assert!(tried > 30);
        // The version that was read is heeded too, and none need be sent.
        let booking = format!("/bookings/{}", seeded.ids["bookingId"]);
        let read = seeded.maker.get(&booking);
        let tag = read.header("etag").unwrap().to_owned();
        let cancel = |tag: &str| {
            let body = json!({"reason": "personWish"});
            seeded.maker.send("POST", &format!("{booking}/cancellation"), &[("if-match", tag)], Some(&body))
        };
        let cancelled = cancel(&tag);
        assert_eq!(cancelled.status, 200, "{}", cancelled.text());
        cancel(&tag).problem(412, "staleVersion");
        cancel("*").problem(409, "stateConflict");
    }

    fn a_version_that_is_known_is_not_sent_again(app) {
        let seeded = Seeded::new(app);
        let mut tried = 0;
        for operation in contract::operations() {
            if operation.method != "GET" || operation.is_public() || !operation.path.ends_with('}') {
                continue;
            }
            if !operation.path_parameters.iter().all(|name| seeded.ids.contains_key(name)) {
                continue;
            }
            let path = operation.filled(&seeded.ids);
            let first = seeded.maker.get(&path);
            assert_eq!(first.status, 200, "{}", operation.id);
            let Some(etag) = first.header("etag").map(str::to_owned) else { continue };
            let again = seeded.maker.send("GET", &path, &[("if-none-match", &etag)], None);
            assert_eq!((again.status, again.body.len()), (304, 0), "{}", operation.id);
            assert_eq!(again.header("etag"), Some(&*etag));
            assert_eq!(seeded.maker.send("GET", &path, &[("if-none-match", "\"other\"")], None).status, 200);
            tried += 1;
        }
        assert!(tried > 0);
    }

    fn a_cursor_fits_its_own_list_only(app) {
        let client = app.client_with_everything();
        for n in 0..5 {
            client.post("/organisations", &organisation(app, &format!("Afsnit {n}"))).expect(201);
        }
        let first = client.get("/organisations?kind=ward&limit=2");
        let link = first.header("link").unwrap().to_owned();
        let cursor = first.expect(200)["nextCursor"].as_str().unwrap().to_owned();
        assert_eq!(link, format!("</v1/organisations?kind=ward&limit=2&cursor={cursor}>; rel=\"next\""));
        let next = client.get(&format!("/organisations?kind=ward&limit=2&cursor={cursor}")).expect(200);
        assert_eq!(next["items"].as_array().unwrap().len(), 2);
        // Another page size is the same list; other filters are not.
        client.get(&format!("/organisations?kind=ward&limit=3&cursor={cursor}")).expect(200);
        for filters in ["kind=hospital", "limit=2", &format!("kind=ward&partOf={}", app.controller)] {
            client.get(&format!("/organisations?{filters}&cursor={cursor}")).problem(400, "invalidCursor");
        }
        for n in 0..cursor.len() {
            let mut changed = cursor.clone();
            let other = if &changed[n..=n] == "A" { "B" } else { "A" };
            changed.replace_range(n..=n, other);
            let answer = client.get(&format!("/organisations?kind=ward&limit=2&cursor={changed}"));
            answer.problem(400, "invalidCursor");
        }
        for cut in [0, 1, cursor.len() / 2, cursor.len() - 1] {
            let status = client.get(&format!("/organisations?kind=ward&cursor={}", &cursor[..cut])).status;
            assert_eq!(status, 400);
        }
    }

    fn a_cursor_of_one_list_is_no_cursor_of_another(app) {
        let seeded = Seeded::new(app);
        let client = &seeded.maker;
        for n in 0..3 {
            client.post("/organisations", &organisation(app, &format!("Afsnit {n}"))).expect(201);
        }
        let cursor = client.get("/organisations?limit=1").expect(200)["nextCursor"].as_str().unwrap().to_owned();
        for operation in contract::operations() {
            let paged = operation.method == "GET"
                && operation.id != "list_organisations"
                && operation.parameters().any(|parameter| parameter["name"] == "cursor");
            if !paged {
                continue;
            }
            let path = operation.filled(&seeded.ids);
            let sign = if path.contains('?') { '&' } else { '?' };
            let answer = client.get(&format!("{path}{sign}cursor={cursor}"));
            assert_eq!(answer.status, 400, "{}: {}", operation.id, answer.text());
            answer.problem(400, "invalidCursor");
        }
    }

    fn pages_are_complete_while_rows_are_added(app) {
        let client = app.client_with_everything();
        let make = |n: usize| {
            client.post("/organisations", &organisation(app, &format!("Afsnit {n}"))).expect(201)["id"].to_string()
        };
        let before: BTreeSet<String> = (0..25).map(make).collect();
        let mut seen = Vec::new();
        let mut path = "/organisations?kind=ward&limit=4".to_owned();
        for n in 100.. {
            let page = client.get(&path).expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].to_string()));
            let Some(cursor) = page["nextCursor"].as_str() else { break };
            path = format!("/organisations?kind=ward&limit=4&cursor={cursor}");
            if n < 106 {
                make(n);
            }
        }
        let distinct: BTreeSet<String> = seen.iter().cloned().collect();
        assert_eq!(distinct.len(), seen.len(), "a row came twice");
        assert!(before.is_subset(&distinct), "a row is missing");
    }
}

on_both_engines! {
    fn id_5_a_replay_shows_nobody_more_than_they_may_see(app) {
        let (nurse, plain) = app.nurse();
        let seeing = app.bearer(&Bearer {
            sees_protected: true,
            ..Bearer::person(Role::Nurse, app.controller, nurse.uuid())
        });
        let body = json!({
            "name": {"given": "Anna", "family": "Prøvesen"}, "protected": true,
            "telephones": [{"label": "mobile", "number": "+4520000301"}],
        });
        let key = [("idempotency-key", "one-key")];
        let created = seeing.post_with("/patients", &key, &body).expect(201);
        let again = seeing.post_with("/patients", &key, &body);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(201), created);
        let other = plain.post_with("/patients", &key, &body);
        assert_eq!(other.header("idempotency-replayed"), None);
        assert!(!other.tells("20000301"), "{}", other.text());

        // A replay shows the data once more, and leaves its row once more.
        let path = format!("/patients/{}/access-log", created["id"].as_str().unwrap());
        let log = app.client(&["accessLog.read"]).get(&path).expect(200);
        let creations = log["items"].as_array().unwrap().iter()
            .filter(|row| row["operation"] == "create_patient" && row["outcome"] == "ok")
            .count();
        assert!(creations >= 2, "{log}");
    }
}
