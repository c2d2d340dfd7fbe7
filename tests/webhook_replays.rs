//! What was sent is sent once more to whoever asks, and is forgotten in the end.

use std::collections::BTreeSet;
use std::time::Duration;

use diesel::RunQueryDsl as _;
use serde_json::{Value, json};

use crate::support::postgres;
use crate::support::receiver::{Received, Receiver, Response};
use crate::support::service::{Client, Service};
use crate::webhooks::{endpoint, only_delivery, path, ward};

on_both_engines! {
    fn a_delivery_is_replayed_with_the_id_it_had(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let _worker = app.deliver();
        ward(app, "A");
        let delivery = only_delivery(&client, &endpoint, "delivered")["delivery"].clone();
        let replay = format!("{}/deliveries/{}/replay", path(&endpoint), delivery["id"].as_str().unwrap());
        let again = client.send("POST", &replay, &[], None).expect(201);
        assert_ne!(again["id"], delivery["id"]);
        assert_eq!(again["eventId"], delivery["eventId"]);
        let received = receiver.wait_for_count(2);
        assert_eq!(received[0].id(), received[1].id());
        assert_eq!(received[0].body, received[1].body);
        let stranger = app.other_organisation();
        stranger.send("POST", &replay, &[], None).problem(404, "notFound");
    }

    fn a_stretch_of_time_is_replayed_in_order(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let mut wards = Vec::new();
        let mut times = Vec::new();
        for n in 0..5 {
            app.advance(chrono::Duration::minutes(10));
            times.push(app.now());
            wards.push(ward(app, &format!("Afsnit {n}"))["id"].clone());
        }
        let _worker = app.deliver();
        receiver.wait_for_count(5);
        let replays = format!("{}/replays", path(&endpoint));
        let asked = json!({"from": times[1], "until": times[4]});
        let replay = client.post(&replays, &asked).expect(201);
        let received = receiver.wait_for_count(8);
        let mut again: Vec<Value> = received[5..].iter().map(|message| json!(message.subject())).collect();
        again.sort_by_key(Value::to_string);
        let mut expected = wards[1..4].to_vec();
        expected.sort_by_key(Value::to_string);
        assert_eq!(again, expected);
        let place = format!("{replays}/{}", replay["id"].as_str().unwrap());
        let done = (0..200).find_map(|_| {
            std::thread::sleep(Duration::from_millis(20));
            let replay = client.get(&place).expect(200);
            replay.get("finishedAt").is_some().then_some(replay)
        });
        assert_eq!(done.expect("a replay that ends")["deliveries"], 3);
        // A time that has not come, or ends before it begins.
        let wrong = json!({"from": times[4], "until": times[1]});
        assert_eq!(client.post(&replays, &wrong).field_errors(), [("/until".to_owned(), "order".to_owned())]);
        let ahead = json!({"from": app.in_days(1)});
        assert_eq!(client.post(&replays, &ahead).field_errors(), [("/from".to_owned(), "order".to_owned())]);
        let elsewhere = crate::webhooks::endpoint(app, &receiver.url, &[]);
        let place = place.replace(endpoint["id"].as_str().unwrap(), elsewhere["id"].as_str().unwrap());
        client.get(&place).problem(404, "notFound");
    }

    fn deliveries_are_listed_newest_first_and_forgotten_after_thirty_days(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let list = format!("{}/deliveries", path(&endpoint));
        {
            let _worker = app.deliver();
            for n in 0..5 {
                ward(app, &format!("Afsnit {n}"));
            }
            receiver.wait_for_count(5);
            receiver.wait_for(|_| {
                let done = client.get(&format!("{list}?state=delivered")).expect(200);
                done["items"].as_array().unwrap().len() == 5
            });
        }
        let (mut seen, mut next) = (Vec::new(), String::new());
        loop {
            let page = client.get(&format!("{list}?limit=2{next}")).expect(200);
            seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["eventId"].clone()));
            match page["nextCursor"].as_str() {
                Some(cursor) => next = format!("&cursor={cursor}"),
                None => break,
            }
        }
        let log = client.get("/events?types=organisation.created").expect(200);
        let mut ids: Vec<Value> = log["items"].as_array().unwrap().iter().map(|event| event["id"].clone()).collect();
        ids.reverse();
        assert_eq!(seen, ids);
        app.advance(chrono::Duration::days(31));
        let client = app.client_with_everything();
        let _worker = app.deliver();
        receiver.wait_for(|_| client.get(&list).expect(200)["items"] == json!([]));
        let attempts: i64 = app.app.db.read_blocking(|conn| {
            use brobygger::platform::db::schema::webhook_attempts::dsl;
            use diesel::QueryDsl as _;
            Ok(dsl::webhook_attempts.count().get_result(conn)?)
        }).unwrap();
        assert_eq!(attempts, 0);
    }

    fn secrets_are_sealed_where_they_are_kept(app) {
        let endpoint = endpoint(app, "https://example.org/", &[]);
        let secret = endpoint["secret"].as_str().unwrap().to_owned();
        let stored: Vec<Vec<u8>> = app.app.db.read_blocking(|conn| {
            use brobygger::platform::db::schema::webhook_endpoints::dsl;
            use diesel::QueryDsl as _;
            Ok(dsl::webhook_endpoints.select(dsl::secrets).load(conn)?)
        }).unwrap();
        let plain = secret.strip_prefix("whsec_").unwrap().as_bytes();
        for bytes in stored {
            assert!(!bytes.windows(plain.len()).any(|window| window == plain));
        }
    }
}

