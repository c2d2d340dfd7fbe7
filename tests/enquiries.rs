//! `/enquiries`.

use chrono::Duration;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

/// An enquiry of the programme, with what the test says otherwise.
fn body(app: &TestApp, other: Value) -> Value {
    let mut body = json!({
        "programmeId": app.programme()["id"], "kind": "question",
        "contact": {"name": "Bente Prøve", "telephone": "+4532105432", "email": "bente@example.org"},
        "text": "Hvordan henviser vi?",
    });
    for (field, value) in other.as_object().unwrap() {
        body[field] = value.clone();
    }
    body
}

fn register(app: &TestApp, by: &Caller, other: Value) -> Value {
    by.post("/enquiries", &body(app, other)).expect(201)
}

fn path(enquiry: &Value) -> String {
    format!("/enquiries/{}", enquiry["id"].as_str().unwrap())
}

fn answer(by: &Caller, enquiry: &Value, via: &str) -> crate::support::Answer {
    by.post(
        &format!("{}/answer", path(enquiry)),
        &json!({"text": "Gennem henvisningsenheden.", "via": via}),
    )
}

fn patient(app: &TestApp, other: Value) -> Value {
    let mut body = json!({"name": {"given": "Anna", "family": "Prøvesen"}});
    for (field, value) in other.as_object().unwrap() {
        body[field] = value.clone();
    }
    let client = app.client(&["patients.write"]);
    client.post("/patients", &body).expect(201)
}

fn ids(by: &Caller, query: &str) -> Vec<Value> {
    let list = by.get(&format!("/enquiries{query}")).expect(200);
    let items = list["items"].as_array().unwrap();
    items.iter().map(|one| one["id"].clone()).collect()
}

