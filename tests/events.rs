//! The event log: commit order without gaps, whatever runs at once, and waiting that costs nothing.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use brobygger::platform::access::ActorKind;
use brobygger::platform::access::policy::Action;
use brobygger::platform::access::tokens::Bearer;
use brobygger::platform::db::connection::{DatabaseUrl, Purpose};
use brobygger::platform::db::migrate;
use brobygger::platform::events::catalogue::CATALOGUE;
use brobygger::platform::events::tail::{Following, Full};
use brobygger::upkeep;
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::{BigInt, Text};
use diesel::{Connection as _, PgConnection, QueryableByName, RunQueryDsl as _, sql_query};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Caller, TestApp};

/// Makes a ward: one event, which can be read at once.
fn ward(app: &TestApp, caller: &Caller, name: &str) -> Value {
    let made = quick_ward(app, caller, name);
    app.settle();
    made
}

fn quick_ward(app: &TestApp, caller: &Caller, name: &str) -> Value {
    caller
        .post(
            "/organisations",
            &json!({"partOf": app.controller, "kind": "ward", "name": name}),
        )
        .expect(201)["id"]
        .clone()
}

fn subjects(page: &Value) -> Vec<Value> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["data"]["subjectId"].clone())
        .collect()
}

fn kinds(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|event| event["type"].as_str().unwrap())
        .collect()
}

fn cursor(value: &Value) -> &str {
    value["cursor"].as_str().unwrap()
}

/// Everything behind a cursor.
fn rest(caller: &Caller, after: &str) -> Vec<Value> {
    let (mut all, mut after) = (Vec::new(), after.to_owned());
    loop {
        let page = caller
            .get(&format!("/events?limit=7&after={after}"))
            .expect(200);
        all.extend(page["items"].as_array().unwrap().iter().cloned());
        after = cursor(&page).to_owned();
        if page["more"] == false {
            return all;
        }
    }
}

