//! Webhooks: signed, in order, at least once, to nobody else.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hmac::{Hmac, Mac};
use serde_json::{Value, json};
use sha2::Sha256;

use crate::support::receiver::{Received, Receiver, Response};
use crate::support::{Caller, TestApp};

/// Registers an endpoint.
pub fn endpoint(app: &TestApp, url: &str, types: &[&str]) -> Value {
    app.client_with_everything()
        .post(
            "/webhook-endpoints",
            &json!({"name": "Prøve", "url": url, "eventTypes": types}),
        )
        .expect(201)
}

pub fn path(endpoint: &Value) -> String {
    format!("/webhook-endpoints/{}", endpoint["id"].as_str().unwrap())
}

pub fn ward(app: &TestApp, name: &str) -> Value {
    let body = json!({"partOf": app.controller, "kind": "ward", "name": name});
    app.client_with_everything()
        .post("/organisations", &body)
        .expect(201)
}

fn rename(app: &TestApp, ward: &Value, name: &str) {
    let path = format!("/organisations/{}", ward["id"].as_str().unwrap());
    app.client_with_everything()
        .patch(&path, "*", &json!({"name": name}))
        .expect(200);
}

/// The signatures that a message must have, made by hand.
fn signature(secret: &Value, message: &Received) -> String {
    let key = BASE64
        .decode(secret.as_str().unwrap().strip_prefix("whsec_").unwrap())
        .unwrap();
    let mut mac = <Hmac<Sha256> as Mac>::new_from_slice(&key).unwrap();
    let signed = format!(
        "{}.{}.{}",
        message.id(),
        message.headers["webhook-timestamp"],
        message.text
    );
    mac.update(signed.as_bytes());
    format!("v1,{}", BASE64.encode(mac.finalize().into_bytes()))
}

fn signatures(message: &Received) -> Vec<&str> {
    message.headers["webhook-signature"].split(' ').collect()
}

