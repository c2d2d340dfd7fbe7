//! What becomes of a referral: decisions, supplements, forwarding, withdrawal.

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::{Caller, REFERRING, TestApp};

fn path(referral: &Value) -> String {
    format!("/referrals/{}", referral["id"].as_str().unwrap())
}

fn allowed(problem: &Value) -> Vec<&str> {
    problem["allowed"]
        .as_array()
        .unwrap()
        .iter()
        .map(|step| step.as_str().unwrap())
        .collect()
}

/// The kinds of the events of one referral, oldest first, as the log has them.
fn events(app: &TestApp, referral: &Value) -> Vec<String> {
    use brobygger::platform::db::schema::events;
    use brobygger::platform::id::Id;
    use diesel::prelude::*;
    let id: Id<()> = referral["id"].as_str().unwrap().parse().unwrap();
    app.app
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

const STEPS: [(&str, &str); 6] = [
    ("acceptance", "{}"),
    ("rejection", r#"{"reason": "duplicate"}"#),
    ("supplement-requests", r#"{"items": "Mere?"}"#),
    ("supplements", r#"{"text": "Mere."}"#),
    (
        "forwarding",
        r#"{"programmeId": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70", "reason": "Andet."}"#,
    ),
    ("withdrawal", r#"{"withdrawnBy": "referrer"}"#),
];

fn step(caller: &Caller, referral: &Value, name: &str, body: &Value) -> Value {
    caller
        .post(&format!("{}/{name}", path(referral)), body)
        .expect(200)
}

on_both_engines! {
    fn accepting_assigns_the_calling_nurse_or_somebody_else(app) {
        let (id, nurse) = app.nurse();
        let made = app.referral(1);
        let accepted = step(&nurse, &made, "acceptance", &json!({}));
        assert_eq!(accepted["state"], "accepted");
        assert_eq!(accepted["assignedTo"], json!(id));
        assert_eq!(accepted["dueOn"], made["dueOn"]);
        assert_eq!(accepted["version"], 2);
        let (other, _) = app.nurse();
        let accepted = step(&nurse, &app.referral(2), "acceptance", &json!({"assignedTo": other}));
        assert_eq!(accepted["assignedTo"], json!(other));
        assert_eq!(nurse.post(&format!("{}/acceptance", path(&app.referral(3))), &json!({"assignedTo": "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"})).field_errors(),
            [("/assignedTo".to_owned(), "notFound".to_owned())]);
        assert_eq!(events(app, &made), ["referral.received", "referral.accepted"]);
        let problem = nurse.post(&format!("{}/acceptance", path(&made)), &json!({})).problem(409, "stateConflict");
        assert_eq!(problem["state"], "accepted");
        assert_eq!(allowed(&problem), ["rejection", "supplements", "forwarding", "withdrawal"]);
    }

    fn rejecting_says_why(app) {
        let (_, nurse) = app.nurse();
        let made = app.referral(1);
        let reject = format!("{}/rejection", path(&made));
        assert_eq!(nurse.post(&reject, &json!({"reason": "other"})).field_errors(), [("/note".to_owned(), "required".to_owned())]);
        assert_eq!(nurse.post(&reject, &json!({"reason": "otherOffer"})).field_errors(), [("/betterOffer".to_owned(), "required".to_owned())]);
        let rejected = nurse.post(&reject, &json!({"reason": "otherOffer", "betterOffer": "Hjerterehabilitering", "note": "Aftalt."})).expect(200);
        assert_eq!(rejected["state"], "rejected");
        assert_eq!(rejected["decision"], json!({"at": app.now(), "reason": "otherOffer", "note": "Aftalt.", "betterOffer": "Hjerterehabilitering"}));
        assert_eq!(nurse.get(&path(&made)).expect(200), rejected);
    }

    fn what_is_closed_stays_closed(app) {
        let client = app.client(REFERRING);
        for (n, (name, body)) in [("rejection", json!({"reason": "duplicate"})), ("withdrawal", json!({"withdrawnBy": "patient"}))].into_iter().enumerate() {
            let made = app.referral(u32::try_from(n).unwrap());
            let _ = step(&client, &made, name, &body);
            for (name, body) in STEPS {
                let problem = client.post(&format!("{}/{name}", path(&made)), &serde_json::from_str(body).unwrap()).problem(409, "stateConflict");
                assert_eq!(allowed(&problem), Vec::<&str>::new(), "{name}");
            }
            // Another one may come now.
            let _ = app.referral(u32::try_from(n).unwrap());
        }
    }

    fn aps_4_the_clock_stands_still_while_a_supplement_is_awaited(app) {
        let (_, nurse) = app.nurse();
        let client = app.client(REFERRING);
        let mut body = app.referral_body(1);
        body["criteria"] = json!([{"code": "chronicDisease", "answer": "yes"}]);
        let made = app.refer(&body).expect(201);
        assert_eq!(made["eligibility"], "undetermined");
        // Monday 30 March.
        app.advance(chrono::Duration::days(3));
        let awaiting = step(&nurse, &made, "supplement-requests", &json!({"items": "Indlæggelser?"}));
        assert_eq!((&awaiting["state"], &awaiting["dueOn"], &awaiting["dueAt"]), (&json!("awaitingSupplement"), &Value::Null, &Value::Null));
        let deadline = client.get(&format!("{}/deadline", path(&made))).expect(200);
        assert_eq!((&deadline["paused"], &deadline["dueOn"]), (&json!(true), &Value::Null));
        assert_eq!(deadline["days"].as_array().unwrap().last().unwrap()["reason"], "paused");
        let problem = nurse.post(&format!("{}/supplement-requests", path(&made)), &json!({"items": "Mere?"})).problem(409, "stateConflict");
        assert_eq!(problem["state"], "awaitingSupplement");
        // Wednesday 1 April: Monday and Tuesday were not counted.
        app.advance(chrono::Duration::days(2));
        let sent = json!({"criteria": [{"code": "admissionsLastYear", "answer": "yes"}], "text": "To i 2025."});
        let supplemented = step(&client, &made, "supplements", &sent);
        assert_eq!((&supplemented["state"], &supplemented["dueOn"]), (&json!("received"), &json!("2026-04-15")));
        assert_eq!(supplemented["eligibility"], "eligible");
        assert_eq!(supplemented["supplements"], json!([{
            "requestedAt": "2026-03-30T09:15:00Z", "items": "Indlæggelser?", "receivedAt": "2026-04-01T09:15:00Z", "text": "To i 2025.",
        }]));
        let deadline = client.get(&format!("{}/deadline", path(&made))).expect(200);
        let paused: Vec<&Value> = deadline["days"].as_array().unwrap().iter().filter(|day| day["reason"] == "paused").map(|day| &day["date"]).collect();
        assert_eq!(paused, ["2026-03-30", "2026-03-31"]);
        assert_eq!(events(app, &made), ["referral.received", "referral.supplementRequested", "referral.supplemented"]);
    }

    fn aps_4_the_clock_runs_on_where_the_policy_says_so(app) {
        let made = app.referral(1);
        let admin = app.client(&["programmes.read", "programmes.write"]);
        let programme = format!("/programmes/{}", made["programmeId"].as_str().unwrap());
        let etag = admin.get(&programme).etag();
        let mut policy = app.programme()["policy"].clone();
        policy["firstCall"]["pauseWhileAwaitingSupplement"] = json!(false);
        let _ = admin.patch(&programme, &etag, &json!({"policy": policy})).expect(200);
        let (_, nurse) = app.nurse();
        let awaiting = step(&nurse, &made, "supplement-requests", &json!({"items": "Mere?"}));
        assert_eq!((&awaiting["state"], &awaiting["dueOn"]), (&json!("awaitingSupplement"), &json!("2026-04-13")));
        let accepted = step(&nurse, &made, "acceptance", &json!({}));
        assert_eq!(accepted["dueOn"], "2026-04-13");
    }

    fn aps_4_accepting_without_the_supplement_starts_the_clock_again(app) {
        let (_, nurse) = app.nurse();
        let made = app.referral(1);
        app.advance(chrono::Duration::days(3));
        let _ = step(&nurse, &made, "supplement-requests", &json!({"items": "Mere?"}));
        app.advance(chrono::Duration::days(1));
        let accepted = step(&nurse, &made, "acceptance", &json!({}));
        assert_eq!((&accepted["state"], &accepted["dueOn"]), (&json!("accepted"), &json!("2026-04-14")));
        // What comes afterwards is taken too.
        let supplemented = step(&nurse, &made, "supplements", &json!({"text": "Her."}));
        assert_eq!((&supplemented["state"], &supplemented["supplements"][0]["text"]), (&json!("accepted"), &json!("Her.")));
    }

    fn a_supplement_is_checked(app) {
        let client = app.client(REFERRING);
        let supplements = format!("{}/supplements", path(&app.referral(1)));
        assert_eq!(client.post(&supplements, &json!({})).field_errors(), [("/text".to_owned(), "required".to_owned())]);
        let pointers: Vec<String> = client.post(&supplements, &json!({
            "criteria": [{"code": "shoeSize", "answer": "yes"}], "statedProgramme": "Brobyggerne", "receivedAt": "2026-03-28T00:00:00Z",
        })).field_errors().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/criteria/0/code", "/statedProgramme", "/receivedAt"]);
    }

    fn aps_1_patients_supplement_the_referral_of_somebody_else_in_words_only(app) {
        let made = app.referral(1);
        let patient = app.person(Role::Patient, made["patientId"].as_str().unwrap().parse().unwrap());
        let supplements = format!("{}/supplements", path(&made));
        let not_yours = |pointer: &str| (pointer.to_owned(), "notYours".to_owned());
        assert_eq!(patient.post(&supplements, &json!({
            "criteria": [{"code": "chronicDisease", "answer": "no"}], "statedProgramme": "Aktiv Patientstøtte",
            "receivedAt": app.now(), "text": "Jeg er blevet rask.",
        })).field_errors(), ["/criteria", "/statedProgramme", "/receivedAt"].map(not_yours));
        let after = step(&patient, &made, "supplements", &json!({"text": "Jeg kan bedst om morgenen."}));
        assert_eq!((&after["criteria"], &after["receivedAt"]), (&made["criteria"], &made["receivedAt"]));
        assert_eq!(after["supplements"][0]["text"], "Jeg kan bedst om morgenen.");
        // A self-referral is the patient's own.
        let own = patient.post("/referrals", &json!({
            "programmeId": app.programme_of("HF")["id"], "channel": "selfReferral", "sentAt": app.now(),
            "patientId": made["patientId"], "consent": {"purpose": "referral", "form": "written", "givenAt": app.now()},
        })).expect(201);
        step(&patient, &own, "supplements", &json!({"receivedAt": app.now(), "text": "Mere."}));
    }

    fn aps_4_overdue_is_when_nobody_has_called_in_time(app) {
        let client = app.client(REFERRING);
        let made = app.referral(1);
        let etag = client.get(&path(&made)).etag();
        // To the last second of 13 April in Copenhagen.
        app.advance(chrono::Duration::days(17) + chrono::Duration::minutes(12 * 60 + 44) + chrono::Duration::seconds(59));
        assert_eq!(client.get(&path(&made)).expect(200)["overdue"], false);
        app.advance(chrono::Duration::seconds(1));
        let late = client.send("GET", &path(&made), &[("if-none-match", &etag)], None);
        assert_ne!(late.etag(), etag);
        assert_eq!(late.expect(200)["overdue"], true);
    }

    fn aps_3_forwarding_needs_a_consent_that_covers_the_other_programme(app) {
        let (_, nurse) = app.nurse();
        let other = app.programme_of("CPS");
        // The consent is for no particular programme.
        let made = app.referral(1);
        let answer = nurse.post(&format!("{}/forwarding", path(&made)), &json!({"programmeId": other["id"], "reason": "Brobygning."}));
        let place = answer.header("location").unwrap().to_owned();
        let done = answer.expect(201);
        let (old, new) = (&done["forwarded"], &done["replacement"]);
        assert_eq!(place, format!("/v1{}", path(new)));
        assert_eq!((&old["state"], &old["replacedBy"]), (&json!("forwarded"), &new["id"]));
        assert_eq!((&new["state"], &new["replaces"], &new["channel"]), (&json!("received"), &made["id"], &json!("internal")));
        assert_eq!((&new["receivedAt"], &new["consentId"]), (&json!(app.now()), &made["consentId"]));
        assert_eq!((&new["reason"], &new["supplements"][0]["text"]), (&made["reason"], &json!("Brobygning.")));
        assert_eq!(new["dueOn"], "2026-04-08");
        assert_eq!(nurse.get(&path(new)).expect(200), *new);
        assert_eq!(events(app, old), ["referral.received", "referral.forwarded"]);
        assert_eq!(events(app, new), ["referral.received"]);

        // The consent is for the first programme only.
        let mut body = app.referral_body(2);
        body["consent"]["programmeId"] = body["programmeId"].clone();
        let made = app.refer(&body).expect(201);
        let forwarding = format!("{}/forwarding", path(&made));
        let _ = nurse.post(&forwarding, &json!({"programmeId": other["id"], "reason": "Brobygning."})).problem(409, "consentRequired");
        assert_eq!(nurse.get(&path(&made)).expect(200)["state"], "received");
        assert_eq!(nurse.post(&forwarding, &json!({"programmeId": made["programmeId"], "reason": "x"})).field_errors(), [("/programmeId".to_owned(), "sameProgramme".to_owned())]);
        let done = nurse.post(&forwarding, &json!({
            "programmeId": other["id"], "reason": "Brobygning.",
            "consent": {"programmeId": other["id"], "purpose": "referral", "form": "oral", "givenAt": app.now()},
        })).expect(201);
        assert_ne!(done["replacement"]["consentId"], made["consentId"]);
    }

    fn forwarding_does_not_make_a_second_open_referral(app) {
        let (_, nurse) = app.nurse();
        let other = app.programme_of("CPS");
        let first = app.referral(1);
        let _ = nurse.post(&format!("{}/forwarding", path(&first)), &json!({"programmeId": other["id"], "reason": "Brobygning."})).expect(201);
        let second = app.referral(1);
        let _ = nurse.post(&format!("{}/forwarding", path(&second)), &json!({"programmeId": other["id"], "reason": "Igen."})).problem(409, "conflict");
    }

    fn a_patient_withdraws_an_own_referral_and_no_other(app) {
        let own = app.referral(1);
        let other = app.referral(2);
        let patient = app.person(Role::Patient, own["patientId"].as_str().unwrap().parse().unwrap());
        let _ = patient.post(&format!("{}/withdrawal", path(&other)), &json!({"withdrawnBy": "patient"})).problem(404, "notFound");
        assert_eq!(patient.post(&format!("{}/withdrawal", path(&own)), &json!({"withdrawnBy": "referrer"})).field_errors(), [("/withdrawnBy".to_owned(), "notYours".to_owned())]);
        let withdrawn = patient.post(&format!("{}/withdrawal", path(&own)), &json!({"withdrawnBy": "patient", "reason": "Har det bedre."})).expect(200);
        assert_eq!((&withdrawn["state"], &withdrawn["decision"]["reason"]), (&json!("withdrawn"), &json!("patient")));
        let _ = patient.post(&format!("{}/acceptance", path(&own)), &json!({})).problem(403, "forbidden");
        let _ = patient.post("/referrals", &app.referral_body(3)).problem(403, "forbidden");
    }

    fn a_step_is_taken_once_whoever_else_tries(app) {
        let made = app.referral(1);
        let client = app.client(REFERRING);
        let barrier = std::sync::Barrier::new(4);
        let mut statuses: Vec<u16> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| {
                barrier.wait();
                client.post(&format!("{}/rejection", path(&made)), &json!({"reason": "duplicate"})).status
            })).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 409, 409, 409]);
        assert_eq!(events(app, &made), ["referral.received", "referral.rejected"]);
    }

    fn validate_only_and_idempotency_hold(app) {
        let client = app.client(REFERRING);
        let body = app.referral_body(1);
        assert_eq!(client.post("/referrals?validateOnly=true", &body).expect(200), json!({"valid": true}));
        assert_eq!(client.get("/referrals").expect(200)["items"], json!([]));
        let send = || client.post_with("/referrals", &[("idempotency-key", "a-key-of-the-ehr")], &body);
        let first = send().expect(201);
        let again = send();
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(201), first);
    }

    fn id_6_what_is_personal_is_sealed(app) {
        let made = app.referral(1);
        let (_, nurse) = app.nurse();
        let _ = step(&nurse, &made, "rejection", &json!({"reason": "other", "note": "En privat bemærkning."}));
        if let Ok(file) = std::fs::read(app.data_dir.path().join("brobygger.db")) {
            let wal = std::fs::read(app.data_dir.path().join("brobygger.db-wal")).unwrap_or_default();
            let all = String::from_utf8_lossy(&[file, wal].concat()).into_owned();
            for text in ["privat bemærkning", "fast person at tale med", "chronicDisease\",\"answer", "Prøvesen", "0707610001"] {
                assert!(!all.contains(text), "{text}");
            }
        }
    }
}