on_both_engines! {
    fn events_come_in_order_and_a_cursor_goes_on_behind_each_of_them(app) {
        let client = app.client_with_everything();
        let wards: Vec<Value> = (0..5).map(|n| ward(app, &client, &format!("Afsnit {n}"))).collect();
        let page = client.get("/events").expect(200);
        assert_eq!(subjects(&page), wards);
        assert_eq!(page["more"], false);
        let first = &page["items"][0];
        assert_eq!(first["type"], "organisation.created");
        assert_eq!(first["data"]["subjectType"], "organisation");
        assert_eq!(first["data"]["organisationId"], json!(app.controller));
        for (n, event) in page["items"].as_array().unwrap().iter().enumerate() {
            let next = client.get(&format!("/events?after={}", cursor(event))).expect(200);
            assert_eq!(subjects(&next), wards[n + 1..]);
        }
        // At the end the answer is empty, and its cursor goes on all the same.
        let end = client.get(&format!("/events?after={}", cursor(&page))).expect(200);
        assert_eq!(end["items"], json!([]));
        let next = ward(app, &client, "Afsnit 6");
        let page = client.get(&format!("/events?after={}", cursor(&end))).expect(200);
        assert_eq!(subjects(&page), [next]);
        // In pieces too, and after a restart.
        assert_eq!(rest(&client, cursor(first)).len(), 5);
        let beside = app.beside();
        let there = Caller { base: beside.base.clone(), ..client.clone() };
        assert_eq!(rest(&there, cursor(first)).len(), 5);
    }

    fn only_the_types_that_are_asked_for(app) {
        let client = app.client_with_everything();
        ward(app, &client, "Afsnit");
        let programme = app.programme()["id"].clone();
        app.settle();
        let page = client.get("/events?types=programme.created").expect(200);
        assert_eq!(subjects(&page), [programme]);
        let page = client.get("/events?types=programme.created&types=organisation.created").expect(200);
        assert_eq!(kinds(&page), ["organisation.created", "programme.created"]);
        let none = client.get("/events?types=volunteer.departed").expect(200);
        assert_eq!(none["items"], json!([]));
        // What was passed by is not looked at again.
        assert_eq!(rest(&client, cursor(&none)).len(), 0);
        client.get("/events?types=nothing.happened").problem(400, "invalidRequest");
        client.get("/events?after=AAAA").problem(400, "invalidCursor");
        client.get("/events?wait=61").problem(400, "invalidRequest");
    }

    fn an_actor_sees_its_controller_and_its_programmes_only(app) {
        let nurse = app.nurse();
        let referral = app.received_referral(&nurse, 1);
        let own = app.programme()["id"].clone();
        let other = app.programme_of("HF")["id"].clone();
        app.settle();
        let all = app.client(&["events.read"]).get("/events?limit=100").expect(200);
        assert!(subjects(&all).contains(&referral["id"]));
        let mine = app.limited_to(std::slice::from_ref(&own)).get("/events?limit=100").expect(200);
        assert!(subjects(&mine).contains(&referral["id"]));
        for event in mine["items"].as_array().unwrap() {
            assert_eq!(event["data"]["programmeId"], own, "{event}");
        }
        let theirs = app.limited_to(&[other]).get("/events?limit=100").expect(200);
        assert!(!subjects(&theirs).contains(&referral["id"]));
        let stranger = app.other_organisation();
        assert_eq!(stranger.get("/events").expect(200)["items"], json!([]));
        // A cursor belongs to one controller's log.
        stranger.get(&format!("/events?after={}", cursor(&all))).problem(400, "invalidCursor");
    }

    fn a_reader_leaves_a_row_for_each_patient_it_was_told_of(app) {
        let nurse = app.nurse();
        let referral = app.received_referral(&nurse, 1);
        app.settle();
        let reader = app.client(&["events.read"]);
        reader.get("/events?limit=100").expect(200);
        let patient = referral["patientId"].as_str().unwrap();
        let log = app.client_with_everything()
            .get(&format!("/patients/{patient}/access-log")).expect(200);
        let rows = log["items"].as_array().unwrap();
        assert!(rows.iter().any(|row| row["operation"] == "list_events"), "{log}");
    }

    fn a_waiting_request_is_answered_when_something_happens(app) {
        let client = app.client_with_everything();
        let began = Instant::now();
        let empty = client.get("/events?after=latest&wait=1").expect(200);
        assert_eq!(empty["items"], json!([]));
        assert!(began.elapsed() >= Duration::from_secs(1));
        let mut after = cursor(&empty).to_owned();
        let beside = app.beside();
        for elsewhere in [&app.base, &beside.base] {
            let there = Caller { base: elsewhere.clone(), ..client.clone() };
            let (page, made, took) = std::thread::scope(|scope| {
                let waiting = scope.spawn(|| {
                    let page = client
                        .get(&format!("/events?after={after}&wait=30&types=organisation.created"))
                        .expect(200);
                    (page, Instant::now())
                });
                std::thread::sleep(Duration::from_millis(300));
                // Not what is waited for.
                app.staff_member("Karen Prøve", brobygger::platform::access::Role::Nurse);
                let made = ward(app, &there, "Afsnit");
                let at = Instant::now();
                let (page, answered) = waiting.join().unwrap();
                (page, made, answered.saturating_duration_since(at))
            });
            assert!(subjects(&page).contains(&made));
            assert!(took < Duration::from_secs(20), "{took:?}");
            after = cursor(&page).to_owned();
        }
    }

    fn who_waits_holds_neither_a_connection_nor_a_thread(app) {
        let client = app.client_with_everything();
        std::thread::scope(|scope| {
            // Many more than there are connections (four) and blocking threads.
            let waiting: Vec<_> = (0..40)
                .map(|_| scope.spawn(|| client.get("/events?after=latest&wait=50").expect(200)))
                .collect();
            std::thread::sleep(Duration::from_millis(500));
            let began = Instant::now();
            for _ in 0..20 {
                client.get("/organisations?limit=1").expect(200);
            }
            // Long before the waits end, however slow the machine is.
            assert!(began.elapsed() < Duration::from_secs(30), "{:?}", began.elapsed());
            ward(app, &client, "Afsnit");
            for page in waiting {
                assert_eq!(page.join().unwrap()["items"].as_array().unwrap().len(), 1);
            }
        });
    }

    fn whoever_waits_is_let_go_when_the_service_stops(app) {
        let client = app.client_with_everything();
        std::thread::scope(|scope| {
            let polls = scope.spawn(|| client.get("/events?after=latest&wait=60").expect(200));
            let streams = scope.spawn(|| client.get("/events/stream?after=latest&wait=60"));
            std::thread::sleep(Duration::from_millis(300));
            let began = Instant::now();
            app.app.tail.stop();
            assert_eq!(polls.join().unwrap()["items"], json!([]));
            assert_eq!(streams.join().unwrap().status, 200);
            assert!(began.elapsed() < Duration::from_secs(20), "{:?}", began.elapsed());
        });
    }

    fn a_stream_sends_each_event_and_goes_on_where_it_was(app) {
        let client = app.client_with_everything();
        let old = ward(app, &client, "Afsnit før");
        let whole = std::thread::scope(|scope| {
            let stream = scope.spawn(|| client.get("/events/stream?wait=2"));
            std::thread::sleep(Duration::from_millis(500));
            ward(app, &client, "Afsnit nu");
            stream.join().unwrap()
        });
        assert_eq!(whole.header("content-type"), Some("text/event-stream"));
        assert_eq!(whole.header("cache-control"), Some("no-store"));
        let events = sent(&whole.text());
        assert_eq!(events.len(), 2);
        assert_eq!(events[0].2["data"]["subjectId"], old);
        for (id, kind, data) in &events {
            assert_eq!((id.as_str(), kind.as_str()), (cursor(data), data["type"].as_str().unwrap()));
        }
        let again = client.send("GET", "/events/stream?wait=0", &[("last-event-id", &events[0].0)], None);
        assert_eq!(sent(&again.text()), events[1..]);
        let typed = client.get("/events/stream?wait=0&types=staff.created");
        assert_eq!(sent(&typed.text()), []);
        client.send("GET", "/events/stream", &[("last-event-id", "x y")], None)
            .problem(400, "invalidCursor");
    }

    fn a_stream_ends_in_time_also_with_more_to_send_and_without_time_behind_the_last(app) {
        let client = app.client_with_everything();
        for number in 0..130 {
            ward(app, &client, &format!("Afsnit {number}"));
        }
        app.settle();
        // More than one piece, and types that come late are found too.
        let all = client.get("/events/stream?wait=0");
        assert_eq!(sent(&all.text()).len(), 130);
        let began = Instant::now();
        assert_eq!(client.get("/events/stream?wait=1").status, 200);
        assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    }

    fn a_stream_ends_with_the_token(app) {
        let client = app.client(&["events.read"]);
        let brief = app.bearer(&Bearer {
            kind: ActorKind::Client,
            id: Uuid::now_v7(),
            organisation: app.controller,
            roles: Vec::new(),
            programmes: None,
            sees_protected: false,
            scopes: vec![Action::EventsRead.scope().to_owned()],
        });
        // A client that does not exist is refused; the token of a real one is good until it ends.
        brief.get("/events/stream?wait=0").problem(401, "unauthenticated");
        let maker = app.client_with_everything();
        std::thread::scope(|scope| {
            let began = Instant::now();
            let stream = scope.spawn(|| client.get("/events/stream?after=latest&wait=60"));
            std::thread::sleep(Duration::from_millis(300));
            app.advance(chrono::Duration::days(20 * 365));
            // Somebody whose token is good makes the stream look.
            let fresh = app.client_with_everything();
            ward(app, &fresh, "Afsnit");
            let text = stream.join().unwrap().text();
            assert_eq!(sent(&text), [], "nothing is sent on a token that has ended");
            assert!(began.elapsed() < Duration::from_secs(15));
        });
        maker.get("/events").problem(401, "unauthenticated");
    }

    fn readers_miss_nothing_while_several_instances_write(app) {
        let beside = app.beside();
        let client = app.client_with_everything();
        let read = std::thread::scope(|scope| {
            let writers: Vec<_> = (0..6)
                .map(|t| {
                    let base = if t % 2 == 0 { app.base.clone() } else { beside.base.clone() };
                    let there = Caller { base, ..client.clone() };
                    scope.spawn(move || {
                        (0..25).map(|n| quick_ward(app, &there, &format!("Afsnit {t} {n}"))).collect::<Vec<_>>()
                    })
                })
                .collect();
            let readers: Vec<_> = [&app.base, &beside.base]
                .into_iter()
                .map(|base| {
                    let there = Caller { base: base.clone(), ..client.clone() };
                    scope.spawn(move || {
                        let (mut seen, mut after) = (Vec::new(), None::<String>);
                        let deadline = Instant::now() + Duration::from_secs(60);
                        while seen.len() < 150 && Instant::now() < deadline {
                            let from = after.as_ref().map_or(String::new(), |after| format!("&after={after}"));
                            let page = there.get(&format!("/events?wait=2&limit=3{from}")).expect(200);
                            after = Some(cursor(&page).to_owned());
                            seen.extend(subjects(&page));
                        }
                        seen
                    })
                })
                .collect();
            let made: Vec<Value> = writers.into_iter().flat_map(|writer| writer.join().unwrap()).collect();
            let read: Vec<Vec<Value>> = readers.into_iter().map(|reader| reader.join().unwrap()).collect();
            for seen in &read {
                let unique: BTreeSet<String> = seen.iter().map(Value::to_string).collect();
                assert_eq!((unique.len(), seen.len()), (made.len(), made.len()));
            }
            read
        });
        // Every reader has seen the same order.
        assert_eq!(read[0], read[1]);
    }

    fn aps_4_a_deadline_is_told_once(app) {
        let nurse = app.nurse();
        let referral = app.received_referral(&nurse, 1);
        let called = app.accepted_referral(&nurse, 2);
        let session = nurse.1.post("/call-sessions",
            &json!({"referralId": called["id"], "plannedAt": app.now(), "plannedMinutes": 30})).expect(201);
        app.attempt(&nurse, &session, "notReached");
        let told = |kind: &str| {
            app.settle();
            let page = app.client_with_everything().get(&format!("/events?types={kind}&limit=100")).expect(200);
            subjects(&page)
        };
        let pass = |instance: &TestApp| upkeep::run(&instance.app).unwrap();
        // Received on a Friday before Easter: due on 13 April.
        assert_eq!(pass(app).of("referral.firstCallDueSoon"), 0);
        app.advance(chrono::Duration::days(16));
        let beside = app.beside();
        assert_eq!(pass(app).of("referral.firstCallDueSoon"), 1);
        for instance in [app, &beside] {
            assert_eq!(pass(instance).of("referral.firstCallDueSoon"), 0);
        }
        assert_eq!(told("referral.firstCallDueSoon"), [referral["id"].clone()]);
        assert_eq!(told("referral.firstCallOverdue"), Vec::<Value>::new());
        app.advance(chrono::Duration::days(3));
        let done = [pass(&beside), pass(app)].map(|done| done.of("referral.firstCallOverdue"));
        assert_eq!(done, [1, 0]);
        assert_eq!(told("referral.firstCallOverdue"), [referral["id"].clone()]);
        assert_eq!(told("referral.firstCallDueSoon").len(), 1);
    }

    fn aps_10_an_enquiry_that_is_late_is_told_once(app) {
        let client = app.client_with_everything();
        let enquiry = client.post("/enquiries", &json!({
            "programmeId": app.programme()["id"], "kind": "question", "receivedAt": app.now(),
            "contact": {"name": "Ida Prøve", "telephone": "+4532105433"}, "text": "Hvornår?",
        })).expect(201);
        assert_eq!(upkeep::run(&app.app).unwrap().of("enquiry.overdue"), 0);
        app.advance(chrono::Duration::days(20));
        assert_eq!(upkeep::run(&app.app).unwrap().of("enquiry.overdue"), 1);
        assert_eq!(upkeep::run(&app.app).unwrap().of("enquiry.overdue"), 0);
        app.settle();
        let page = client.get("/events?types=enquiry.overdue").expect(200);
        assert_eq!(subjects(&page), [enquiry["id"].clone()]);
    }
}

