//! What was answered is there after the process was killed, whole; nothing is there by halves.

use std::collections::BTreeSet;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::{Duration, Instant};

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::{DatabaseUrl, Purpose};
use diesel::connection::SimpleConnection as _;
use diesel::sql_types::BigInt;
use diesel::{QueryableByName, RunQueryDsl as _, sql_query};
use serde_json::{Value, json};

use crate::support::postgres::{self, Cluster, Durability};
use crate::support::service::{Client, Service, run};
use crate::support::{Caller, TestApp};

/// How often the service is killed, on each engine.
const ROUNDS: u32 = 4;

/// A write that was sent: its key and body, and what was answered, if anything was.
struct Sent {
    key: String,
    body: Value,
    answer: Option<(String, Value)>,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(url: &DatabaseUrl, query: &str) -> i64 {
    match &mut url.connect(Purpose::Read).unwrap() {
        AnyConnection::Postgres(conn) => sql_query(query).get_result::<Count>(conn),
        AnyConnection::Sqlite(conn) => sql_query(query).get_result::<Count>(conn),
    }
    .unwrap_or_else(|error| panic!("{query}: {error}"))
    .count
}

/// Every body is another person: a referral makes patient, consent and referral at once.
fn referral(programme: &str, n: u32) -> Value {
    let now = chrono::Utc::now();
    let before = |minutes| (now - chrono::Duration::minutes(minutes)).to_rfc3339();
    json!({
        "programmeId": programme, "channel": "municipality", "sentAt": before(1),
        "statedProgramme": "Aktiv Patientstøtte",
        "patient": {
            "name": {"given": "Prøve", "family": format!("Nummer {n}")},
            "telephones": [{"label": "mobile", "number": format!("+4532{n:06}")}],
            "municipalityCode": "0370",
        },
        "consent": {"purpose": "referral", "form": "oral", "givenAt": before(2)},
        "referrer": {"name": "Kommunen", "organisationName": "Prøve Kommune", "role": "other"},
    })
}

/// Sends referrals until the service is gone.
fn load(
    caller: &Caller,
    programme: &str,
    stop: &AtomicBool,
    numbers: &AtomicU32,
    sent: &Mutex<Vec<Sent>>,
) {
    while !stop.load(Ordering::SeqCst) {
        let n = numbers.fetch_add(1, Ordering::SeqCst);
        let (key, body) = (format!("referral-{n}"), referral(programme, n));
        let answer = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
            caller.post_with("/referrals", &[("idempotency-key", &key)], &body)
        }));
        let gone = answer.is_err();
        let answer = answer.ok().map(|answer| {
            assert_eq!(answer.status, 201, "{}", answer.text());
            (answer.header("location").unwrap().to_owned(), answer.json())
        });
        sent.lock().unwrap().push(Sent { key, body, answer });
        if gone {
            return;
        }
    }
}

fn random_millis(from: u64, to: u64) -> Duration {
    // The random half of a fresh id is random enough for a moment.
    let (_, random) = uuid::Uuid::now_v7().as_u64_pair();
    Duration::from_millis(from + random % (to - from))
}