on_both_engines! {
    fn aps_10_an_enquiry_is_due_within_three_working_days(app) {
        let (nurse_id, nurse) = app.nurse();
        let created = nurse.post("/enquiries", &body(app, json!({"kind": "leafletOrder"})));
        assert_eq!(created.etag(), "\"1\"");
        let location = created.header("location").unwrap().to_owned();
        let enquiry = created.expect(201);
        assert_eq!(location, format!("/v1{}", path(&enquiry)));
        // Friday 27 March 2026 + 3: Wednesday 1 April.
        assert_eq!(enquiry["receivedAt"], app.now());
        assert_eq!(enquiry["receivedOn"], "2026-03-27");
        assert_eq!(enquiry["dueOn"], "2026-04-01");
        assert_eq!(enquiry["dueAt"], "2026-04-01T22:00:00Z");
        assert_eq!(enquiry["state"], "open");
        assert_eq!(enquiry["overdue"], false);
        assert_eq!(enquiry.get("answer"), None);
        assert_eq!(nurse.get(&path(&enquiry)).expect(200), enquiry);
        // The calendar says the same.
        let deadline = nurse.get(&format!("/programmes/{}/deadlines?from=2026-03-27&workingDays=3",
            enquiry["programmeId"].as_str().unwrap())).expect(200);
        assert_eq!(deadline["deadline"]["dueOn"], enquiry["dueOn"]);
        assert_eq!(deadline["dueAt"], enquiry["dueAt"]);

        app.advance(Duration::days(4));
        let answered = answer(&nurse, &enquiry, "email");
        assert_eq!(answered.etag(), "\"2\"");
        let answered = answered.expect(200);
        assert_eq!(answered["state"], "answered");
        assert_eq!(answered["answer"], json!({"text": "Gennem henvisningsenheden.", "via": "email",
            "answeredAt": app.now(), "answeredOn": "2026-03-31", "answeredBy": nurse_id, "inTime": true}));
        let problem = answer(&nurse, &enquiry, "telephone").problem(409, "stateConflict");
        assert_eq!(problem["state"], "answered");
        assert_eq!(problem["allowed"], json!([]));
        assert_eq!(nurse.get(&path(&enquiry)).expect(200), answered);
        // Each change of state is one event; the refused ones are none.
        assert_eq!(app.events_of(&enquiry["id"]), ["enquiry.received", "enquiry.answered"]);
    }

    fn aps_10_what_is_overdue_is_found(app) {
        let (_, nurse) = app.nurse();
        let early = register(app, &nurse, json!({"receivedAt": "2026-03-20T12:00:00+01:00"}));
        let late = register(app, &nurse, json!({"kind": "visitRequest"}));
        assert_eq!(early["dueOn"], "2026-03-25");
        assert_eq!(early["overdue"], true);
        let (e, l) = (early["id"].clone(), late["id"].clone());
        assert_eq!(ids(&nurse, ""), [l.clone(), e.clone()]);
        assert_eq!(ids(&nurse, "?overdue=true"), std::slice::from_ref(&e));
        assert_eq!(ids(&nurse, "?overdue=false"), std::slice::from_ref(&l));
        assert_eq!(ids(&nurse, "?kind=visitRequest&state=open"), std::slice::from_ref(&l));
        assert_eq!(ids(&nurse, "?dueBefore=2026-04-01"), std::slice::from_ref(&e));
        assert_eq!(ids(&nurse, "?dueBefore=2026-04-02").len(), 2);
        let programme = late["programmeId"].as_str().unwrap();
        assert_eq!(ids(&nurse, &format!("?programmeId={programme}")).len(), 2);
        let other = app.programme_of("HF");
        assert!(ids(&nurse, &format!("?programmeId={}", other["id"].as_str().unwrap())).is_empty());
        let page = nurse.get("/enquiries?limit=1").expect(200);
        let cursor = page["nextCursor"].as_str().unwrap();
        assert_eq!(ids(&nurse, &format!("?limit=1&cursor={cursor}")), std::slice::from_ref(&e));
        nurse.get(&format!("/enquiries?state=open&cursor={cursor}")).problem(400, "invalidCursor");

        // The tag changes when the due day is over, so that nobody is told 304 for what has become overdue.
        let fresh = nurse.get(&path(&late)).etag();
        app.advance(Duration::days(7));
        assert_eq!(ids(&nurse, "?overdue=true").len(), 2);
        let answer_now = nurse.send("GET", &path(&late), &[("if-none-match", &fresh)], None);
        assert_eq!(answer_now.etag(), "\"1-overdue\"");
        assert_eq!(answer_now.expect(200)["overdue"], true);
        let changed_since = app.now();
        let answered = answer(&nurse, &late, "inPerson").expect(200);
        assert_eq!(answered["answer"]["inTime"], false);
        assert_eq!(answered["overdue"], false);
        assert_eq!(ids(&nurse, "?overdue=true"), std::slice::from_ref(&e));
        assert_eq!(ids(&nurse, &format!("?updatedSince={changed_since}")), std::slice::from_ref(&l));
        assert_eq!(ids(&nurse, "?state=answered"), std::slice::from_ref(&l));
    }

    fn aps_10_the_day_of_receipt_is_the_programmes(app) {
        let (_, nurse) = app.nurse();
        // Half past midnight in Copenhagen is still the day before in UTC.
        let enquiry = register(app, &nurse, json!({"receivedAt": "2026-03-25T23:30:00Z"}));
        assert_eq!(enquiry["receivedOn"], "2026-03-26");
        assert_eq!(enquiry["dueOn"], "2026-03-31");
        // A due day that was set stays, whatever the policy becomes.
        let programme = format!("/programmes/{}", enquiry["programmeId"].as_str().unwrap());
        let admin = app.client(&["programmes.write"]);
        admin.patch(&programme, "\"1\"", &json!({"policy": {"enquiries": {"workingDays": 1}}})).expect(200);
        assert_eq!(nurse.get(&path(&enquiry)).expect(200)["dueOn"], "2026-03-31");
        assert_eq!(register(app, &nurse, json!({}))["dueOn"], "2026-03-30");
        admin.patch(&programme, "\"2\"", &json!({"active": false})).expect(200);
        nurse.post("/enquiries", &body(app, json!({}))).problem(409, "conflict");
    }

    fn aps_11_health_data_goes_a_safe_way_only(app) {
        let (_, nurse) = app.nurse();
        let sensitive = register(app, &nurse, json!({"containsHealthData": true}));
        for via in ["email", "sms"] {
            let problem = answer(&nurse, &sensitive, via).problem(400, "invalidRequest");
            assert_eq!(problem["errors"][0]["pointer"], "/via");
            assert_eq!(problem["errors"][0]["code"], "safeMailRequired");
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("APS-11"));
        }
        assert_eq!(nurse.get(&path(&sensitive)).expect(200)["state"], "open");
        answer(&nurse, &sensitive, "digitalPost").expect(200);

        // Not the question but the answer is sensitive.
        let plain = register(app, &nurse, json!({}));
        let place = format!("{}/answer", path(&plain));
        for (body, via) in [
            (json!({"text": "Borgeren har diabetes.", "containsHealthData": true}), "email"),
            (json!({"text": "Det gælder 010101-1234."}), "sms"),
        ] {
            let mut body = body;
            body["via"] = json!(via);
            let answer = nurse.post(&place, &body);
            assert!(!answer.tells("1234"), "no value is echoed");
            assert_eq!(answer.field_errors(), [("/via".to_owned(), "safeMailRequired".to_owned())]);
        }
        let errors = nurse.post(&place, &json!({"text": "", "via": "pigeon"})).field_errors();
        for pointer in ["/text", "/via"] {
            assert!(errors.iter().any(|(known, _)| known == pointer), "{errors:?}");
        }
        answer(&nurse, &plain, "sms").expect(200);
    }

    fn aps_11_a_question_with_an_identity_number_is_answered_a_safe_way_only(app) {
        let (_, nurse) = app.nurse();
        for number in ["070761 - 4285", "070761\u{2013}4285", "070761.4285", "070761/4285", "07-07-61-4285", "07 07 61 42 85", "0707611AB2", "900222-2397"] {
            let asked = register(app, &nurse, json!({"text": format!("Det gælder {number}, ring venligst.")}));
            for via in ["email", "sms"] {
                assert_eq!(answer(&nurse, &asked, via).field_errors(), [("/via".to_owned(), "safeMailRequired".to_owned())], "{number}");
            }
            answer(&nurse, &asked, "digitalPost").expect(200);
        }
        let asked = register(app, &nurse, json!({"text": "Ring til +45 20 00 02 01 eller 20000202 efter 2026-03-27 09.15."}));
        answer(&nurse, &asked, "email").expect(200);
    }

    fn a_telephone_is_read_as_a_patients_is(app) {
        let (_, nurse) = app.nurse();
        for (sent, kept) in [("20 00 02 01", "+4520000201"), ("070-123 45 67", "+46701234567"), ("+45 20000201", "+4520000201")] {
            let enquiry = register(app, &nurse, json!({"contact": {"name": "Bente Prøve", "telephone": sent}}));
            assert_eq!(enquiry["contact"]["telephone"], kept);
        }
    }

    fn what_is_wrong_with_an_enquiry_is_named(app) {
        let (_, nurse) = app.nurse();
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        for (other, pointer, code) in [
            (json!({"receivedAt": "2026-03-27T10:15:01+01:00"}), "/receivedAt", "inTheFuture"),
            (json!({"receivedAt": "1800-01-01T00:00:00Z"}), "/receivedAt", "invalid"),
            (json!({"programmeId": unknown}), "/programmeId", "notFound"),
            (json!({"kind": "complaint"}), "/kind", "unknownValue"),
            (json!({"contact": {"name": "Bente Prøve", "email": "bente"}}), "/contact/email", "invalidFormat"),
            (json!({"contact": {"name": "Bente Prøve", "telephone": "1813"}}), "/contact/telephone", "phoneShortNumber"),
            (json!({"contact": {}}), "/contact/name", "required"),
        ] {
            assert_eq!(nurse.post("/enquiries", &body(app, other)).field_errors(),
                [(pointer.to_owned(), code.to_owned())]);
        }
        let enquiry = register(app, &nurse, json!({"receivedAt": app.now()}));
        app.other_organisation().get(&path(&enquiry)).problem(404, "notFound");
        assert!(ids(&app.other_organisation(), "").is_empty());
        answer(&app.other_organisation(), &enquiry, "letter").problem(404, "notFound");
        app.other_organisation().post("/enquiries", &body(app, json!({}))).problem(400, "invalidRequest");
        app.client(&["enquiries.read"]).post("/enquiries", &json!({})).problem(403, "forbidden");
        app.client(&["programmes.read"]).get(&path(&enquiry)).problem(403, "forbidden");
        let (_, coordinator) = app.coordinator();
        coordinator.get(&path(&enquiry)).expect(200);
    }

    fn id_6_nothing_of_an_enquiry_stands_in_the_database_in_clear(app) {
        let (_, nurse) = app.nurse();
        let enquiry = register(app, &nurse, json!({"text": "Søskendebarnet spørger"}));
        answer(&nurse, &enquiry, "telephone").expect(200);
        let id = enquiry["id"].as_str().unwrap().to_owned();
        let contents: Vec<u8> = app.app.db.write_blocking(move |tx| {
            use brobygger::enquiries::EnquiryId;
            use brobygger::platform::db::schema::enquiries;
            use diesel::prelude::*;
            let id: EnquiryId = id.parse().unwrap();
            Ok(enquiries::table.find(id).select(enquiries::content).first(tx.conn())?)
        }).unwrap();
        for word in ["Søskendebarnet", "Bente", "3210", "bente@example.org", "henvisningsenheden"] {
            assert!(!contents.windows(word.len()).any(|window| window == word.as_bytes()), "{word}");
        }
    }

    fn aps_11_what_concerns_a_patient_goes_a_safe_way_only(app) {
        let (_, nurse) = app.nurse();
        let anna = patient(app, json!({}));
        let enquiry = register(app, &nurse, json!({"patientId": anna["id"]}));
        assert_eq!(enquiry["patientId"], anna["id"]);
        for via in ["email", "sms"] {
            assert_eq!(answer(&nurse, &enquiry, via).field_errors(), [("/via".to_owned(), "safeMailRequired".to_owned())]);
        }
        answer(&nurse, &enquiry, "telephone").expect(200);
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        assert_eq!(nurse.post("/enquiries", &body(app, json!({"patientId": unknown}))).field_errors(),
            [("/patientId".to_owned(), "notFound".to_owned())]);
    }

    fn id_5_who_asks_for_a_protected_patient_is_masked(app) {
        let (_, nurse) = app.nurse();
        let open = register(app, &nurse, json!({"patientId": patient(app, json!({}))["id"]}));
        assert_eq!(open["contact"]["name"], "Bente Prøve");
        let protected = patient(app, json!({"protected": true}));
        let enquiry = register(app, &nurse, json!({"patientId": protected["id"]}));
        assert_eq!(enquiry.get("contact"), None);
        let read = nurse.get(&path(&enquiry));
        assert_eq!(read.etag(), "\"1-masked\"");
        assert_eq!(read.expect(200).get("contact"), None);
        assert!(!nurse.get("/enquiries?limit=1").text().contains("Bente"));
    }

    fn reading_an_enquiry_about_a_patient_leaves_an_audit_row(app) {
        let (_, nurse) = app.nurse();
        let (anna, berit) = (patient(app, json!({})), patient(app, json!({})));
        let first = register(app, &nurse, json!({"patientId": anna["id"]}));
        register(app, &nurse, json!({"patientId": berit["id"]}));
        let auditor = app.client(&["accessLog.read"]);
        let rows = |patient: &Value| -> Vec<String> {
            let log = auditor.get(&format!("/patients/{}/access-log?limit=100", patient["id"].as_str().unwrap())).expect(200);
            log["items"].as_array().unwrap().iter().map(|row| row["operation"].as_str().unwrap().to_owned()).collect()
        };
        let count = |patient: &Value, operation: &str| rows(patient).iter().filter(|row| *row == operation).count();
        assert_eq!(count(&anna, "register_enquiry"), 1);
        nurse.get(&path(&first)).expect(200);
        assert_eq!(count(&anna, "read_enquiry"), 1);
        // Only who is on the page has been read.
        nurse.get("/enquiries?limit=1").expect(200);
        assert_eq!(count(&berit, "list_enquiries"), 1);
        assert_eq!(count(&anna, "list_enquiries"), 0);
        answer(&nurse, &first, "letter").expect(200);
        assert_eq!(count(&anna, "answer_enquiry"), 1);
    }

    fn a_merged_patient_takes_the_enquiries_along(app) {
        use brobygger::enquiries;
        use brobygger::patients::PatientId;
        use brobygger::platform::access::Actor;
        use brobygger::platform::app::Cx;
        use brobygger::platform::http::request::RequestInfo;
        let (_, nurse) = app.nurse();
        let (anna, berit) = (patient(app, json!({})), patient(app, json!({})));
        let of_anna = register(app, &nurse, json!({"patientId": anna["id"]}));
        let of_berit = register(app, &nurse, json!({"patientId": berit["id"]}));
        let of_nobody = register(app, &nurse, json!({}));
        let id = |patient: &Value| -> PatientId { serde_json::from_value(patient["id"].clone()).unwrap() };
        let repoint = |controller| {
            let (service, from, to, actor) = (app.app.clone(), id(&anna), id(&berit), Actor::service(controller));
            app.app.db.write_blocking(move |tx| {
                let request = RequestInfo::default();
                enquiries::repoint(&mut Cx::new(&service, &actor, &request, tx.conn()), from, to)
            }).unwrap();
        };
        let owners = || [&of_anna, &of_berit, &of_nobody].map(|one| nurse.get(&path(one)).expect(200)["patientId"].clone());
        // Another controller's merge changes nothing here.
        repoint(crate::support::new_controller(&app.app, "Region Anden"));
        assert_eq!(owners(), [anna["id"].clone(), berit["id"].clone(), Value::Null]);
        repoint(app.controller);
        assert_eq!(owners(), [berit["id"].clone(), berit["id"].clone(), Value::Null]);
        assert_eq!(nurse.get(&path(&of_anna)).expect(200)["version"], 2);
        assert_eq!(nurse.get(&path(&of_berit)).expect(200)["version"], 1);
    }
}