/// The events of a stream: id, type, data.
fn sent(text: &str) -> Vec<(String, String, Value)> {
    text.split("\n\n")
        .filter(|block| block.starts_with("id: "))
        .map(|block| {
            let field = |name: &str| {
                block
                    .lines()
                    .find_map(|line| line.strip_prefix(name))
                    .unwrap()
                    .to_owned()
            };
            let data = serde_json::from_str(&field("data: ")).unwrap();
            (field("id: "), field("event: "), data)
        })
        .collect()
}

fn postgres(app: &TestApp) -> PgConnection {
    let DatabaseUrl::Postgres(url) = &app.url else {
        unreachable!()
    };
    PgConnection::establish(url).unwrap()
}

/// Appends an event by hand, as another instance would in a transaction of its own.
fn append(conn: &mut PgConnection, app: &TestApp, subject: Uuid) {
    conn.batch_execute(&format!(
        "INSERT INTO events (id, at, controller_id, kind, subject_type, subject_id, actor_id)
         VALUES (gen_random_uuid(), now(), '{}', 'organisation.changed', 'organisation', '{subject}', gen_random_uuid())",
        app.controller
    ))
    .unwrap();
}

#[derive(QueryableByName)]
struct Number {
    #[diesel(sql_type = BigInt)]
    number: i64,
}

