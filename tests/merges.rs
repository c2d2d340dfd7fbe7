//! `/patients/{patientId}/merge`, and the histories that follow merged records.

use brobygger::platform::access::Role;
use brobygger::platform::access::tokens::Bearer;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const CPR: &str = "urn:oid:1.2.208.176.1.2";
const D_ECPR: &str = "urn:oid:1.2.208.176.1.6.1.3";

fn coordinator(app: &TestApp) -> Caller {
    app.client_with_everything()
}

/// Registers somebody with this number and this telephone.
fn register(caller: &Caller, system: &str, number: &str, telephone: &str) -> String {
    let patient = caller
        .post(
            "/patients",
            &json!({
                "identifiers": [{"system": system, "value": number}],
                "name": {"given": "Anna", "family": "Prøvesen"},
                "telephones": [{"label": "mobile", "number": telephone}],
            }),
        )
        .expect(201);
    patient["id"].as_str().unwrap().to_owned()
}

fn merge(caller: &Caller, survivor: &str, duplicate: &str) -> crate::support::Answer {
    caller.post(
        &format!("/patients/{survivor}/merge"),
        &json!({"duplicateId": duplicate, "reason": "Registreret to gange."}),
    )
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

on_both_engines! {
    fn id_2_a_chain_of_merges_ends_at_the_survivor(app) {
        let caller = coordinator(app);
        let a = register(&caller, D_ECPR, "0101600AB1", "+4532105431");
        let b = register(&caller, D_ECPR, "0202610CD2", "+4532105432");
        let c = register(&caller, CPR, "0707614285", "+4532105433");
        caller.post(&format!("/patients/{a}/relatives"), &json!({"relation": "friend", "name": {"given": "Ib", "family": "Prøve"}})).expect(201);
        caller.post(&format!("/patients/{a}/consents"), &json!({"purpose": "referral", "form": "oral", "givenAt": app.now()})).expect(201);
        // The patient's own token was made out to the record that is merged away.
        let patient = app.person(Role::Patient, a.parse().unwrap());
        patient.get(&format!("/patients/{a}")).expect(200);

        assert_eq!(merge(&caller, &b, &a).expect(200)["previousIds"], json!([a]));
        let survivor = merge(&caller, &c, &b).expect(200);
        assert_eq!(survivor["id"], json!(c));
        assert_eq!(survivor["previousIds"], json!([b, a]));
        assert_eq!(survivor["birthDate"], "1961-07-07");
        assert_eq!(survivor["identifiers"].as_array().unwrap().len(), 3);
        for id in [&a, &b, &c] {
            assert_eq!(caller.get(&format!("/patients/{id}")).expect(200), survivor);
            assert_eq!(caller.get(&format!("/patients/{id}/relatives")).expect(200)["items"].as_array().unwrap().len(), 1);
            assert_eq!(caller.get(&format!("/patients/{id}/consents")).expect(200)["items"][0]["patientId"], json!(c));
        }
        for search in [
            json!({"identifier": {"system": D_ECPR, "value": "0101600AB1"}}), json!({"telephone": "+4532105431"}),
            json!({"identifier": {"system": CPR, "value": "0707614285"}}), json!({"telephone": "+4532105432"}),
        ] {
            assert_eq!(ids(&caller.post("/patients/search", &search).expect(200)), [c.as_str()], "{search}");
        }
        assert_eq!(ids(&caller.get("/patients").expect(200)), [c.as_str()]);
        assert_eq!(patient.get(&format!("/patients/{a}")).expect(200)["id"], json!(c));
        app.advance(chrono::Duration::seconds(20));
        assert_eq!(patient.get(&format!("/patients/{c}")).expect(200)["id"], json!(c));

        // Both histories are one: newest first, no texts.
        let timeline = caller.get(&format!("/patients/{a}/timeline")).expect(200);
        let kinds: Vec<&str> = timeline["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
        assert_eq!(kinds, ["patient.merged", "patient.merged", "consent.given", "relative.created", "patient.created", "patient.created", "patient.created"]);
        let first = caller.get(&format!("/patients/{c}/timeline?limit=2")).expect(200);
        let second = caller.get(&format!("/patients/{c}/timeline?limit=2&cursor={}", first["nextCursor"].as_str().unwrap())).expect(200);
        assert_eq!(second["items"], json!(timeline["items"].as_array().unwrap()[2..4]));
    }

    fn what_cannot_be_one_person_is_not_merged(app) {
        let caller = coordinator(app);
        let a = register(&caller, CPR, "0707614285", "+4532105431");
        let b = register(&caller, CPR, "2512484916", "+4532105432");
        let d = register(&caller, D_ECPR, "0101600AB1", "+4532105433");
        merge(&caller, &a, &b).problem(409, "conflict");
        merge(&caller, &a, &a).problem(409, "conflict");
        merge(&caller, &a, &d).expect(200);
        assert_eq!(merge(&caller, &a, &d).problem(409, "stateConflict")["state"], "merged");
        merge(&caller, &d, &b).problem(409, "stateConflict");
        merge(&app.other_organisation(), &a, &b).problem(404, "notFound");
        merge(&app.client(&["patients.write"]), &a, &b).problem(403, "forbidden");
        app.nurse().1.post(&format!("/patients/{a}/merge"), &json!({"duplicateId": b, "reason": "x"})).problem(403, "forbidden");
    }

    fn id_5_a_protected_person_is_merged_by_those_who_may_see_them(app) {
        let caller = coordinator(app);
        let (id, _) = app.coordinator();
        let trusted = app.bearer(&Bearer {
            sees_protected: true,
            ..Bearer::person(Role::Coordinator, app.controller, id.uuid())
        });
        let hidden = register(&caller, CPR, "0707614285", "+4532105431");
        let path = format!("/patients/{hidden}");
        caller.patch(&path, "*", &json!({"protected": true})).expect(200);
        let before = trusted.get(&path).expect(200);
        let made = caller.post("/patients", &json!({
            "name": {"given": "Falsk", "family": "Navn"}, "telephones": [{"label": "mobile", "number": "+4520000299"}],
        })).expect(201);
        let made = made["id"].as_str().unwrap();
        // Nor is it told whether the two could be one person.
        let other = register(&caller, CPR, "2512484916", "+4532105432");
        let hidden = hidden.as_str();
        for (survivor, duplicate) in [(made, hidden), (hidden, made), (other.as_str(), hidden)] {
            merge(&caller, survivor, duplicate).problem(403, "forbidden");
        }
        assert_eq!(trusted.get(&path).expect(200), before);
        let merged = merge(&trusted, hidden, made).expect(200);
        assert_eq!((&merged["name"], &merged["protected"]), (&before["name"], &json!(true)));
    }

    fn the_access_log_tells_who_looked_and_why(app) {
        let caller = coordinator(app);
        let a = register(&caller, D_ECPR, "0101600AB1", "+4532105431");
        let b = register(&caller, CPR, "0707614285", "+4532105432");
        let (nurse_id, nurse) = app.nurse();
        app.advance(chrono::Duration::minutes(1));
        let from = app.now();
        let purpose = [("access-purpose", "Preparing the first conversation")];
        nurse.send("GET", &format!("/patients/{a}"), &purpose, None).expect(200);
        nurse.patch(&format!("/patients/{a}"), "\"9\"", &json!({})).problem(412, "staleVersion");
        app.advance(chrono::Duration::minutes(1));
        let to = app.now();
        merge(&caller, &b, &a).expect(200);

        let log = caller.get(&format!("/patients/{b}/access-log?from={from}&to={to}")).expect(200);
        let items = log["items"].as_array().unwrap();
        assert_eq!(items.len(), 2);
        let read = items.iter().find(|item| item["operation"] == "read_patient").unwrap();
        assert_eq!(read["purpose"], "Preparing the first conversation");
        assert_eq!(read["patientId"], json!(a));
        assert_eq!((&read["outcome"], &read["at"]), (&json!("ok"), &json!(from)));
        assert_eq!(read["actor"], json!({"kind": "person", "id": nurse_id, "name": "Karen Prøve", "roles": ["nurse"]}));
        assert!(items.iter().any(|item| item["outcome"] == "staleVersion"));

        // Page by page, the same rows as at once.
        let whole = caller.get(&format!("/patients/{b}/access-log?limit=100&to={to}")).expect(200);
        let mut seen = Vec::new();
        let mut path = format!("/patients/{b}/access-log?limit=1&to={to}");
        loop {
            let page = caller.get(&path).expect(200);
            seen.extend(page["items"].as_array().unwrap().clone());
            match page["nextCursor"].as_str() {
                Some(cursor) => path = format!("/patients/{b}/access-log?limit=1&to={to}&cursor={cursor}"),
                None => break,
            }
        }
        assert_eq!(json!(seen), whole["items"]);
        let merged = caller.get(&format!("/patients/{b}/access-log?from={to}")).expect(200);
        let touched: Vec<&Value> = merged["items"].as_array().unwrap().iter().filter(|item| item["operation"] == "merge_patient").map(|item| &item["patientId"]).collect();
        assert_eq!(touched.len(), 2);
        nurse.get(&format!("/patients/{b}/access-log")).problem(403, "forbidden");
    }


    fn id_2_lists_are_filtered_by_the_former_id_too(app) {
        let caller = coordinator(app);
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let former = course["patientId"].as_str().unwrap();
        let _ = app.follow_up(&nurse, &course, 3);
        let survivor = register(&caller, D_ECPR, "0101600AB1", "+4532105431");
        let _ = merge(&caller, &survivor, former).expect(200);
        for path in ["/referrals", "/call-sessions", "/courses"] {
            let by_former = caller.get(&format!("{path}?patientId={former}")).expect(200);
            assert_eq!(ids(&by_former), ids(&caller.get(&format!("{path}?patientId={survivor}")).expect(200)), "{path}");
            assert!(!ids(&by_former).is_empty(), "{path}");
        }
    }
}