/// What must hold in the database, whatever happened: sentences that count what is wrong.
const HALVES: &[(&str, &str)] = &[
    ("referrals without their patient, consent or programme",
     "SELECT count(*) AS count FROM referrals r WHERE NOT EXISTS (SELECT 1 FROM patients p WHERE p.id = r.patient_id)
        OR NOT EXISTS (SELECT 1 FROM consents c WHERE c.id = r.consent_id AND c.patient_id = r.patient_id)
        OR NOT EXISTS (SELECT 1 FROM programmes g WHERE g.id = r.programme_id)"),
    ("patients without a referral, who came with one",
     "SELECT count(*) AS count FROM patients p WHERE NOT EXISTS (SELECT 1 FROM referrals r WHERE r.patient_id = p.id)"),
    ("consents without a referral, which came with one",
     "SELECT count(*) AS count FROM consents c WHERE NOT EXISTS (SELECT 1 FROM referrals r WHERE r.consent_id = c.id)"),
    ("patients without an audit row",
     "SELECT count(*) AS count FROM patients p WHERE NOT EXISTS (SELECT 1 FROM audit_rows a WHERE a.patient_id = p.id AND a.outcome = 'ok')"),
    ("referrals without exactly one event",
     "SELECT count(*) AS count FROM referrals r WHERE (SELECT count(*) FROM events e WHERE e.subject_id = r.id AND e.subject_type = 'referral') <> 1"),
    ("events of referrals that are not there",
     "SELECT count(*) AS count FROM events e WHERE e.subject_type = 'referral' AND NOT EXISTS (SELECT 1 FROM referrals r WHERE r.id = e.subject_id)"),
    ("keys without their referral, or the other way round",
     "SELECT abs((SELECT count(*) FROM idempotency_keys) - (SELECT count(*) FROM referrals)) AS count"),
    ("patients found by nothing",
     "SELECT count(*) AS count FROM patients p WHERE NOT EXISTS (SELECT 1 FROM patient_lookups l WHERE l.patient_id = p.id)"),
];

fn survives(url: &str) {
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path();
    let database = DatabaseUrl::parse(url).unwrap();
    let client = Client::create(folder, url, "Region Prøve");
    let service = Service::start(folder, url);
    let programme = service
        .sign_in(&client)
        .post(
            "/programmes",
            &json!({"organisationId": client.organisation, "preset": "APS"}),
        )
        .expect(201)["id"]
        .as_str()
        .unwrap()
        .to_owned();
    let numbers = AtomicU32::new(1);
    let mut all: Vec<Sent> = Vec::new();
    let mut running = Some(service);
    for _ in 0..ROUNDS {
        let service = running
            .take()
            .unwrap_or_else(|| Service::start(folder, url));
        let caller = service.sign_in(&client);
        let (stop, sent) = (AtomicBool::new(false), Mutex::new(Vec::new()));
        std::thread::scope(|scope| {
            for _ in 0..4 {
                let (caller, programme, stop, numbers, sent) =
                    (&caller, &programme, &stop, &numbers, &sent);
                scope.spawn(move || load(caller, programme, stop, numbers, sent));
            }
            // Under load first, however slow the machine is; then at any moment.
            let deadline = Instant::now() + Duration::from_secs(10);
            let answers = || {
                sent.lock()
                    .unwrap()
                    .iter()
                    .filter(|sent| sent.answer.is_some())
                    .count()
            };
            while answers() < 5 && Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(20));
            }
            std::thread::sleep(random_millis(100, 1000));
            service.kill();
            stop.store(true, Ordering::SeqCst);
        });
        all.extend(sent.into_inner().unwrap());
        for (what, query) in HALVES {
            assert_eq!(count(&database, query), 0, "{what}");
        }
        let verified = run(folder, url, &["audit", "verify"]);
        assert!(verified.contains(" 0 findings"), "{verified}");
    }

    let answered = all.iter().filter(|sent| sent.answer.is_some()).count();
    println!("{answered} of {} writes were answered", all.len());
    assert!(
        answered > 10,
        "the service was hardly under load: {answered} answers"
    );
    let service = Service::start(folder, url);
    let caller = service.sign_in(&client);
    let mut ids = BTreeSet::new();
    for Sent { key, body, answer } in &all {
        // What was not answered may have been stored or not; repeated, it is there once.
        let again = caller.post_with("/referrals", &[("idempotency-key", key)], body);
        let replayed = again.header("idempotency-replayed").is_some();
        let (place, now) = (
            again.header("location").unwrap_or_default().to_owned(),
            again.expect(201),
        );
        assert!(ids.insert(now["id"].to_string()), "{key} is another's");
        if let Some((location, stored)) = answer {
            assert!(replayed, "{key} was answered and is not there");
            assert_eq!((&place, &now), (location, stored));
            let read = caller
                .get(location.strip_prefix("/v1").unwrap())
                .expect(200);
            assert_eq!(read["patientId"], stored["patientId"]);
            caller
                .get(&format!(
                    "/patients/{}",
                    stored["patientId"].as_str().unwrap()
                ))
                .expect(200);
        }
    }
    assert_eq!(
        count(&database, "SELECT count(*) AS count FROM referrals"),
        i64::try_from(all.len()).unwrap()
    );
    for (what, query) in HALVES {
        assert_eq!(count(&database, query), 0, "{what}");
    }
    let verified = run(folder, url, &["audit", "verify"]);
    assert!(verified.contains(" 0 findings"), "{verified}");
}

#[test]
fn what_was_answered_survives_a_kill_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    survives(&format!(
        "sqlite:{}",
        folder.path().join("brobygger.db").display()
    ));
}

#[test]
fn what_was_answered_survives_a_kill_on_postgresql() {
    if postgres::shared().is_err() {
        return;
    }
    // A server of its own that waits for the disk; the shared one does not.
    let Ok(cluster) = Cluster::start(Durability::Durable) else {
        return;
    };
    cluster.create_database("durability", None);
    survives(&cluster.url("durability"));
}

#[test]
fn the_service_goes_on_when_the_database_hung_up() {
    let Some(app) = TestApp::postgresql() else {
        return;
    };
    let client = app.client_with_everything();
    let body =
        |n: usize| json!({"partOf": app.controller, "kind": "ward", "name": format!("Afsnit {n}")});
    let answered = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..4)
            .map(|t| {
                let (client, body) = (&client, &body);
                scope.spawn(move || {
                    let mut answered = 0;
                    for n in 0..60 {
                        let answer = client.post("/organisations", &body(t * 1000 + n));
                        assert!(
                            matches!(answer.status, 201 | 500 | 503),
                            "{}",
                            answer.text()
                        );
                        answered += i64::from(answer.status == 201);
                        // A read that is refused leaves a row too.
                        let _any = client.get("/organisations?limit=1");
                    }
                    answered
                })
            })
            .collect();
        let DatabaseUrl::Postgres(url) = &app.url else {
            unreachable!()
        };
        let mut conn = <diesel::PgConnection as diesel::Connection>::establish(url).unwrap();
        for _ in 0..5 {
            std::thread::sleep(random_millis(20, 120));
            conn.batch_execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()").unwrap();
        }
        threads
            .into_iter()
            .map(|thread| thread.join().unwrap())
            .sum::<i64>()
    });
    // Soon all is well again, for every writer.
    for n in 0..20 {
        let mut last = client.post("/organisations", &body(9000 + n));
        if last.status != 201 {
            last = client.post("/organisations", &body(9000 + n));
        }
        last.expect(201);
    }
    let stored = count(
        &app.url,
        "SELECT count(*) AS count FROM organisations WHERE kind = 'ward'",
    );
    assert!(
        stored >= answered + 20,
        "{stored} stored, {answered} answered"
    );
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    let found = brobygger::platform::audit::verify(&mut conn, &app.app.keys).unwrap();
    assert!(found.findings.is_empty(), "{:?}", found.findings);
}