fn number(conn: &mut PgConnection, query: &str) -> i64 {
    sql_query(query).get_result::<Number>(conn).unwrap().number
}

#[test]
fn an_earlier_number_that_is_committed_later_is_not_skipped() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let client = app.client_with_everything();
    let before = ward(&app, &client, "Afsnit før");
    let start = client.get("/events").expect(200);
    assert_eq!(subjects(&start), [before]);
    let (early, late) = (Uuid::now_v7(), Uuid::now_v7());
    let (mut slow, mut quick) = (postgres(&app), postgres(&app));
    slow.batch_execute("BEGIN").unwrap();
    append(&mut slow, &app, early);
    quick.batch_execute("BEGIN").unwrap();
    append(&mut quick, &app, late);
    quick.batch_execute("COMMIT").unwrap();
    // The later number is committed, the earlier one is not: the trap is set.
    assert_eq!(
        number(
            &mut quick,
            "SELECT count(*) AS number FROM events WHERE kind = 'organisation.changed'"
        ),
        1
    );
    let between = client
        .get(&format!("/events?after={}", cursor(&start)))
        .expect(200);
    assert_eq!(between["items"], json!([]), "the later one must wait");
    let waited = client
        .get(&format!("/events?wait=1&after={}", cursor(&between)))
        .expect(200);
    assert_eq!(waited["items"], json!([]));
    let latest = client.get("/events?after=latest").expect(200);
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| {
            client
                .get(&format!("/events?wait=20&after={}", cursor(&waited)))
                .expect(200)
        });
        std::thread::sleep(Duration::from_millis(300));
        slow.batch_execute("COMMIT").unwrap();
        assert_eq!(
            subjects(&waiting.join().unwrap()),
            [json!(early), json!(late)]
        );
    });
    // Nobody who began in between has missed one either.
    assert_eq!(rest(&client, cursor(&latest)).len(), 2);
    // What is rolled back leaves a gap in the numbers and holds up nobody.
    slow.batch_execute("BEGIN").unwrap();
    append(&mut slow, &app, Uuid::now_v7());
    slow.batch_execute("ROLLBACK").unwrap();
    let after = ward(&app, &client, "Afsnit efter");
    let all: Vec<Value> = rest(&client, cursor(&start))
        .iter()
        .map(|event| event["data"]["subjectId"].clone())
        .collect();
    assert_eq!(all, [json!(early), json!(late), after]);
}

