//! `/worklists`: what is due.

use serde_json::{Value, json};

use crate::support::Caller;

fn items(caller: &Caller, path: &str) -> Vec<Value> {
    caller.get(path).expect(200)["items"]
        .as_array()
        .unwrap()
        .clone()
}

on_both_engines! {
    fn aps_4_first_calls_are_listed_by_due_day_and_leave_when_reached(app) {
        let nurse = app.nurse();
        let other = app.nurse();
        let first = app.accepted_referral(&nurse, 1);
        app.advance(chrono::Duration::days(3));
        let second = app.accepted_referral(&other, 2);
        let received = app.received_referral(&nurse, 3);
        let ids = |path: &str| -> Vec<Value> {
            items(&nurse.1, path).iter().map(|item| item["referralId"].clone()).collect()
        };
        let list = items(&nurse.1, "/worklists/first-calls");
        assert_eq!(ids("/worklists/first-calls"),
            [first["id"].clone(), second["id"].clone(), received["id"].clone()]);
        assert_eq!(list[0]["dueOn"], "2026-04-13", "{}", list[0]);
        assert_eq!(list[0]["overdue"], false);
        assert_eq!(list[0]["attempts"], 0);
        assert_eq!(list[0]["assignedTo"], json!(nurse.0));
        assert_eq!(list[0]["patient"]["id"], first["patientId"]);
        assert_eq!(list[0]["patient"]["name"]["family"], "Prøvesenb");
        assert_eq!(ids(&format!("/worklists/first-calls?assignedTo={}", other.0)), [second["id"].clone()]);

        let page = nurse.1.get("/worklists/first-calls?limit=1").expect(200);
        let next = nurse.1.get(&format!("/worklists/first-calls?limit=1&cursor={}", page["nextCursor"].as_str().unwrap())).expect(200);
        assert_eq!(next["items"][0]["referralId"], second["id"]);

        // A call keeps the deadline, but the patient stays on the list until reached.
        let session = nurse.1.post("/call-sessions", &json!({
            "referralId": first["id"], "plannedAt": app.now(), "plannedMinutes": 30,
        })).expect(201);
        app.attempt(&nurse, &session, "busy");
        app.advance(chrono::Duration::days(20));
        let list = items(&nurse.1, "/worklists/first-calls");
        assert_eq!(list[0]["attempts"], 1);
        assert_eq!(list[0]["callSessionId"], session["id"]);
        assert_eq!(list[0]["overdue"], false);
        assert_eq!(list[1]["overdue"], true);
        assert_eq!(ids("/worklists/first-calls?overdue=true"), [second["id"].clone(), received["id"].clone()]);
        assert_eq!(ids("/worklists/first-calls?overdue=false"), [first["id"].clone()]);
        app.attempt(&nurse, &session, "reached");
        assert_eq!(ids("/worklists/first-calls"), [second["id"].clone(), received["id"].clone()]);
        assert_eq!(app.other_organisation().get("/worklists/first-calls").expect(200)["items"], json!([]));
    }

    fn coming_calls_are_listed_by_time(app) {
        let nurse = app.nurse();
        let other = app.nurse();
        let course = app.running_course(&nurse, 1);
        let later = app.follow_up(&nurse, &course, 9);
        let sooner = app.follow_up(&nurse, &course, 2);
        let theirs = app.first_conversation(&other, 2);
        let ids = |path: String| -> Vec<Value> {
            items(&nurse.1, &path).iter().map(|item| item["callSessionId"].clone()).collect()
        };
        assert_eq!(ids("/worklists/coming-calls".to_owned()),
            [theirs["id"].clone(), sooner["id"].clone(), later["id"].clone()]);
        assert_eq!(ids(format!("/worklists/coming-calls?supporterId={}", nurse.0)),
            [sooner["id"].clone(), later["id"].clone()]);
        assert_eq!(ids(format!("/worklists/coming-calls?from={}&to={}", app.in_days(1), app.in_days(9))), [sooner["id"].clone()]);
        let list = items(&nurse.1, "/worklists/coming-calls?limit=1");
        assert_eq!(list[0]["kind"], "firstConversation");
        assert_eq!(list[0]["timeZone"], "Europe/Copenhagen");
        nurse.1.post(&format!("/call-sessions/{}/cancellation", sooner["id"].as_str().unwrap()), &json!({"reason": "patientWish"})).expect(200);
        assert_eq!(ids(format!("/worklists/coming-calls?supporterId={}", nurse.0)), [later["id"].clone()]);
        assert_eq!(app.other_organisation().get("/worklists/coming-calls").expect(200)["items"], json!([]));
        app.client(&["callSessions.read"]).get("/worklists/coming-calls").problem(403, "forbidden");
    }

    fn id_5_protected_names_are_masked_on_worklists(app) {
        let nurse = app.nurse();
        let referral = app.accepted_referral(&nurse, 1);
        let path = format!("/patients/{}", referral["patientId"].as_str().unwrap());
        let etag = nurse.1.get(&path).etag();
        nurse.1.patch(&path, &etag, &json!({"protected": true})).expect(200);
        let list = items(&nurse.1, "/worklists/first-calls");
        assert_eq!(list[0]["patient"], json!({"id": referral["patientId"], "masked": true}));
    }


    fn aps_4_a_referral_that_awaits_a_supplement_is_listed_while_its_clock_runs(app) {
        let nurse = app.nurse();
        let ids = |caller: &Caller| -> Vec<Value> {
            items(caller, "/worklists/first-calls").iter().map(|item| item["referralId"].clone()).collect()
        };
        let ask = |referral: &Value| {
            nurse.1.post(&format!("/referrals/{}/supplement-requests", referral["id"].as_str().unwrap()), &json!({"items": "Nummer"})).expect(200)
        };
        // By policy the clock stands still: nothing is due.
        let paused = ask(&app.received_referral(&nurse, 1));
        assert_eq!(paused["dueOn"], Value::Null);
        assert_eq!(ids(&nurse.1), Vec::<Value>::new());
        // It had run out before anything was asked for: it is overdue still.
        let late = app.received_referral(&nurse, 2);
        app.advance(chrono::Duration::days(30));
        assert_eq!(ask(&late)["overdue"], true);
        assert_eq!(ids(&nurse.1), [late["id"].clone()]);
    }
}
