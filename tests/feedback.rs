//! `/feedback`: what people say afterwards, and when it may be quoted (HF-7).

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp};

const WORDS: &str = "Det var godt at tale med en, der selv har stået der.";

fn give(app: &TestApp, caller: &Caller, own: Value) -> Answer {
    let mut body =
        json!({"programmeId": app.programme_of("HF")["id"], "source": "patient", "text": WORDS});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    caller.post("/feedback", &body)
}

fn patient(app: &TestApp, cpr: &str) -> Value {
    app.client_with_everything()
        .post(
            "/patients",
            &json!({
                "name": {"given": "Anna", "family": "Prøvesen"},
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": cpr}],
            }),
        )
        .expect(201)
}

fn path(feedback: &Value) -> String {
    format!("/feedback/{}", feedback["id"].as_str().unwrap())
}

fn errors(answer: Answer) -> Vec<String> {
    answer
        .field_errors()
        .into_iter()
        .map(|(pointer, code)| format!("{pointer} {code}"))
        .collect()
}

on_both_engines! {
    fn hf_7_feedback_is_registered_read_and_listed(app) {
        let coordinator = app.volunteer_coordinator();
        let ward = app.ward();
        let created = give(app, &coordinator, json!({"source": "staff", "wardId": ward, "rating": 4}));
        assert!(created.header("location").unwrap().starts_with("/v1/feedback/"));
        let feedback = created.expect(201);
        assert_eq!((&feedback["text"], &feedback["rating"], &feedback["source"]), (&json!(WORDS), &json!(4), &json!("staff")));
        assert_eq!(coordinator.get(&path(&feedback)).expect(200), feedback);
        app.advance(chrono::Duration::minutes(5));
        let rating = give(app, &coordinator, json!({"source": "relative", "rating": 5, "text": null})).field_errors();
        assert_eq!(rating[0].0, "/text");
        let body = json!({"programmeId": app.programme_of("HF")["id"], "source": "relative", "rating": 5});
        let rating = coordinator.post("/feedback", &body).expect(201);
        assert_eq!(rating["quotation"], json!({"status": "noText"}));
        let list = |query: &str| -> Vec<Value> {
            let page = coordinator.get(&format!("/feedback?{query}")).expect(200);
            page["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
        };
        assert_eq!(list("limit=9"), [rating["id"].clone(), feedback["id"].clone()]);
        assert_eq!(list("source=staff"), [feedback["id"].clone()]);
        assert_eq!(list("hasText=false"), [rating["id"].clone()]);
        assert_eq!(list(&format!("wardId={}", ward.as_str().unwrap())), [feedback["id"].clone()]);
        assert_eq!(list("updatedSince=2026-03-27T09:16:00Z"), [rating["id"].clone()]);
        let next = coordinator.get("/feedback?limit=1").expect(200)["nextCursor"].clone();
        assert_eq!(list(&format!("limit=1&cursor={}", next.as_str().unwrap())), [feedback["id"].clone()]);
        assert_eq!(app.events_of(&feedback["id"]), ["feedback.received"]);
        app.other_organisation().get(&path(&feedback)).problem(404, "notFound");
        app.as_volunteer(&app.supporter(json!({}))).get("/feedback").problem(403, "forbidden");
    }

    fn hf_7_what_is_no_feedback_is_refused(app) {
        let coordinator = app.volunteer_coordinator();
        let refused = |own: Value| errors(give(app, &coordinator, own));
        let anna = patient(app, "070761-4285");
        assert_eq!(refused(json!({"rating": 6})), ["/rating tooLarge"]);
        assert_eq!(refused(json!({"receivedAt": "2026-03-28T10:00:00Z"})), ["/receivedAt future"]);
        assert_eq!(refused(json!({"source": "relative", "patientId": anna["id"]})), ["/patientId notThePatient"]);
        assert_eq!(refused(json!({"quotation": {"form": "oral"}})), ["/quotation/form formNotAccepted"]);
        assert_eq!(refused(json!({"quotation": {"form": "oral"}, "patientId": anna["id"]})), ["/quotation/form formNotAccepted"]);
        assert_eq!(refused(json!({"quotation": {"form": "digital", "givenAt": "2026-03-28T10:00:00Z"}})), ["/quotation/givenAt future"]);
        assert_eq!(refused(json!({"wardId": app.programme()["id"]})), ["/wardId notFound"]);
        let body = json!({"programmeId": app.programme_of("HF")["id"], "source": "staff", "rating": 3, "quotation": {"form": "digital"}});
        assert_eq!(errors(coordinator.post("/feedback", &body)), ["/quotation nothingToQuote"]);
        // A programme that quotes nobody.
        let body = json!({"programmeId": app.programme_of("HA")["id"], "source": "staff", "text": WORDS, "quotation": {"form": "digital"}});
        assert_eq!(errors(coordinator.post("/feedback", &body)), ["/quotation purposeNotUsed"]);
    }

    fn hf_7_staff_and_relatives_are_quoted_until_they_take_it_back(app) {
        let coordinator = app.volunteer_coordinator();
        for source in ["staff", "relative", "patient"] {
            let silent = give(app, &coordinator, json!({"source": source})).expect(201);
            assert_eq!(silent["quotation"], json!({"status": "noConsent"}));
            let withdrawal = |feedback: &Value| coordinator.send("POST", &format!("{}/quotation-withdrawal", path(feedback)), &[], None);
            withdrawal(&silent).problem(409, "stateConflict");
            let given = json!({"source": source, "quotation": {"form": "digital", "givenAt": "2026-03-27T08:00:00Z"}});
            let agreed = give(app, &coordinator, given).expect(201);
            assert_eq!(agreed["quotation"], json!({"status": "allowed", "from": "2026-03-27T08:00:00Z"}));
            let withdrawn = withdrawal(&agreed).expect(200);
            assert_eq!((&withdrawn["quotation"], &withdrawn["version"]), (&json!({"status": "withdrawn"}), &json!(2)));
            withdrawal(&agreed).problem(409, "stateConflict");
            assert_eq!(app.events_of(&agreed["id"]), ["feedback.received", "feedback.quotationWithdrawn"]);
        }
    }

    fn hf_7_an_agreement_ends_when_the_policy_says(app) {
        let client = app.client_with_everything();
        let programme = app.programme_of("HF");
        let mut consents = programme["policy"]["consents"].clone();
        for one in consents.as_array_mut().unwrap() {
            if one["purpose"] == "quotation" {
                one["expiresAfterMonths"] = json!(6);
            }
        }
        let place = format!("/programmes/{}", programme["id"].as_str().unwrap());
        client.patch(&place, "*", &json!({"policy": {"consents": consents}})).expect(200);
        let agreed = give(app, &client, json!({"source": "relative", "quotation": {"form": "written"}})).expect(201);
        assert_eq!(agreed["quotation"]["before"], "2026-09-27");
        let answer = client.get(&path(&agreed));
        let etag = answer.etag();
        answer.expect(200);
        app.advance(chrono::Duration::days(184));
        // It has not changed, and is another answer all the same.
        let later = client.send("GET", &path(&agreed), &[("if-none-match", &etag)], None).expect(200);
        assert_eq!((&later["quotation"], &later["version"]), (&json!({"status": "expired"}), &json!(1)));
    }

    fn hf_7_a_patients_consent_decides_and_its_withdrawal_stops_the_quoting(app) {
        let client = app.client_with_everything();
        let anna = patient(app, "070761-4285");
        let silent = give(app, &client, json!({"patientId": anna["id"]})).expect(201);
        assert_eq!(silent["quotation"], json!({"status": "noConsent"}));
        // Given with other words, it counts for those alone.
        let spoken = give(app, &client, json!({"patientId": anna["id"], "quotation": {"form": "written"}})).expect(201);
        let consent = spoken["quotation"]["consentId"].as_str().unwrap().to_owned();
        assert_eq!(spoken["quotation"]["status"], "allowed");
        assert_eq!(client.get(&path(&silent)).expect(200), silent);
        let of_patient = client.get(&format!("/patients/{}/consents", anna["id"].as_str().unwrap())).expect(200);
        assert_eq!((&of_patient["items"][0]["id"], &of_patient["items"][0]["purpose"]), (&json!(consent), &json!("quotation")));
        client.send("POST", &format!("{}/quotation-withdrawal", path(&spoken)), &[], None).problem(409, "conflict");
        app.advance(chrono::Duration::minutes(1));
        let withdrawn = client.post(&format!("/consents/{consent}/withdrawal"), &json!({})).expect(200);
        let ended: Vec<String> = withdrawn["withdrawal"]["ended"].as_array().unwrap().iter()
            .map(|one| format!("{} {}", one["kind"].as_str().unwrap(), one["id"].as_str().unwrap())).collect();
        assert_eq!(ended, [format!("feedback {}", spoken["id"].as_str().unwrap())]);
        assert_eq!(client.get(&path(&silent)).expect(200), silent);
        let now = client.get(&path(&spoken)).expect(200);
        assert_eq!((&now["quotation"], &now["version"]), (&json!({"status": "withdrawn"}), &json!(2)));
        assert_eq!(app.events_of(&spoken["id"]), ["feedback.received", "feedback.quotationWithdrawn"]);
    }

    fn hf_7_words_are_quoted_by_the_agreement_that_came_with_them_only(app) {
        let client = app.client_with_everything();
        let anna = patient(app, "070761-4285");
        let agreed = json!({"patientId": anna["id"], "quotation": {"form": "written"}});
        let status = |feedback: &Value| client.get(&path(feedback)).expect(200)["quotation"]["status"].clone();
        let silent = give(app, &client, json!({"patientId": anna["id"]})).expect(201);
        let first = give(app, &client, agreed.clone()).expect(201);
        app.advance(chrono::Duration::minutes(1));
        let consent = first["quotation"]["consentId"].as_str().unwrap();
        client.post(&format!("/consents/{consent}/withdrawal"), &json!({})).expect(200);
        app.advance(chrono::Duration::minutes(1));
        // A later consent opens neither what was said in confidence nor what was taken back.
        let second = give(app, &client, agreed).expect(201);
        assert_eq!([status(&silent), status(&first), status(&second)], ["noConsent", "withdrawn", "allowed"]);
    }

    fn hf_7_who_is_asked_afterwards_may_agree_to_be_quoted(app) {
        let client = app.client_with_everything();
        let agree = |feedback: &Value, body: Value| client.post(&format!("{}/quotation-agreement", path(feedback)), &body);
        let anna = patient(app, "070761-4285");
        let relative = give(app, &client, json!({"source": "relative"})).expect(201);
        let own = give(app, &client, json!({"patientId": anna["id"]})).expect(201);
        app.advance(chrono::Duration::days(3));
        assert_eq!(errors(agree(&relative, json!({"form": "oral"}))), ["/form formNotAccepted"]);
        assert_eq!(errors(agree(&own, json!({"form": "oral"}))), ["/form formNotAccepted"]);
        assert_eq!(errors(agree(&relative, json!({"form": "written", "givenAt": "2026-12-01T08:00:00Z"}))), ["/givenAt future"]);
        for feedback in [&relative, &own] {
            let agreed = agree(feedback, json!({"form": "written"})).expect(200);
            assert_eq!((&agreed["quotation"]["status"], &agreed["version"]), (&json!("allowed"), &json!(2)));
            assert_eq!(agreed["quotation"]["from"], "2026-03-30T09:15:00Z");
            assert_eq!(agree(feedback, json!({"form": "written"})).problem(409, "stateConflict")["state"], "allowed");
        }
        // What the patient is asked stands on the record, and its withdrawal counts for these words.
        let consent = client.get(&path(&own)).expect(200)["quotation"]["consentId"].as_str().unwrap().to_owned();
        client.post(&format!("/consents/{consent}/withdrawal"), &json!({})).expect(200);
        client.send("POST", &format!("{}/quotation-withdrawal", path(&relative)), &[], None).expect(200);
        app.advance(chrono::Duration::minutes(1));
        for feedback in [&relative, &own] {
            assert_eq!(client.get(&path(feedback)).expect(200)["quotation"]["status"], "withdrawn");
            assert_eq!(agree(feedback, json!({"form": "written"})).expect(200)["quotation"]["status"], "allowed");
            assert_eq!(app.events_of(&feedback["id"]),
                ["feedback.received", "feedback.quotationAgreed", "feedback.quotationWithdrawn", "feedback.quotationAgreed"]);
        }
        let rating = json!({"programmeId": app.programme_of("HF")["id"], "source": "relative", "rating": 4});
        let silent = client.post("/feedback", &rating).expect(201);
        assert_eq!(agree(&silent, json!({"form": "written"})).problem(409, "stateConflict")["state"], "noText");
        app.other_organisation().post(&format!("{}/quotation-agreement", path(&relative)), &json!({"form": "written"})).problem(404, "notFound");
    }

    fn hf_7_a_patient_gives_and_sees_own_feedback_only(app) {
        let (anna, berit) = (patient(app, "070761-4285"), patient(app, "251248-4916"));
        let as_anna = app.person(Role::Patient, anna["id"].as_str().unwrap().parse().unwrap());
        let own = give(app, &as_anna, json!({"rating": 5})).expect(201);
        assert_eq!(own["patientId"], anna["id"]);
        assert_eq!(errors(give(app, &as_anna, json!({"patientId": berit["id"]}))), ["/patientId notFound"]);
        assert_eq!(errors(give(app, &as_anna, json!({"source": "staff"}))), ["/source notPatient"]);
        let other = give(app, &app.volunteer_coordinator(), json!({"patientId": berit["id"]})).expect(201);
        give(app, &app.volunteer_coordinator(), json!({"source": "relative"})).expect(201);
        as_anna.get(&path(&other)).problem(404, "notFound");
        assert_eq!(as_anna.get("/feedback").expect(200)["items"], json!([own]));
        // Each look at it leaves a row.
        let log = app.client_with_everything().get(&format!("/patients/{}/access-log?limit=100", berit["id"].as_str().unwrap())).expect(200);
        let operations: Vec<&str> = log["items"].as_array().unwrap().iter().map(|row| row["operation"].as_str().unwrap()).collect();
        assert!(operations.contains(&"register_feedback"), "{operations:?}");
    }

    fn hf_7_a_merged_patient_takes_the_feedback_along(app) {
        let client = app.client_with_everything();
        let anna = patient(app, "070761-4285");
        let name = json!({"name": {"given": "Anna", "family": "Prøvesen"}});
        let berit = client.post("/patients", &name).expect(201);
        let feedback = give(app, &client, json!({"patientId": berit["id"]})).expect(201);
        let merge = json!({"duplicateId": berit["id"], "reason": "Samme person."});
        client.post(&format!("/patients/{}/merge", anna["id"].as_str().unwrap()), &merge).expect(200);
        let now = client.get(&path(&feedback)).expect(200);
        assert_eq!((&now["patientId"], &now["version"]), (&anna["id"], &json!(2)));
    }
}