#[test]
fn a_database_restored_into_another_server_goes_on_behind_its_last_event() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let client = app.client_with_everything();
    ward(&app, &client, "Afsnit før");
    let mut conn = postgres(&app);
    // As if the server before had been much further.
    conn.batch_execute("UPDATE events SET tx = tx + 1000000000")
        .unwrap();
    for round in 0..2 {
        migrate::run(&app.url).unwrap();
        let known = rest(&client, cursor(&client.get("/events?limit=1").expect(200)));
        let end = client.get("/events?limit=100").expect(200);
        assert_eq!(end["items"].as_array().unwrap().len(), 1 + round);
        assert_eq!(known.len(), round);
        let next = ward(&app, &client, "Afsnit efter");
        let page = client
            .get(&format!("/events?after={}", cursor(&end)))
            .expect(200);
        assert_eq!(subjects(&page), [next]);
    }
    let base = number(
        &mut conn,
        "SELECT base AS number FROM event_log_base WHERE id = 1",
    );
    assert!(
        (1..=1_000_000_000).contains(&base),
        "moved once, and by no more than is needed"
    );
}

#[test]
fn events_from_before_the_migration_are_read_first_and_in_order() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let client = app.client_with_everything();
    let wards: Vec<Value> = (0..3).map(|_| ward(&app, &client, "Afsnit")).collect();
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("migrations/postgresql/2026-11-21-000011_event_log_and_webhooks");
    let mut conn = postgres(&app);
    for file in ["down.sql", "up.sql"] {
        let text = std::fs::read_to_string(folder.join(file)).unwrap();
        conn.batch_execute(&text).unwrap();
    }
    assert_eq!(
        number(&mut conn, "SELECT max(tx) AS number FROM events"),
        0,
        "as on the day of the migration"
    );
    let last = ward(&app, &client, "Afsnit efter");
    let page = client.get("/events").expect(200);
    assert_eq!(
        subjects(&page),
        [wards, vec![last]].concat(),
        "old rows first"
    );
}

#[derive(QueryableByName)]
struct Kind {
    #[diesel(sql_type = Text)]
    kind: String,
}

