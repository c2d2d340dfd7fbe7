//! Candidate checks (APS-9).

use serde_json::{Value, json};

use crate::support::{TestApp, tells};

const CPR: &str = "urn:oid:1.2.208.176.1.2";

fn yes(code: &str) -> Value {
    json!({"code": code, "answer": "yes"})
}

/// How many rows each table has that could hold something of a candidate.
fn rows(app: &TestApp) -> Vec<i64> {
    use brobygger::platform::db::schema::{
        consents, courses, enquiries, events, idempotency_keys, patient_lookups, patients,
        referrals,
    };
    use diesel::prelude::*;
    app.app
        .db
        .write_blocking(|tx| {
            let conn = tx.conn();
            Ok(vec![
                patients::table.count().get_result(conn)?,
                patient_lookups::table.count().get_result(conn)?,
                referrals::table.count().get_result(conn)?,
                consents::table.count().get_result(conn)?,
                courses::table.count().get_result(conn)?,
                enquiries::table.count().get_result(conn)?,
                events::table.count().get_result(conn)?,
                idempotency_keys::table.count().get_result(conn)?,
            ])
        })
        .unwrap()
}

on_both_engines! {
    fn aps_9_candidates_are_checked_and_nothing_is_kept(app) {
        let known = app.referral(1);
        let before = rows(app);
        let (_, nurse) = app.nurse();
        let after_nurse = rows(app);
        assert_eq!(before.len(), after_nurse.len());
        let answer = nurse.post_with("/candidate-checks", &[("idempotency-key", "report-week-13")], &json!({
            "programmeId": known["programmeId"],
            "report": "Multisygdom, uge 13",
            "candidates": [
                {"externalKey": "known", "identifier": {"system": CPR, "value": "070761-0001"}, "criteria": [yes("chronicDisease"), yes("admissionsLastYear")]},
                {"externalKey": "stranger", "identifier": {"system": CPR, "value": "070761-0002"}, "criteria": [{"code": "chronicDisease", "answer": "no"}]},
                {"externalKey": "nameless", "birthDate": "2010-01-01"},
            ],
        })).expect(200);
        let results = answer["results"].as_array().unwrap();
        let of = |n: usize| (&results[n]["externalKey"], &results[n]["eligibility"], &results[n]["alreadyReferred"], &results[n]["inCourse"]);
        assert_eq!(of(0), (&json!("known"), &json!("eligible"), &json!(true), &json!(false)));
        assert_eq!(of(1), (&json!("stranger"), &json!("notEligible"), &json!(false), &json!(false)));
        assert_eq!(of(2), (&json!("nameless"), &json!("notEligible"), &Value::Null, &Value::Null));
        assert_eq!(results[2]["reasons"][0]["code"], "tooYoung");
        assert!(!tells(&answer.to_string(), "070761"));
        assert!(!answer.to_string().contains(known["patientId"].as_str().unwrap()));
        assert_eq!(rows(app), after_nurse);
        // Who was found is in the access log.
        let log = app.client(&["accessLog.read"]).get(&format!("/patients/{}/access-log", known["patientId"].as_str().unwrap())).expect(200);
        assert!(log.to_string().contains("check_candidates"));
    }

    fn aps_9_everything_wrong_with_a_list_is_named(app) {
        let client = app.client(&["candidateChecks.write"]);
        let errors = client.post("/candidate-checks", &json!({
            "programmeId": app.programme()["id"],
            "report": "Uge 13",
            "candidates": [
                {"externalKey": "a", "identifier": {"system": CPR, "value": "320161-0001"}},
                {"externalKey": "a", "birthDate": "1961-07-07", "criteria": [yes("shoeSize")]},
                {"externalKey": "c"},
                {"externalKey": "d", "identifier": {"system": CPR, "value": "070761-0001"}, "birthDate": "1961-07-08"},
                {"externalKey": "e", "birthDate": "2030-01-01"},
                {"externalKey": "f", "identifier": {"system": CPR, "value": "070761-0001"}, "birthDate": "1026-01-01"},
            ],
        })).field_errors();
        let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, [
            "/candidates/0/identifier/value", "/candidates/1/externalKey", "/candidates/1/criteria/0/code",
            "/candidates/2/identifier", "/candidates/3/birthDate", "/candidates/4/birthDate", "/candidates/5/birthDate",
        ]);
        let codes: Vec<&str> = errors.iter().rev().take(3).map(|(_, code)| code.as_str()).collect();
        assert_eq!(codes, ["tooLongAgo", "future", "disagrees"]);
        let _ = client.post("/candidate-checks", &json!({"programmeId": app.programme()["id"], "report": "Uge 13", "candidates": []})).problem(400, "invalidRequest");
        let _ = app.other_organisation().post("/candidate-checks", &json!({"programmeId": app.programme()["id"], "report": "Uge 13", "candidates": [{"externalKey": "a", "birthDate": "1961-07-07"}]})).problem(400, "invalidRequest");
    }
}
