//! Referrals come in: requirements, consent, criteria, clock, lists (APS-1 to APS-4).

use brobygger::platform::access::Role;
use brobygger::platform::access::tokens::Bearer;
use serde_json::{Value, json};

use crate::support::{REFERRING, TestApp};

/// Changes one field of a body, by JSON pointer; null takes it out.
fn with(mut body: Value, pointer: &str, value: Value) -> Value {
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    let parent = body.pointer_mut(parent).unwrap().as_object_mut().unwrap();
    if value.is_null() {
        parent.remove(name);
    } else {
        parent.insert(name.to_owned(), value);
    }
    body
}

fn ids(page: &Value) -> Vec<&str> {
    page["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|item| item["id"].as_str().unwrap())
        .collect()
}

/// Received on that day at noon, of person number `n`.
fn received(app: &TestApp, n: u32, day: &str) -> Value {
    let body = app.referral_body(n);
    let body = with(body, "/consent/givenAt", json!(format!("{day}T08:00:00Z")));
    let body = with(body, "/sentAt", json!(format!("{day}T09:00:00Z")));
    with(body, "/receivedAt", json!(format!("{day}T10:00:00Z")))
}

on_both_engines! {
    fn aps_1_to_4_a_hospital_refers_a_patient(app) {
        let client = app.client(REFERRING);
        let answer = client.post("/referrals", &app.referral_body(1));
        let place = answer.header("location").unwrap().to_owned();
        let etag = answer.etag();
        let made = answer.expect(201);
        assert_eq!(place, format!("/v1/referrals/{}", made["id"].as_str().unwrap()));
        assert_eq!(made["state"], "received");
        assert_eq!(made["receivedOn"], "2026-03-27");
        assert_eq!(made["dueOn"], "2026-04-13");
        assert_eq!(made["dueAt"], "2026-04-13T22:00:00Z");
        assert_eq!(made["overdue"], false);
        assert_eq!(made["eligibility"], "eligible");
        assert_eq!(made["referrer"]["telephone"], "+4532105432");
        let codes: Vec<&Value> = made["eligibilityReasons"].as_array().unwrap().iter().map(|reason| &reason["code"]).collect();
        assert_eq!(codes, ["oldEnough", "requirementMet", "indicationPresent", "indicationUnknown"]);

        let read = client.get(place.strip_prefix("/v1").unwrap());
        assert_eq!(read.etag(), etag);
        assert_eq!(read.expect(200), made);
        let patient = client.get(&format!("/patients/{}", made["patientId"].as_str().unwrap())).expect(200);
        assert_eq!(patient["name"]["family"], "Prøvesen");
        let consent = client.get(&format!("/consents/{}", made["consentId"].as_str().unwrap())).expect(200);
        assert_eq!(consent["purpose"], "referral");
    }

    fn aps_1_not_eligible_and_unknown_do_not_stop_the_intake(app) {
        let mut body = app.referral_body(2);
        body["patient"]["identifiers"][0]["value"] = json!("280308-4000");
        let made = app.refer(&body).expect(201);
        assert_eq!(made["eligibility"], "notEligible");
        assert_eq!(made["eligibilityReasons"][0]["code"], "tooYoung");
        let mut body = app.referral_body(3);
        body["criteria"] = json!([{"code": "chronicDisease", "answer": "unknown"}]);
        let made = app.refer(&body).expect(201);
        assert_eq!(made["eligibility"], "undetermined");
        assert_eq!(made["eligibilityReasons"][1]["code"], "requirementUnknown");
    }

    fn aps_1_criteria_are_those_of_the_programme(app) {
        let mut body = app.referral_body(1);
        body["criteria"] = json!([
            {"code": "chronicDisease", "answer": "yes"}, {"code": "shoeSize", "answer": "yes"},
            {"code": "chronicDisease", "answer": "no"},
        ]);
        assert_eq!(app.refer(&body).field_errors(), [
            ("/criteria/1/code".to_owned(), "unknownCriterion".to_owned()),
            ("/criteria/2/code".to_owned(), "duplicateItem".to_owned()),
        ]);
    }

    fn aps_2_the_referral_states_the_programme(app) {
        for (n, stated) in ["AKTIV PATIENTSTØTTE", "aktiv-patientstotte", "  Aktiv   Patientst\u{f6}tte."].into_iter().enumerate() {
            let body = with(app.referral_body(u32::try_from(n).unwrap()), "/statedProgramme", json!(stated));
            let _ = app.refer(&body).expect(201);
        }
        for (stated, code) in [(json!("Brobyggerne"), "wrongProgramme"), (Value::Null, "required")] {
            let problem = app.refer(&with(app.referral_body(9), "/statedProgramme", stated)).problem(400, "invalidRequest");
            assert_eq!(problem["errors"][0]["pointer"], "/statedProgramme");
            assert_eq!(problem["errors"][0]["code"], code);
            assert!(problem["errors"][0]["detail"].as_str().unwrap().contains("Aktiv Patientstøtte"));
        }
    }

    fn aps_2_a_municipality_needs_no_number_and_no_more_than_it_has(app) {
        let body = json!({
            "programmeId": app.programme()["id"],
            "channel": "municipality",
            "sentAt": "2026-03-27T09:10:00Z",
            "patient": {
                "name": {"given": "Bo", "family": "Prøvesen"},
                "telephones": [{"label": "home", "number": "32 10 54 99"}],
                "municipalityCode": "0370"
            },
            "consent": {"purpose": "referral", "form": "oral", "givenAt": "2026-03-27T09:00:00Z"}
        });
        let made = app.refer(&body).expect(201);
        assert_eq!(made["eligibility"], "undetermined");
        // ID-4: the same person is found by name, telephone and municipality.
        let detail = app.refer(&body).problem(409, "conflict")["detail"].as_str().unwrap().to_owned();
        assert!(detail.contains(made["id"].as_str().unwrap()), "{detail}");
        let bare = with(with(body, "/patient/telephones", Value::Null), "/patient/municipalityCode", Value::Null);
        assert_eq!(app.refer(&bare).field_errors(), [
            ("/patient/telephones".to_owned(), "required".to_owned()),
            ("/patient/municipalityCode".to_owned(), "required".to_owned()),
        ]);
    }

    fn aps_2_only_the_programmes_channels(app) {
        for (channel, code) in [("selfReferral", "notOffered"), ("internal", "internalOnly")] {
            assert_eq!(app.refer(&with(app.referral_body(1), "/channel", json!(channel))).field_errors(),
                [("/channel".to_owned(), code.to_owned())]);
        }
    }

    fn aps_3_consent_comes_first(app) {
        let late = with(app.referral_body(1), "/consent/givenAt", json!("2026-03-27T09:12:00Z"));
        let _ = app.refer(&late).problem(409, "consentRequired");
        let refused = with(app.referral_body(1), "/consent/decision", json!("refused"));
        let _ = app.refer(&refused).problem(409, "consentRequired");
        assert_eq!(app.refer(&with(app.referral_body(1), "/consent/purpose", json!("quotation"))).field_errors()[0].0, "/consent/purpose");
        // Nothing of it was kept: the patient is made now.
        let found = app.client(&["patients.read"]).post("/patients/search", &json!({"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "0707610001"}})).expect(200);
        assert_eq!(found["items"], json!([]));
    }

    fn aps_3_a_recorded_consent_is_used_until_it_is_withdrawn(app) {
        let client = app.client(REFERRING);
        let first = app.referral(1);
        let path = format!("/referrals/{}", first["id"].as_str().unwrap());
        let _ = client.post(&format!("{path}/withdrawal"), &json!({"withdrawnBy": "referrer"})).expect(200);
        let again = |consent: &Value| {
            let body = with(with(app.referral_body(1), "/consent", Value::Null), "/consentId", consent.clone());
            with(with(body, "/patient", Value::Null), "/patientId", first["patientId"].clone())
        };
        let second = client.post("/referrals", &again(&first["consentId"])).expect(201);
        assert_eq!(second["patientId"], first["patientId"]);
        assert_eq!(second["consentId"], first["consentId"]);
        // Somebody else's consent is none.
        let other = app.referral(2);
        assert_eq!(client.post("/referrals", &again(&other["consentId"])).status, 409);
        let consent = first["consentId"].as_str().unwrap();
        let ended = client.post(&format!("/consents/{consent}/withdrawal"), &json!({"withdrawnBy": "patient"}));
        assert!(ended.status == 200 || ended.status == 201, "{}", ended.text());
        let second = client.get(&format!("/referrals/{}", second["id"].as_str().unwrap())).expect(200);
        assert_eq!(second["state"], "withdrawn");
        assert_eq!(second["decision"]["reason"], "consentWithdrawn");
        let _ = client.post("/referrals", &again(&first["consentId"])).problem(409, "consentRequired");
    }

    fn exactly_one_patient_and_one_consent(app) {
        let both = with(app.referral_body(1), "/patientId", json!("01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"));
        assert_eq!(app.refer(&both).field_errors(), [("/patientId".to_owned(), "exactlyOne".to_owned())]);
        let none = with(app.referral_body(1), "/consent", Value::Null);
        assert_eq!(app.refer(&none).field_errors(), [("/consentId".to_owned(), "exactlyOne".to_owned())]);
        let ghost = with(with(app.referral_body(1), "/patient", Value::Null), "/patientId", json!("01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"));
        assert_eq!(app.refer(&ghost).field_errors(), [("/patientId".to_owned(), "notFound".to_owned())]);
    }

    fn times_are_in_order(app) {
        for (pointer, value, code) in [
            ("/receivedAt", "2026-03-27T09:16:00Z", "inFuture"),
            ("/receivedAt", "1999-03-27T09:16:00Z", "tooEarly"),
        ] {
            assert_eq!(app.refer(&with(app.referral_body(1), pointer, json!(value))).field_errors(),
                [(pointer.to_owned(), code.to_owned())]);
        }
        assert_eq!(app.refer(&with(app.referral_body(1), "/receivedAt", json!("2026-03-27T09:09:00Z"))).field_errors(),
            [("/sentAt".to_owned(), "afterReceipt".to_owned())]);
    }

    fn everything_wrong_is_named_at_once(app) {
        let body = with(app.referral_body(1), "/statedProgramme", Value::Null);
        let body = with(body, "/consent/purpose", json!("recording"));
        let body = with(body, "/referrer/telephone", json!("112"));
        let body = with(body, "/referrer/organisationId", json!("01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70"));
        let pointers: Vec<String> = app.refer(&body).field_errors().into_iter().map(|(pointer, _)| pointer).collect();
        assert_eq!(pointers, ["/statedProgramme", "/consent/purpose", "/referrer/telephone", "/referrer/organisationId"]);
    }

    fn a_known_patient_is_not_overwritten(app) {
        let first = app.referral(1);
        let client = app.client(REFERRING);
        let _ = client.post(&format!("/referrals/{}/withdrawal", first["id"].as_str().unwrap()), &json!({"withdrawnBy": "patient"})).expect(200);
        let renamed = with(app.referral_body(1), "/patient/name", json!({"given": "Anne", "family": "Prøvesen"}));
        let second = app.refer(&renamed).expect(201);
        assert_eq!(second["patientId"], first["patientId"]);
        let patient = client.get(&format!("/patients/{}", first["patientId"].as_str().unwrap())).expect(200);
        assert_eq!(patient["name"]["given"], "Anna");
    }

    fn id_5_who_referred_a_protected_person_is_withheld_where_it_may_be_the_person(app) {
        let (id, nurse) = app.nurse();
        let seeing = app.bearer(&Bearer {
            sees_protected: true,
            ..Bearer::person(Role::Nurse, app.controller, id.uuid())
        });
        let near = json!({"name": "Dorthe Skjult", "role": "mor", "telephone": "20 00 02 97", "replyTo": "Skjultvej 1"});
        let body = |n: u32, channel: &str, referrer: &Value| {
            let body = with(app.referral_body(n), "/patient/protected", json!(true));
            with(with(body, "/channel", json!(channel)), "/referrer", referrer.clone())
        };
        // Of the patient's own, and of one that names no organisation.
        let own = with(body(1, "selfReferral", &near), "/programmeId", app.programme_of("HF")["id"].clone());
        let own = with(with(own, "/statedProgramme", Value::Null), "/criteria", Value::Null);
        for (n, body) in [own, body(2, "municipality", &near)].into_iter().enumerate() {
            let made = nurse.post("/referrals", &body);
            assert_eq!(made.etag(), "\"1-masked\"");
            let made = made.expect(201);
            assert_eq!(made["referrer"], json!({"role": "mor"}));
            let path = format!("/referrals/{}", made["id"].as_str().unwrap());
            let accepted = nurse.post(&format!("{path}/acceptance"), &json!({}));
            assert_eq!(accepted.etag(), "\"2-masked\"");
            for answer in [accepted, nurse.get(&path), nurse.get("/referrals")] {
                assert_eq!(answer.status, 200, "{}", answer.text());
                assert!(!answer.tells("Skjult") && !answer.tells("20000297"), "{}", answer.text());
            }
            // It is withheld, not lost.
            let full = seeing.get(&path);
            assert_eq!(full.etag(), "\"2\"");
            let full = full.expect(200);
            assert_eq!((&full["referrer"]["name"], &full["referrer"]["telephone"]), (&json!("Dorthe Skjult"), &json!("+4520000297")));
            assert_eq!(seeing.get("/referrals?limit=1").expect(200)["items"], json!([full]), "{n}");
        }
        // Nor does forwarding tell; whoever works in a hospital is named.
        let made = nurse.post("/referrals", &body(3, "municipality", &near)).expect(201);
        let forwarding = json!({"programmeId": app.programme_of("CPS")["id"], "reason": "Brobygning."});
        let done = nurse.post(&format!("/referrals/{}/forwarding", made["id"].as_str().unwrap()), &forwarding).expect(201);
        for part in ["forwarded", "replacement"] {
            assert_eq!(done[part]["referrer"], json!({"role": "mor"}));
        }
        let ward = app.referral_body(4)["referrer"].clone();
        let made = nurse.post("/referrals", &body(4, "hospital", &ward));
        assert_eq!(made.etag(), "\"1\"");
        assert_eq!(made.expect(201)["referrer"]["name"], "Ida Prøve");
        // Who is not protected hides nobody.
        let open = nurse.post("/referrals", &with(body(5, "municipality", &near), "/patient/protected", json!(false))).expect(201);
        assert_eq!(open["referrer"]["name"], "Dorthe Skjult");
    }

    fn a_new_patient_referred_twice_at_once_is_one_patient_with_one_referral(app) {
        let body = app.referral_body(7);
        let client = app.client(REFERRING);
        let barrier = std::sync::Barrier::new(4);
        let answers: Vec<(u16, Value)> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..4).map(|_| scope.spawn(|| {
                barrier.wait();
                let answer = client.post("/referrals", &body);
                (answer.status, answer.json())
            })).collect();
            threads.into_iter().map(|thread| thread.join().unwrap()).collect()
        });
        let made: Vec<&Value> = answers.iter().filter(|(status, _)| *status == 201).map(|(_, body)| body).collect();
        assert_eq!(made.len(), 1, "{answers:?}");
        for (status, problem) in answers.iter().filter(|(status, _)| *status != 201) {
            assert_eq!((*status, &problem["code"]), (409, &json!("conflict")), "{problem}");
            assert!(problem["detail"].as_str().unwrap().contains(made[0]["id"].as_str().unwrap()));
        }
        let found = client.post("/patients/search", &json!({"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "0707610007"}})).expect(200);
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
    }

    fn an_inactive_programme_takes_no_new_referrals(app) {
        let body = app.referral_body(1);
        let client = app.client(&["programmes.read", "programmes.write"]);
        let path = format!("/programmes/{}", body["programmeId"].as_str().unwrap());
        let etag = client.get(&path).etag();
        let _ = client.patch(&path, &etag, &json!({"active": false})).expect(200);
        let _ = app.refer(&body).problem(409, "conflict");
    }

    fn aps_4_the_deadline_explains_itself(app) {
        // A year later, so that all these days have been.
        app.advance(chrono::Duration::days(365));
        let client = app.client(REFERRING);
        for (n, (day, due, due_at)) in [
            ("2024-04-22", "2024-05-02", "2024-05-02T22:00:00Z"),
            ("2026-03-27", "2026-04-13", "2026-04-13T22:00:00Z"),
            ("2026-05-08", "2026-05-21", "2026-05-21T22:00:00Z"),
            ("2026-12-17", "2026-12-30", "2026-12-30T23:00:00Z"),
        ].into_iter().enumerate() {
            let made = app.refer(&received(app, u32::try_from(n).unwrap(), day)).expect(201);
            assert_eq!(made["dueOn"], due);
            assert_eq!(made["overdue"], true);
            let deadline = client.get(&format!("/referrals/{}/deadline", made["id"].as_str().unwrap())).expect(200);
            assert_eq!(deadline["receivedOn"], day);
            assert_eq!(deadline["dueOn"], due);
            assert_eq!(deadline["dueAt"], due_at);
            assert_eq!(deadline["timeZone"], "Europe/Copenhagen");
            assert_eq!(deadline["kept"], false);
            let days = deadline["days"].as_array().unwrap();
            assert_eq!(days[0]["reason"], "received");
            let counted: Vec<u64> = days.iter().filter_map(|day| day["counted"].as_u64()).collect();
            assert_eq!(counted, (1..=8).collect::<Vec<u64>>());
            assert_eq!(days.last().unwrap()["date"], due);
        }
    }

    fn aps_4_day_0_is_the_local_day_of_receipt_when_the_clock_changes(app) {
        app.advance(chrono::Duration::days(365));
        // 23:30 UTC on Saturday 28 March 2026 is half past midnight on Sunday in Copenhagen, the
        // day with 23 hours; 22:30 UTC on Saturday 24 October is half past midnight on the day
        // with 25; 21:59 UTC the evening before belongs to Saturday.
        for (n, (at, on, due)) in [
            ("2026-03-28T22:59:59Z", "2026-03-28", "2026-04-13"),
            ("2026-03-28T23:30:00Z", "2026-03-29", "2026-04-13"),
            ("2026-10-24T21:59:59Z", "2026-10-24", "2026-11-04"),
            ("2026-10-24T22:30:00Z", "2026-10-25", "2026-11-04"),
            ("2026-10-25T22:59:59Z", "2026-10-25", "2026-11-04"),
            ("2026-10-25T23:00:00Z", "2026-10-26", "2026-11-05"),
        ].into_iter().enumerate() {
            let body = with(app.referral_body(u32::try_from(n).unwrap()), "/receivedAt", json!(at));
            let made = app.refer(&body).expect(201);
            assert_eq!((&made["receivedOn"], &made["dueOn"]), (&json!(on), &json!(due)), "{at}");
        }
    }

    fn aps_4_a_later_policy_moves_no_promise(app) {
        let made = app.referral(1);
        let client = app.client(&["programmes.read", "programmes.write"]);
        let path = format!("/programmes/{}", made["programmeId"].as_str().unwrap());
        let etag = client.get(&path).etag();
        let mut policy = app.programme()["policy"].clone();
        policy["firstCall"]["workingDays"] = json!(3);
        let _ = client.patch(&path, &etag, &json!({"policy": policy})).expect(200);
        let client = app.client(REFERRING);
        let deadline = client.get(&format!("/referrals/{}/deadline", made["id"].as_str().unwrap())).expect(200);
        assert_eq!((&deadline["workingDays"], &deadline["dueOn"]), (&json!(8), &json!("2026-04-13")));
        assert_eq!(app.referral(2)["dueOn"], "2026-04-01");
    }

    fn a_list_is_filtered_sorted_and_paged(app) {
        let client = app.client(REFERRING);
        let made: Vec<Value> = ["2026-03-02", "2026-03-10", "2026-03-10", "2026-03-20", "2026-03-26"]
            .into_iter().enumerate()
            .map(|(n, day)| app.refer(&received(app, u32::try_from(n).unwrap(), day)).expect(201))
            .collect();
        let id = |n: usize| made[n]["id"].as_str().unwrap();
        for (sort, order) in [
            ("", [4, 3, 2, 1, 0]), ("&sort=-receivedAt", [4, 3, 2, 1, 0]),
            ("&sort=receivedAt", [0, 1, 2, 3, 4]), ("&sort=dueOn", [0, 1, 2, 3, 4]), ("&sort=updatedAt", [0, 1, 2, 3, 4]),
        ] {
            let mut seen = Vec::new();
            let mut path = format!("/referrals?limit=2{sort}");
            loop {
                let answer = client.get(&path);
                let next = answer.header("link").is_some();
                let page = answer.expect(200);
                seen.extend(ids(&page).into_iter().map(str::to_owned));
                assert_eq!(next, page["nextCursor"].is_string());
                match page["nextCursor"].as_str() {
                    Some(cursor) => path = format!("/referrals?limit=2{sort}&cursor={cursor}"),
                    None => break,
                }
            }
            assert_eq!(seen, order.map(id), "{sort}");
        }
        let cursor = client.get("/referrals?limit=2").expect(200)["nextCursor"].as_str().unwrap().to_owned();
        let _ = client.get(&format!("/referrals?limit=2&sort=dueOn&cursor={cursor}")).problem(400, "invalidCursor");

        let (_, nurse) = app.nurse();
        let accepted = nurse.post(&format!("/referrals/{}/acceptance", id(3)), &json!({})).expect(200);
        let staff = accepted["assignedTo"].as_str().unwrap();
        let programme = made[0]["programmeId"].as_str().unwrap();
        let patient = made[1]["patientId"].as_str().unwrap();
        for (filter, expected) in [
            ("state=accepted".to_owned(), vec![3]),
            ("state=accepted&state=received&sort=receivedAt".to_owned(), vec![0, 1, 2, 3, 4]),
            ("channel=municipality".to_owned(), vec![]),
            (format!("programmeId={programme}&eligibility=eligible&limit=1"), vec![4]),
            (format!("patientId={patient}"), vec![1]),
            (format!("assignedTo={staff}"), vec![3]),
            ("dueBefore=2026-03-20".to_owned(), vec![0]),
            ("overdue=true".to_owned(), vec![2, 1, 0].into_iter().filter(|n| *n == 0 || made[*n]["overdue"] == true).collect()),
            ("receivedFrom=2026-03-10&receivedTo=2026-03-20".to_owned(), vec![3, 2, 1]),
            ("receivedTo=2026-03-09".to_owned(), vec![0]),
        ] {
            let page = client.get(&format!("/referrals?{filter}")).expect(200);
            let expected: Vec<&str> = expected.into_iter().map(id).collect();
            assert_eq!(ids(&page), expected, "{filter}");
        }
        let late = client.get("/referrals?overdue=true&limit=100").expect(200);
        let in_time = client.get("/referrals?overdue=false&limit=100").expect(200);
        assert_eq!(ids(&late).len() + ids(&in_time).len(), 5);
        assert!(ids(&late).contains(&id(0)));
        app.advance(chrono::Duration::minutes(5));
        let since = app.now();
        let _ = nurse.post(&format!("/referrals/{}/acceptance", id(4)), &json!({})).expect(200);
        assert_eq!(ids(&client.get(&format!("/referrals?updatedSince={since}&sort=updatedAt")).expect(200)), [id(4)]);
        assert_eq!(client.get("/referrals?state=open").field_errors()[0].0, "?state/0");
    }

    fn a_referral_of_somebody_else_is_not_found(app) {
        let made = app.referral(1);
        let path = format!("/referrals/{}", made["id"].as_str().unwrap());
        let other = app.other_organisation();
        let _ = other.get(&path).problem(404, "notFound");
        let _ = other.get(&format!("{path}/deadline")).problem(404, "notFound");
        let _ = other.post(&format!("{path}/acceptance"), &json!({})).problem(404, "notFound");
        assert_eq!(other.get("/referrals").expect(200)["items"], json!([]));
        let _ = app.client(&["referrals.write"]).get(&path).problem(403, "forbidden");
        let _ = app.client(&["referrals.read"]).post("/referrals", &app.referral_body(2)).problem(403, "forbidden");
    }

    fn an_actor_limited_to_programmes_sees_only_theirs(app) {
        use brobygger::platform::access::tokens::Bearer;
        use brobygger::platform::access::{ActorKind, Role};
        let made = app.referral(1);
        let path = format!("/referrals/{}", made["id"].as_str().unwrap());
        let other = app.programme_of("CPS");
        let (staff, _) = app.nurse();
        let limited_to = |programme: &Value| app.bearer(&Bearer {
            kind: ActorKind::Person,
            id: staff.uuid(),
            organisation: app.controller,
            roles: vec![Role::Nurse],
            programmes: Some(vec![serde_json::from_value(programme.clone()).unwrap()]),
            sees_protected: false,
            scopes: ["referrals.read", "referrals.write", "referrals.decide"].map(str::to_owned).to_vec(),
        });
        let own = limited_to(&made["programmeId"]);
        let _ = own.get(&path).expect(200);
        assert_eq!(ids(&own.get("/referrals").expect(200)).len(), 1);
        let stranger = limited_to(&other["id"]);
        let _ = stranger.get(&path).problem(404, "notFound");
        assert_eq!(stranger.get("/referrals").expect(200)["items"], json!([]));
        let _ = stranger.post(&format!("{path}/rejection"), &json!({"reason": "duplicate"})).problem(404, "notFound");
        assert_eq!(stranger.post("/referrals", &app.referral_body(2)).field_errors(), [("/programmeId".to_owned(), "notFound".to_owned())]);
    }

    fn every_reading_is_in_the_access_log(app) {
        let made = app.referral(1);
        let client = app.client(&["referrals.read", "accessLog.read"]);
        let _ = client.get(&format!("/referrals/{}", made["id"].as_str().unwrap())).expect(200);
        let _ = client.get("/referrals").expect(200);
        let log = client.get(&format!("/patients/{}/access-log", made["patientId"].as_str().unwrap())).expect(200).to_string();
        for operation in ["create_referral", "read_referral", "list_referrals"] {
            assert!(log.contains(operation), "{operation} in {log}");
        }
    }
}