on_both_engines! {
    fn only_types_of_the_catalogue_are_stored(app) {
        let _seeded = crate::support::seed::Seeded::new(app);
        let mut conn = app.url.connect(Purpose::Read).unwrap();
        let kinds: Vec<Kind> = sql_query("SELECT DISTINCT kind FROM events").load(&mut conn).unwrap();
        assert!(kinds.len() > 20);
        for Kind { kind } in kinds {
            assert!(CATALOGUE.iter().any(|(known, _)| *known == kind), "{kind} is not in the catalogue");
        }
    }
}

/// Every text in the source that has the form of an event's type.
fn types_in_the_source() -> BTreeSet<String> {
    fn visit(folder: &std::path::Path, found: &mut BTreeSet<String>) {
        // Columns of files to import are named like this.
        let columns = folder.ends_with("imports") || folder.ends_with("imports/kinds");
        for entry in std::fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                visit(&path, found);
            } else if path.extension().is_some_and(|extension| extension == "rs")
                && !path.ends_with("catalogue.rs")
            {
                let text = std::fs::read_to_string(&path).unwrap();
                let text = text.split("#[cfg(test)]").next().unwrap();
                found.extend(
                    text.split('"')
                        .filter(|part| {
                            part.split_once('.').is_some_and(|(subject, happened)| {
                                let word = |word: &str| {
                                    !word.is_empty()
                                        && word
                                            .starts_with(|first: char| first.is_ascii_lowercase())
                                        && word.chars().all(|c| c.is_ascii_alphabetic())
                                };
                                word(subject) && word(happened)
                            })
                        })
                        .filter(|part| !columns || CATALOGUE.iter().any(|(kind, _)| kind == part))
                        .map(str::to_owned),
                );
            }
        }
    }
    let mut found = BTreeSet::new();
    visit(
        &std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src"),
        &mut found,
    );
    found
}

/// The tables of the schema: sealed columns are named `table.column`.
fn tables() -> BTreeSet<String> {
    let file = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/platform/db/schema.rs");
    std::fs::read_to_string(file)
        .unwrap()
        .lines()
        .filter_map(|line| line.strip_prefix("    ")?.split_once(" ("))
        .map(|(table, _)| table.to_owned())
        .collect()
}

#[test]
fn the_catalogue_holds_what_the_source_emits_and_nothing_else() {
    let written = types_in_the_source();
    let tables = tables();
    let is_other = |text: &str| {
        let (before, after) = text.split_once('.').unwrap();
        Action::ALL.iter().any(|action| action.scope() == text)
            || tables.contains(before)
            || ["csv", "json", "db", "env", "pem", "html", "svg", "ics"].contains(&after)
            // No event of the log.
            || ["webhook.ping", "import.givenUp", "import.resultsRemoved"].contains(&text)
    };
    let unknown: Vec<&String> = written
        .iter()
        .filter(|text| !CATALOGUE.iter().any(|(known, _)| known == text) && !is_other(text))
        .collect();
    assert!(unknown.is_empty(), "add to the catalogue: {unknown:?}");
    let unused: Vec<&str> = CATALOGUE
        .iter()
        .map(|(kind, _)| *kind)
        .filter(|kind| !written.contains(*kind))
        .collect();
    assert!(unused.is_empty(), "nothing emits {unused:?}");
}

#[test]
fn no_more_streams_are_open_than_are_allowed() {
    let app = TestApp::sqlite_with(|config| config.event_streams = 1);
    let client = app.client_with_everything();
    let open = || client.get("/events/stream?wait=0");
    assert_eq!(open().status, 200);
    // The place of a stream that has ended is free again.
    let somebody = uuid::Uuid::now_v7();
    let mut place = Err(Full::All);
    for _ in 0..100 {
        place = Following::new(&app.app, somebody, 1);
        if place.is_ok() {
            break;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(place.is_ok());
    let refused = open();
    assert!(refused.header("retry-after").is_some());
    refused.problem(503, "unavailable");
    drop(place);
    assert_eq!(open().status, 200);
}

#[test]
fn nobody_takes_all_streams() {
    let app = TestApp::sqlite();
    let (greedy, other) = (uuid::Uuid::now_v7(), uuid::Uuid::now_v7());
    let open = |who| Following::new(&app.app, who, 8);
    let mut own = vec![open(greedy).unwrap(), open(greedy).unwrap()];
    assert_eq!(open(greedy).unwrap_err(), Full::Own);
    let theirs = open(other).unwrap();
    own.pop();
    own.push(open(greedy).unwrap());
    drop((own, theirs));
    assert!(open(greedy).is_ok());
}
