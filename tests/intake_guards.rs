//! What a referral may not do on its way in: bring back what the patient took back, double a person,
//! or ask for what is there already.

use serde_json::{Value, json};

use crate::support::{REFERRING, TestApp};

/// A referral as a municipality sends it: name, telephone, municipality, no number (APS-2).
fn by_municipality(app: &TestApp, telephone: &str) -> Value {
    json!({
        "programmeId": app.programme()["id"],
        "channel": "municipality",
        "sentAt": "2026-03-27T09:10:00Z",
        "patient": {
            "name": {"given": "Anna", "family": "Prøvesen"},
            "telephones": [{"label": "home", "number": telephone}],
            "municipalityCode": "0370"
        },
        "consent": {"purpose": "referral", "form": "oral", "givenAt": "2026-03-27T09:00:00Z"}
    })
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

on_both_engines! {
    fn aps_3_what_was_withdrawn_does_not_come_back_with_the_same_message(app) {
        let client = app.client(REFERRING);
        let body = app.referral_body(1);
        let first = client.post("/referrals", &body).expect(201);
        let _ = client.post(&format!("/consents/{}/withdrawal", text(&first["consentId"])), &json!({})).expect(200);
        // Sent once more: nothing of it is kept, and the consent stays withdrawn.
        let _ = client.post("/referrals", &body).problem(409, "consentRequired");
        let consents = client.get(&format!("/patients/{}/consents", text(&first["patientId"]))).expect(200);
        assert_eq!(consents["items"].as_array().unwrap().len(), 1);
        // The patient agrees anew, in the second of the withdrawal.
        let mut anew = body.clone();
        anew["consent"]["givenAt"] = json!(app.now());
        anew["sentAt"] = json!(app.now());
        let again = client.post("/referrals", &anew).expect(201);
        // What somebody records by hand is a correction, and counts.
        let _ = client.post(&format!("/consents/{}/withdrawal", text(&again["consentId"])), &json!({})).expect(200);
        let recorded = client.post(&format!("/patients/{}/consents", text(&first["patientId"])), &body["consent"]).expect(201);
        let mut named = body;
        named.as_object_mut().unwrap().remove("consent");
        named["consentId"] = recorded["id"].clone();
        let _ = client.post("/referrals", &named).expect(201);
    }

    fn aps_3_a_refusal_stands_against_an_older_consent_that_comes_later(app) {
        let client = app.client(REFERRING);
        let first = app.referral(1);
        let _ = client.post(&format!("/referrals/{}/withdrawal", text(&first["id"])), &json!({"withdrawnBy": "referrer"})).expect(200);
        let _ = client.post(&format!("/patients/{}/consents", text(&first["patientId"])),
            &json!({"purpose": "referral", "form": "oral", "decision": "refused", "givenAt": "2026-03-27T09:05:00Z"})).expect(201);
        let _ = client.post("/referrals", &app.referral_body(1)).problem(409, "consentRequired");
    }

    fn id_4_somebody_known_without_number_is_found_when_the_number_comes(app) {
        let without = app.refer(&by_municipality(app, "+4532000001")).expect(201);
        // The hospital's referral of the same person is not a second one beside it.
        let detail = app.refer(&app.referral_body(1)).problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(text(&without["id"])), "{detail}");
        let client = app.client(REFERRING);
        let _ = client.post(&format!("/referrals/{}/withdrawal", text(&without["id"])), &json!({"withdrawnBy": "referrer"})).expect(200);
        let with = app.refer(&app.referral_body(1)).expect(201);
        assert_eq!(with["patientId"], without["patientId"]);
        let patient = client.get(&format!("/patients/{}", text(&with["patientId"]))).expect(200);
        assert_eq!(patient["identifiers"][0]["value"], "0707610001");
        // Another number is another person, whoever answers the telephone.
        let mut other = app.referral_body(2);
        other["patient"]["telephones"][0]["number"] = json!("+4532000001");
        assert_ne!(app.refer(&other).expect(201)["patientId"], with["patientId"]);
    }

    fn aps_5_a_patient_whose_course_runs_is_not_referred_once_more(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let mut body = app.referral_body(1);
        body.as_object_mut().unwrap().remove("patient");
        body["patientId"] = course["patientId"].clone();
        let detail = app.refer(&body).problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("running course"), "{detail}");
    }

    fn aps_4_a_programme_that_is_always_closed_says_so(app) {
        let client = app.client(&["programmes.read", "programmes.write"]);
        let programme = app.programme();
        let path = format!("/programmes/{}", text(&programme["id"]));
        let mut policy = programme["policy"].clone();
        policy["calendar"]["closedDays"] = json!([{"name": "Altid", "from": "2000-01-01", "to": "2099-12-31"}]);
        let _ = client.patch(&path, &client.get(&path).etag(), &json!({"policy": policy})).expect(200);
        let detail = app.refer(&app.referral_body(1)).problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains("closed"), "{detail}");
    }
}