/// A delivery run of the real program is cut off by SIGKILL; a second one brings it to its end.
fn survives(data_dir: &std::path::Path, url: &str) {
    let client = Client::create(data_dir, url, "Region Prøve");
    let receiver = Receiver::with(|_| Response::after(204, 200));
    let service = Service::start(data_dir, url);
    let caller = service.sign_in(&client);
    let made = caller
        .post(
            "/webhook-endpoints",
            &json!({"name": "Prøve", "url": receiver.url, "eventTypes": ["organisation.created"]}),
        )
        .expect(201);
    let wards: BTreeSet<String> = (0..30)
        .map(|n| {
            let body = json!({"partOf": client.organisation, "kind": "ward", "name": format!("Afsnit {n}")});
            let ward = caller.post("/organisations", &body).expect(201);
            ward["id"].as_str().unwrap().to_owned()
        })
        .collect();
    receiver.wait_for_count(5);
    service.kill();
    let before = receiver.received().len();
    assert!(before < 30, "killed in the middle");
    let service = Service::start(data_dir, url);
    let arrived = |received: &[Received]| {
        received
            .iter()
            .map(|message| message.subject().to_owned())
            .collect::<BTreeSet<_>>()
    };
    let received = receiver.wait_for(|received| {
        let caller = service.sign_in(&client);
        let waiting = caller
            .get(&format!("{}/deliveries?state=waiting", path(&made)))
            .expect(200);
        arrived(received) == wards && waiting["items"] == json!([])
    });
    let again = received.len() - wards.len();
    assert!(again <= 4, "only what was under way came twice: {again}");
}

#[test]
fn a_kill_in_a_delivery_run_loses_nothing_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("brobygger.db");
    survives(folder.path(), &format!("sqlite:{}", file.display()));
}

#[test]
fn a_kill_in_a_delivery_run_loses_nothing_on_postgresql() {
    let Ok(cluster) = postgres::shared() else {
        return;
    };
    let name = format!("webhook_kill_{}", std::process::id());
    cluster.create_database(&name, None);
    let folder = tempfile::tempdir().unwrap();
    survives(folder.path(), &cluster.url(&name));
    cluster.drop_database(&name);
}