/// The only delivery of an endpoint in this state, with its attempts.
#[track_caller]
pub fn only_delivery(caller: &Caller, endpoint: &Value, state: &str) -> Value {
    let deliveries = format!("{}/deliveries", path(endpoint));
    for _ in 0..500 {
        let list = caller
            .get(&format!("{deliveries}?state={state}"))
            .expect(200);
        let items = list["items"].as_array().unwrap();
        if let [one] = items.as_slice() {
            let id = one["id"].as_str().unwrap();
            return caller.get(&format!("{deliveries}/{id}")).expect(200);
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("no delivery is {state}: {}", caller.get(&deliveries).text());
}

fn rows_of_webhooks(app: &TestApp) -> i64 {
    use brobygger::platform::db::schema::{webhook_deliveries, webhook_endpoints};
    use diesel::prelude::*;
    app.app
        .db
        .read_blocking(|conn| {
            let endpoints: i64 = webhook_endpoints::table.count().get_result(conn)?;
            let deliveries: i64 = webhook_deliveries::table.count().get_result(conn)?;
            Ok(endpoints + deliveries)
        })
        .unwrap()
}

/// Waits until the attempt with this number has ended.
#[track_caller]
fn attempted(caller: &Caller, endpoint: &Value, number: usize) -> Value {
    for _ in 0..500 {
        let delivery = caller
            .get(&format!("{}/deliveries", path(endpoint)))
            .expect(200)["items"][0]
            .clone();
        if let Some(id) = delivery["id"].as_str() {
            let details = caller
                .get(&format!("{}/deliveries/{id}", path(endpoint)))
                .expect(200);
            let attempts = details["attempts"].as_array().unwrap();
            if attempts.len() >= number && attempts[number - 1].get("outcome").is_some() {
                return details;
            }
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("attempt {number} has not ended");
}

on_both_engines! {
    fn an_event_arrives_once_signed_and_thin(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let _worker = app.deliver();
        let made = ward(app, "Afsnit");
        app.staff_member("Karen Prøve", brobygger::platform::access::Role::Nurse);
        let message = receiver.wait_for_count(1).remove(0);
        let client = app.client_with_everything();
        app.settle();
        let logged = client.get("/events?types=organisation.created").expect(200);
        assert_eq!(message.body, logged["items"][0], "the same as in the log");
        assert_eq!(message.body["data"]["subjectId"], made["id"]);
        assert_eq!(message.id(), message.body["id"].as_str().unwrap());
        assert_eq!(message.headers["content-type"], "application/json");
        let timestamp: i64 = message.headers["webhook-timestamp"].parse().unwrap();
        assert_eq!(timestamp, app.clock.now().utc().timestamp());
        assert_eq!(signatures(&message), [signature(&endpoint["secret"], &message)]);
        let delivery = only_delivery(&client, &endpoint, "delivered");
        assert_eq!(delivery["delivery"]["attemptCount"], 1);
        assert_eq!(delivery["attempts"][0]["outcome"], "delivered");
        assert_eq!(delivery["attempts"][0]["status"], 204);
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(receiver.received().len(), 1);
        // The secret was shown once.
        let read = client.get(&path(&endpoint)).expect(200);
        assert!(read.get("secret").is_none());
        assert_eq!(read["version"], 1, "deliveries change nothing of it");
    }

    fn what_fails_is_tried_again_until_it_is_2xx_and_in_order(app) {
        let receiver = Receiver::with(|_| 500.into());
        let endpoint = endpoint(app, &receiver.url, &["organisation.created", "organisation.changed"]);
        let _worker = app.deliver();
        let (first, second) = (ward(app, "A"), ward(app, "B"));
        rename(app, &first, "A2");
        receiver.wait_for_count(2);
        std::thread::sleep(Duration::from_millis(300));
        // Each subject's first message was tried; the one behind it waits.
        let received = receiver.received();
        assert_eq!(received.len(), 2, "no second attempt before its time");
        let kinds: BTreeSet<&str> = received.iter().map(Received::kind).collect();
        assert_eq!(kinds, BTreeSet::from(["organisation.created"]));
        receiver.answers(|_| 204.into());
        app.advance(chrono::Duration::seconds(6));
        let received = receiver.wait_for_count(5);
        let of_first: Vec<(&str, &str)> = received
            .iter()
            .filter(|message| json!(message.subject()) == first["id"])
            .map(|message| (message.id(), message.kind()))
            .collect();
        assert_eq!(of_first.len(), 3);
        assert_eq!(of_first[0], of_first[1], "the same message again");
        assert_eq!(of_first[2].1, "organisation.changed");
        assert!(received.iter().any(|message| json!(message.subject()) == second["id"]));
        let client = app.client_with_everything();
        let list = client.get(&format!("{}/deliveries", path(&endpoint))).expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 3);
    }

    fn pauses_grow_over_three_days_and_then_it_is_given_up(app) {
        let receiver = Receiver::with(|_| 503.into());
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let _worker = app.deliver();
        let client = app.client_with_everything();
        ward(app, "A");
        let began = app.clock.now();
        for number in 1..=13 {
            let details = attempted(&client, &endpoint, number);
            if number < 13 {
                let due: chrono::DateTime<chrono::Utc> =
                    details["delivery"]["dueAt"].as_str().unwrap().parse().unwrap();
                assert!(due > app.clock.now().utc());
                app.clock.set(due.into());
            }
        }
        let failed = only_delivery(&client, &endpoint, "failed");
        let hours = (app.clock.now().utc() - began.utc()).num_hours();
        assert!((71..=79).contains(&hours), "{hours}");
        assert_eq!(failed["attempts"].as_array().unwrap().len(), 13);
        assert!(failed["delivery"].get("dueAt").is_none());
        // What comes later is not held up by it.
        receiver.answers(|_| 200.into());
        ward(app, "B");
        receiver.wait_for_count(14);
    }

    fn a_wish_to_be_left_alone_is_honoured(app) {
        let receiver = Receiver::with(|_| Response::from(429).header("retry-after", "3600"));
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let _worker = app.deliver();
        ward(app, "A");
        let client = app.client_with_everything();
        let details = attempted(&client, &endpoint, 1);
        let due: chrono::DateTime<chrono::Utc> =
            details["delivery"]["dueAt"].as_str().unwrap().parse().unwrap();
        assert_eq!((due - app.clock.now().utc()).num_seconds(), 3600);
        assert_eq!(details["attempts"][0]["status"], 429);
        // It holds for everything that is to be sent there, not for that one message.
        receiver.answers(|_| 204.into());
        ward(app, "B");
        app.settle();
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(receiver.received().len(), 1);
        app.advance(chrono::Duration::seconds(3601));
        receiver.wait_for_count(3);
        // Whoever resumes it has mended something.
        receiver.answers(|_| Response::from(503).header("retry-after", "3600"));
        ward(app, "C");
        receiver.wait_for_count(4);
        std::thread::sleep(Duration::from_millis(300));
        receiver.answers(|_| 204.into());
        for step in ["pause", "resumption"] {
            client.send("POST", &format!("{}/{step}", path(&endpoint)), &[], None).expect(200);
        }
        receiver.wait_for_count(5);
    }

    fn a_wish_is_only_made_longer_and_shown(app) {
        // The second answer comes later and asks for less.
        let mut messages = 0;
        let receiver = Receiver::with(move |_| {
            messages += 1;
            let (after, wish) = if messages == 1 { (0, "7200") } else { (600, "60") };
            Response::after(503, after).header("retry-after", wish)
        });
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let fresh = client.get(&path(&endpoint));
        assert!(fresh.json().get("quietUntil").is_none());
        assert_eq!(fresh.etag(), "\"1\"");
        ward(app, "A");
        ward(app, "B");
        app.settle();
        let _worker = app.deliver();
        receiver.wait_for_count(2);
        std::thread::sleep(Duration::from_millis(1200));
        // Whoever has kept the answer before learns of it.
        let quiet = client.send("GET", &path(&endpoint), &[("if-none-match", "\"1\"")], None);
        let tag = quiet.etag();
        let until = quiet.expect(200)["quietUntil"].as_str().unwrap().to_owned();
        let until: chrono::DateTime<chrono::Utc> = until.parse().unwrap();
        assert_eq!((until - app.clock.now().utc()).num_seconds(), 7200);
        client.send("GET", &path(&endpoint), &[("if-none-match", &tag)], None).expect(304);
        // It is no change of the endpoint: the tag before is still good for one.
        client.patch(&path(&endpoint), "\"1\"", &json!({"eventTypes": ["organisation.created", "organisation.changed"]})).expect(200);
        app.advance(chrono::Duration::seconds(7201));
        receiver.answers(|_| 204.into());
        receiver.wait_for_count(4);
        let client = app.client_with_everything();
        assert!(client.get(&path(&endpoint)).expect(200).get("quietUntil").is_none());
    }

    fn what_the_old_address_wishes_does_not_hold_for_the_new_one(app) {
        for change in ["url", "resumption"] {
            app.settle();
            let old = Receiver::with(|_| Response::after(503, 700).header("retry-after", "86400"));
            let new = Receiver::new();
            let endpoint = endpoint(app, &old.url, &["organisation.created"]);
            let client = app.client_with_everything();
            let worker = app.deliver();
            ward(app, change);
            old.wait_for_count(1);
            // While the attempt hangs.
            let receiver = if change == "url" {
                client.patch(&path(&endpoint), "*", &json!({"url": new.url})).expect(200);
                &new
            } else {
                old.answers(|_| 204.into());
                for step in ["pause", "resumption"] {
                    client.send("POST", &format!("{}/{step}", path(&endpoint)), &[], None).expect(200);
                }
                &old
            };
            let before = usize::from(change != "url");
            receiver.wait_for_count(before + 1);
            assert!(client.get(&path(&endpoint)).expect(200).get("quietUntil").is_none());
            ward(app, "B");
            receiver.wait_for_count(before + 2);
            drop(worker);
            client.delete(&path(&endpoint), "*").expect(200);
        }
    }

    fn the_history_of_a_deleted_endpoint_delays_nobody(app) {
        use brobygger::platform::db::schema::webhook_deliveries::dsl;
        use diesel::prelude::*;
        let client = app.client_with_everything();
        let receiver = Receiver::new();
        let left = endpoint(app, &receiver.url, &["organisation.created"]);
        let endpoint_id: brobygger::platform::id::Id<brobygger::webhooks::WebhookEndpoint> =
            serde_json::from_value(left["id"].clone()).unwrap();
        let now = app.clock.now();
        let (kind, state) = ("organisation.created", brobygger::webhooks::WebhookDeliveryState::Delivered);
        app.app.db.write_blocking(move |tx| {
            for turn in 1_000..7_000_i64 {
                let id: brobygger::platform::id::Id<()> = brobygger::platform::id::Id::new();
                diesel::insert_into(dsl::webhook_deliveries)
                    .values((
                        dsl::id.eq(id), dsl::endpoint_id.eq(endpoint_id), dsl::turn.eq(turn), dsl::event_id.eq(id),
                        dsl::kind.eq(kind), dsl::subject_id.eq(id), dsl::state.eq(state), dsl::attempts.eq(1),
                        dsl::created_at.eq(now), dsl::finished_at.eq(Some(now)),
                    ))
                    .execute(tx.conn())?;
            }
            Ok(())
        }).unwrap();
        endpoint(app, &receiver.url, &["organisation.created"]);
        client.delete(&path(&left), "*").expect(200);
        ward(app, "A");
        app.settle();
        let _worker = app.deliver();
        receiver.wait_for_count(1);
        assert!(rows_of_webhooks(app) > 1_000, "it had waited until all was forgotten");
        for _ in 0..1000 {
            if rows_of_webhooks(app) == 2 {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("something of the endpoint stays");
    }

    fn a_deleted_endpoint_is_sent_nothing_more_and_seen_by_nobody(app) {
        let receiver = Receiver::with(|_| Response::after(500, 400));
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let worker = app.deliver();
        ward(app, "A");
        receiver.wait_for_count(1);
        let client = app.client_with_everything();
        let path = path(&endpoint);
        let replays = json!({"from": "2026-03-27T00:00:00Z"});
        app.advance(chrono::Duration::seconds(1));
        client.post(&format!("{path}/replays"), &replays).expect(201);
        client.send("DELETE", &path, &[], None).problem(428, "versionRequired");
        client.delete(&path, "\"1\"").problem(412, "staleVersion");
        app.other_organisation().delete(&path, "*").problem(404, "notFound");
        // The attempt that runs now stores nothing.
        let gone = client.delete(&path, "*").expect(200);
        assert_eq!((&gone["id"], &gone["state"]), (&endpoint["id"], &json!("disabled")));
        for path in [path.clone(), format!("{path}/deliveries")] {
            client.get(&path).problem(404, "notFound");
        }
        client.delete(&path, "*").problem(404, "notFound");
        client.send("POST", &format!("{path}/resumption"), &[], None).problem(404, "notFound");
        assert_eq!(client.get("/webhook-endpoints").expect(200)["items"], json!([]));
        let came = receiver.received().len();
        ward(app, "B");
        app.settle();
        app.advance(chrono::Duration::hours(2));
        std::thread::sleep(Duration::from_millis(900));
        assert_eq!(receiver.received().len(), came);
        let log = client.get("/events?types=webhookEndpoint.deleted").expect(200);
        assert_eq!(log["items"].as_array().unwrap().len(), 1, "{log}");
        // What is left of it goes when a worker cleans up, as it does first of all.
        drop(worker);
        let _worker = app.deliver();
        for _ in 0..200 {
            if rows_of_webhooks(app) == 0 {
                return;
            }
            std::thread::sleep(Duration::from_millis(20));
        }
        panic!("something of the endpoint stays");
    }

    fn redirects_are_not_followed_and_no_answer_is_a_failure(app) {
        let target = Receiver::new();
        let to = target.url.clone();
        let receiver = Receiver::with(move |_| Response::from(302).header("location", to.clone()));
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let _worker = app.deliver();
        ward(app, "A");
        let client = app.client_with_everything();
        let details = attempted(&client, &endpoint, 1);
        assert_eq!(details["attempts"][0]["outcome"], "redirected");
        assert_eq!(details["attempts"][0]["status"], 302);
        // It hangs.
        receiver.answers(|_| Response::after(204, 4000));
        app.advance(chrono::Duration::seconds(6));
        let details = attempted(&client, &endpoint, 2);
        assert_eq!(details["attempts"][1]["outcome"], "timedOut");
        assert!(details["attempts"][1].get("status").is_none());
        assert_eq!(target.received().len(), 0);
        // It is gone altogether.
        drop(receiver);
        app.advance(chrono::Duration::seconds(40));
        let details = attempted(&client, &endpoint, 3);
        assert_ne!(details["attempts"][2]["outcome"], "delivered");
    }

    fn an_endpoint_that_is_gone_is_disabled_and_goes_on_where_it_was(app) {
        let receiver = Receiver::with(|_| 410.into());
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let _worker = app.deliver();
        let first = ward(app, "A");
        let client = app.client_with_everything();
        attempted(&client, &endpoint, 1);
        let disabled = client.get(&path(&endpoint)).expect(200);
        assert_eq!(disabled["state"], "disabled");
        let second = ward(app, "B");
        app.advance(chrono::Duration::days(1));
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(receiver.received().len(), 1);
        client.send("POST", &format!("{}/ping", path(&endpoint)), &[], None)
            .problem(409, "stateConflict");
        receiver.answers(|_| 204.into());
        let resumed = client.send("POST", &format!("{}/resumption", path(&endpoint)), &[], None).expect(200);
        assert_eq!(resumed["state"], "active");
        let received = receiver.wait_for_count(3);
        let subjects: BTreeSet<&str> = received[1..].iter().map(Received::subject).collect();
        assert_eq!(subjects, [&first, &second].map(|ward| ward["id"].as_str().unwrap()).into());
        assert_eq!(app.events_of(&endpoint["id"]),
            ["webhookEndpoint.created", "webhookEndpoint.disabled", "webhookEndpoint.resumed"]);
    }

    fn a_paused_endpoint_gets_everything_later(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &[]);
        let client = app.client_with_everything();
        let _worker = app.deliver();
        let pause = format!("{}/pause", path(&endpoint));
        client.send("POST", &pause, &[], None).expect(200);
        client.send("POST", &pause, &[], None).problem(409, "stateConflict");
        let wards: Vec<Value> = (0..3).map(|n| ward(app, &format!("Afsnit {n}"))).collect();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(receiver.received().len(), 0);
        client.send("POST", &format!("{}/resumption", path(&endpoint)), &[], None).expect(200);
        let received = receiver.wait_for_count(3);
        // An endpoint for everything is not told of itself.
        let subjects: BTreeSet<&str> = received.iter().map(Received::subject).collect();
        let made: BTreeSet<&str> = wards.iter().map(|ward| ward["id"].as_str().unwrap()).collect();
        assert_eq!(subjects, made);
    }

    fn a_ping_tries_it(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["referral.accepted"]);
        let client = app.client_with_everything();
        let _worker = app.deliver();
        let ping = client.send("POST", &format!("{}/ping", path(&endpoint)), &[], None);
        let place = ping.header("location").unwrap().strip_prefix("/v1").unwrap().to_owned();
        let ping = ping.expect(201);
        let message = receiver.wait_for_count(1).remove(0);
        assert_eq!(message.kind(), "webhook.ping");
        assert_eq!(json!(message.id()), ping["eventId"]);
        assert_eq!(json!(message.subject()), endpoint["id"]);
        assert_eq!(signatures(&message), [signature(&endpoint["secret"], &message)]);
        only_delivery(&client, &endpoint, "delivered");
        assert_eq!(client.get(&place).expect(200)["attempts"][0]["status"], 204);
    }

    fn a_rotated_secret_signs_beside_the_new_one_for_a_while(app) {
        let receiver = Receiver::new();
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let _worker = app.deliver();
        let rotation = format!("{}/secret-rotation", path(&endpoint));
        let rotated = client.post(&rotation, &json!({"overlapHours": 2})).expect(200);
        assert_ne!(rotated["secret"], endpoint["secret"]);
        assert_eq!(rotated["previousSecretUntil"], json!(app.in_days(0).parse::<chrono::DateTime<chrono::Utc>>().unwrap()
            .checked_add_signed(chrono::Duration::hours(2)).unwrap().to_rfc3339_opts(chrono::SecondsFormat::AutoSi, true)));
        ward(app, "A");
        let message = receiver.wait_for_count(1).remove(0);
        assert_eq!(signatures(&message),
            [signature(&rotated["secret"], &message), signature(&endpoint["secret"], &message)]);
        app.advance(chrono::Duration::hours(2));
        ward(app, "B");
        let message = receiver.wait_for_count(2).remove(1);
        assert_eq!(signatures(&message), [signature(&rotated["secret"], &message)]);
        // After a leak: at once.
        let last = client.post(&rotation, &json!({"overlapHours": 0})).expect(200);
        assert!(last.get("previousSecretUntil").is_none());
        ward(app, "C");
        let message = receiver.wait_for_count(3).remove(2);
        assert_eq!(signatures(&message), [signature(&last["secret"], &message)]);
    }

    fn several_instances_share_the_work_and_send_nothing_twice(app) {
        let receiver = Receiver::with(|_| Response::after(204, 30));
        endpoint(app, &receiver.url, &["organisation.created", "organisation.changed"]);
        let beside = app.beside();
        let _workers = [app.deliver(), beside.deliver()];
        let wards: Vec<Value> = (0..12).map(|n| ward(app, &format!("Afsnit {n}"))).collect();
        for round in 0..3 {
            for (n, ward) in wards.iter().enumerate() {
                rename(app, ward, &format!("Afsnit {n} {round}"));
            }
        }
        let received = receiver.wait_for_count(48);
        std::thread::sleep(Duration::from_millis(500));
        assert_eq!(receiver.received().len(), 48);
        let ids: BTreeSet<&str> = received.iter().map(Received::id).collect();
        assert_eq!(ids.len(), 48, "each event once");
        // Per subject in the order of the log.
        let log = app.client_with_everything().get("/events?limit=100&types=organisation.created&types=organisation.changed").expect(200);
        let order: BTreeMap<&str, usize> = log["items"].as_array().unwrap().iter().enumerate()
            .map(|(n, event)| (event["id"].as_str().unwrap(), n)).collect();
        let mut last: BTreeMap<&str, usize> = BTreeMap::new();
        for message in &received {
            let place = order[message.id()];
            if let Some(before) = last.insert(message.subject(), place) {
                assert!(before < place, "out of order");
            }
        }
    }

    fn a_slow_endpoint_delays_nobody_else(app) {
        let slow = Receiver::with(|_| Response::after(204, 1500));
        let quick = Receiver::new();
        endpoint(app, &slow.url, &["organisation.created"]);
        endpoint(app, &quick.url, &["organisation.created"]);
        let _worker = app.deliver();
        let began = std::time::Instant::now();
        for n in 0..20 {
            ward(app, &format!("Afsnit {n}"));
        }
        quick.wait_for_count(20);
        let took = began.elapsed();
        assert!(slow.received().len() < 20, "the slow one had {} after {took:?}", slow.received().len());
    }

    fn what_an_instance_leaves_behind_is_tried_again(app) {
        let receiver = Receiver::with(|_| Response::after(204, 1500));
        let endpoint = endpoint(app, &receiver.url, &["organisation.created"]);
        let client = app.client_with_everything();
        let worker = app.deliver();
        ward(app, "A");
        receiver.wait_for_count(1);
        // In the middle of the attempt.
        drop(worker);
        receiver.answers(|_| 204.into());
        let beside = app.beside();
        let _worker = beside.deliver();
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(receiver.received().len(), 1, "the claim is still good");
        app.advance(chrono::Duration::seconds(18));
        let received = receiver.wait_for_count(2);
        assert_eq!(received[0].id(), received[1].id());
        let delivery = only_delivery(&client, &endpoint, "delivered");
        assert!(delivery["attempts"][0].get("outcome").is_none(), "nobody knows what came of it");
        assert_eq!(delivery["attempts"][1]["outcome"], "delivered");
    }

    fn only_the_programmes_that_are_wanted_and_seen(app) {
        let nurse = app.nurse();
        let own = app.programme()["id"].clone();
        let other = app.programme_of("HF")["id"].clone();
        let client = app.client_with_everything();
        let receivers = [Receiver::new(), Receiver::new()];
        for (receiver, programme) in receivers.iter().zip([&own, &other]) {
            client.post("/webhook-endpoints", &json!({
                "name": "Prøve", "url": receiver.url, "programmes": [programme],
            })).expect(201);
        }
        let _worker = app.deliver();
        let referral = app.received_referral(&nurse, 1);
        let last = receivers[0].wait_for(|received| {
            received.iter().any(|message| message.kind() == "referral.received")
        });
        assert!(last.iter().all(|message| message.body["data"]["programmeId"] == own));
        // On PostgreSQL a feed begins where no transaction runs any more, so that what happened to
        // the programme a moment before the endpoint was made may be told as well.
        assert!(receivers[1].received().iter().all(|message| message.body["data"]["programmeId"] == other));
        // Whoever is told of a patient is in that patient's access log.
        let patient = referral["patientId"].as_str().unwrap();
        let told = (0..200).any(|_| {
            std::thread::sleep(Duration::from_millis(20));
            let log = client.get(&format!("/patients/{patient}/access-log?limit=100")).expect(200);
            log["items"].as_array().unwrap().iter().any(|row| row["operation"] == "deliver_webhook")
        });
        assert!(told);
        // Somebody limited to a programme makes and sees endpoints of it only.
        let limited = app.limited_to(std::slice::from_ref(&own));
        let list = limited.get("/webhook-endpoints").problem(403, "forbidden");
        assert!(list["detail"].as_str().unwrap().contains("webhooks.read"));
        let limited = limited_client(app, &own);
        let seen = limited.get("/webhook-endpoints").expect(200);
        assert_eq!(seen["items"].as_array().unwrap().len(), 1);
        let new = |programmes: Value| {
            let mut body = json!({"name": "Prøve", "url": "https://example.org/"});
            if !programmes.is_null() {
                body["programmes"] = programmes;
            }
            limited.post("/webhook-endpoints", &body)
        };
        assert_eq!(new(Value::Null).field_errors(), [("/programmes".to_owned(), "required".to_owned())]);
        assert_eq!(new(json!([own, other])).field_errors(), [("/programmes/1".to_owned(), "notFound".to_owned())]);
        new(json!([own])).expect(201);
    }

    fn addresses_inside_are_refused(app) {
        let client = app.client_with_everything();
        let code = |url: &str| {
            let body = json!({"name": "Prøve", "url": url});
            client.post("/webhook-endpoints", &body).field_errors().remove(0).1
        };
        assert_eq!(code("https://169.254.169.254/latest/meta-data"), "addressRefused");
        assert_eq!(code("https://[fd00::1]/"), "addressRefused");
        assert_eq!(code("http://example.org/"), "httpsRequired");
        assert_eq!(code("https://user:pass@example.org/"), "credentials");
        // A change is checked too.
        let made = client.post("/webhook-endpoints", &json!({"name": "Prøve", "url": "https://example.org/"})).expect(201);
        let changed = client.patch(&path(&made), "*", &json!({"url": "https://10.0.0.1/"}));
        assert_eq!(changed.field_errors(), [("/url".to_owned(), "addressRefused".to_owned())]);
        let renamed = client.patch(&path(&made), "\"1\"", &json!({"name": "Anden"})).expect(200);
        assert_eq!((&renamed["name"], &renamed["version"]), (&json!("Anden"), &json!(2)));
        client.patch(&path(&made), "\"1\"", &json!({"name": "Tredje"})).problem(412, "staleVersion");
    }
}

fn limited_client(app: &TestApp, programme: &Value) -> Caller {
    app.client_of_programme(programme, &["webhooks.read", "webhooks.write"])
}
