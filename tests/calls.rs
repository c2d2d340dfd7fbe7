//! `/call-sessions`: the talks, the attempts, the decision (APS-5).

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::{Caller, own_doctor};

/// The path of a session, or of something below it.
fn at(session: &Value, below: &str) -> String {
    format!("/call-sessions/{}{below}", session["id"].as_str().unwrap())
}

fn read(caller: &Caller, session: &Value) -> Value {
    caller.get(&at(session, "")).expect(200)
}

on_both_engines! {
    fn aps_5_a_patient_is_called_until_reached_and_enrolled(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        assert_eq!(session["kind"], "firstConversation");
        assert_eq!(session["state"], "planned");
        assert_eq!(session["supporterId"], json!(nurse.0));
        assert_eq!(session["timeZone"], "Europe/Copenhagen");
        assert_eq!(session["attempts"], 0);
        let referral = format!("/referrals/{}", session["referralId"].as_str().unwrap());

        let first_called = app.now();
        for outcome in ["notReached", "voicemail"] {
            let attempt = app.attempt(&nurse, &session, outcome);
            assert_eq!(attempt["outcome"], outcome);
            assert_eq!(attempt["recordedBy"], json!(nurse.0));
            app.advance(chrono::Duration::days(1));
        }
        assert_eq!(nurse.1.get(&referral).expect(200)["firstCalledAt"], json!(first_called));
        // Not reached: no decision (APS-5).
        let done = json!({
            "actualMinutes": 40,
            "agenda": ["Hvordan læser jeg min indkaldelse?"],
            "topics": ["navigatingHealthServices", "loneliness"],
            "note": "Bor alene.\nVil gerne ringes op igen.",
            "suitability": {"enrol": {"treatmentResponsible": own_doctor()}},
            "nextContact": {"plannedAt": app.in_days(7), "plannedMinutes": 30},
        });
        let refused = nurse.1.post(&at(&session, "/completion"), &done).problem(409, "stateConflict");
        assert_eq!(refused["state"], "planned");
        assert_eq!(refused["allowed"], json!(["attempts", "change", "cancellation"]));

        let reached = nurse.1.post(&at(&session, "/attempts"), &json!({
            "numberLabel": "home", "outcome": "reached", "note": "Tog telefonen straks.",
        })).expect(201);
        assert_eq!(reached["note"], "Tog telefonen straks.");
        let seen = nurse.1.get(&referral).expect(200);
        assert_eq!(seen["firstCalledAt"], json!(first_called));
        assert_eq!(seen["reachedAt"], json!(app.now()));
        let now = read(&nurse.1, &session);
        assert_eq!((&now["attempts"], &now["reachedAt"]), (&json!(3), &json!(app.now())));

        app.advance(chrono::Duration::minutes(40));
        let held = nurse.1.post(&at(&session, "/completion"), &done).expect(200);
        assert_eq!(held["callSession"]["state"], "completed");
        assert_eq!(held["callSession"]["suitability"], "enrol");
        assert_eq!(held["callSession"]["topics"], done["topics"]);
        assert_eq!(held["callSession"]["courseId"], held["courseId"]);
        assert_eq!(held["nextCallSession"]["kind"], "followUp");
        assert_eq!(held["nextCallSession"]["courseId"], held["courseId"]);
        assert_eq!(read(&nurse.1, &session), held["callSession"]);
        assert_eq!(nurse.1.get(&referral).expect(200)["state"], "enrolled");
        let course = nurse.1.get(&format!("/courses/{}", held["courseId"].as_str().unwrap())).expect(200);
        assert_eq!(course["treatmentResponsible"], own_doctor());
        assert_eq!(course["supporterId"], json!(nurse.0));
        assert_eq!(course["warnings"], json!([]));

        // Over: nothing more happens to the session.
        for (step, body) in [
            ("/attempts", json!({"numberLabel": "home", "outcome": "busy"})),
            ("/completion", done.clone()),
            ("/cancellation", json!({"reason": "other"})),
        ] {
            let refused = nurse.1.post(&at(&session, step), &body).problem(409, "stateConflict");
            assert_eq!((&refused["state"], &refused["allowed"]), (&json!("completed"), &json!([])));
        }
        let attempts = nurse.1.get(&at(&session, "/attempts")).expect(200);
        let outcomes: Vec<&str> = attempts["items"].as_array().unwrap().iter()
            .map(|attempt| attempt["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["notReached", "voicemail", "reached"]);
    }

    fn aps_5_not_suitable_ends_the_referral_without_a_course(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        app.attempt(&nurse, &session, "reached");
        let held = nurse.1.post(&at(&session, "/completion"), &json!({
            "actualMinutes": 15,
            "suitability": {"notSuitable": {"reason": "betterOffer", "note": "Vil mødes i en gruppe.", "betterOffer": "Hjertehold"}},
        })).expect(200);
        assert_eq!(held.get("courseId"), None);
        assert_eq!(held["callSession"]["notSuitable"]["betterOffer"], "Hjertehold");
        let referral = nurse.1.get(&format!("/referrals/{}", session["referralId"].as_str().unwrap())).expect(200);
        assert_eq!(referral["state"], "notSuitable");
        assert_eq!(nurse.1.get("/courses").expect(200)["items"], json!([]));
        // And it is decided: no other first conversation.
        let refused = nurse.1.post("/call-sessions", &json!({
            "referralId": session["referralId"], "plannedAt": app.now(), "plannedMinutes": 30,
        })).problem(409, "stateConflict");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("notSuitable"), &json!([])));
    }

    fn aps_5_the_decision_belongs_to_the_first_conversation_only(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        app.attempt(&nurse, &session, "reached");
        let complete = |session: &Value, body: Value| nurse.1.post(&at(session, "/completion"), &body);
        let enrol = json!({"treatmentResponsible": own_doctor()});
        let not = json!({"reason": "tooIll"});
        let wrong = |body: Value| complete(&session, body).field_errors();
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(wrong(json!({"actualMinutes": 9})), one("/suitability", "required"));
        assert_eq!(wrong(json!({"actualMinutes": 9, "suitability": {}})), one("/suitability", "required"));
        assert_eq!(
            wrong(json!({"actualMinutes": 9, "suitability": {"enrol": enrol, "notSuitable": not}})),
            one("/suitability/notSuitable", "notAllowed")
        );
        let next = json!({"plannedAt": app.in_days(3), "plannedMinutes": 30});
        assert_eq!(
            wrong(json!({"actualMinutes": 9, "suitability": {"notSuitable": not}, "nextContact": next})),
            one("/nextContact", "notAllowed")
        );
        assert_eq!(
            wrong(json!({"actualMinutes": 9, "topics": ["football", "loneliness", "loneliness"],
                "completedAt": app.in_days(1), "suitability": {"enrol": enrol}})),
            [one("/completedAt", "inFuture"), one("/topics/0", "unknownTopic"), one("/topics/2", "duplicate")].concat()
        );
        // APS-8: nobody is enrolled without knowing who holds treatment responsibility.
        let errors = wrong(json!({"actualMinutes": 9, "suitability": {"enrol": {}}}));
        assert_eq!(errors[0].0, "/suitability/enrol/treatmentResponsible");
        // Nothing of that has changed anything.
        assert_eq!(read(&nurse.1, &session)["state"], "planned");

        let course = app.running_course(&nurse, 2);
        let follow_up = app.follow_up(&nurse, &course, 1);
        assert_eq!(
            complete(&follow_up, json!({"actualMinutes": 9, "suitability": {"enrol": enrol}})).field_errors(),
            one("/suitability", "notAllowed")
        );
        complete(&follow_up, json!({"actualMinutes": 9})).expect(200);
    }

    fn aps_5_one_planned_first_conversation_of_an_accepted_referral(app) {
        let nurse = app.nurse();
        let received = app.received_referral(&nurse, 1);
        let plan = |referral: &Value| nurse.1.post("/call-sessions", &json!({
            "referralId": referral["id"], "plannedAt": app.in_days(1), "plannedMinutes": 30,
        }));
        let refused = plan(&received).problem(409, "stateConflict");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("received"), &json!(["acceptance"])));

        let accepted = app.accepted_referral(&nurse, 2);
        let first = plan(&accepted).expect(201);
        plan(&accepted).problem(409, "conflict");
        nurse.1.post(&at(&first, "/cancellation"), &json!({"reason": "patientUnavailable", "note": "Kontrol."})).expect(200);
        let second = plan(&accepted).expect(201);
        // Withdrawing the referral takes the planned talk along.
        nurse.1.post(&format!("/referrals/{}/withdrawal", accepted["id"].as_str().unwrap()),
            &json!({"withdrawnBy": "patient"})).expect(200);
        let cancelled = read(&nurse.1, &second);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(cancelled["cancelled"]["reason"], "referralWithdrawn");
    }

    fn a_planned_talk_is_moved_and_cancelled(app) {
        let nurse = app.nurse();
        let other = app.nurse();
        let course = app.running_course(&nurse, 1);
        let session = app.follow_up(&nurse, &course, 2);
        let got = nurse.1.get(&at(&session, ""));
        let etag = got.etag();
        let moved = nurse.1.patch(&at(&session, ""), &etag, &json!({
            "plannedAt": app.in_days(5), "plannedMinutes": 20, "supporterId": other.0,
        })).expect(200);
        assert_eq!(moved["plannedAt"], json!(app.in_days(5)));
        assert_eq!(moved["supporterId"], json!(other.0));
        nurse.1.patch(&at(&session, ""), &etag, &json!({"plannedMinutes": 25})).problem(412, "staleVersion");
        nurse.1.send("PATCH", &at(&session, ""), &[], Some(&json!({"plannedMinutes": 25}))).problem(428, "versionRequired");
        let etag = nurse.1.get(&at(&session, "")).etag();
        for (days, code) in [(-2, "tooEarly"), (367, "tooLate")] {
            assert_eq!(
                nurse.1.patch(&at(&session, ""), &etag, &json!({"plannedAt": app.in_days(days)})).field_errors(),
                [("/plannedAt".to_owned(), code.to_owned())]
            );
        }
        let cancelled = nurse.1.post(&at(&session, "/cancellation"), &json!({"reason": "supporterUnavailable"})).expect(200);
        assert_eq!(cancelled["state"], "cancelled");
        assert_eq!(cancelled["cancelled"]["at"], json!(app.now()));
        let etag = nurse.1.get(&at(&session, "")).etag();
        let refused = nurse.1.patch(&at(&session, ""), &etag, &json!({"plannedMinutes": 25})).problem(409, "stateConflict");
        assert_eq!((&refused["state"], &refused["allowed"]), (&json!("cancelled"), &json!([])));
    }

    fn what_is_planned_and_called_is_checked(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        let errors = nurse.1.post("/call-sessions", &json!({"plannedAt": app.now(), "plannedMinutes": 4})).field_errors();
        assert_eq!(errors, [("/plannedMinutes".to_owned(), "tooSmall".to_owned())]);
        let errors = nurse.1.post("/call-sessions", &json!({"plannedAt": app.now(), "plannedMinutes": 30})).field_errors();
        assert_eq!(errors, [("/referralId".to_owned(), "required".to_owned())]);
        let errors = nurse.1.post("/call-sessions", &json!({
            "referralId": session["referralId"], "courseId": session["id"], "plannedAt": app.now(), "plannedMinutes": 30,
        })).field_errors();
        assert_eq!(errors, [("/courseId".to_owned(), "notAllowed".to_owned())]);
        let errors = nurse.1.post("/call-sessions", &json!({
            "courseId": session["id"], "plannedAt": app.now(), "plannedMinutes": 30,
        })).field_errors();
        assert_eq!(errors, [("/courseId".to_owned(), "notFound".to_owned())]);

        let attempt = |body: Value| nurse.1.post(&at(&session, "/attempts"), &body).field_errors();
        assert_eq!(
            attempt(json!({"numberLabel": "work", "outcome": "busy", "at": app.in_days(1)})),
            [("/at".to_owned(), "inFuture".to_owned()), ("/numberLabel".to_owned(), "notFound".to_owned())]
        );
        assert_eq!(
            attempt(json!({"numberLabel": "home", "outcome": "busy", "at": app.in_days(-2)})),
            [("/at".to_owned(), "tooEarly".to_owned())]
        );
        let checked = nurse.1.post(&at(&session, "/attempts?validateOnly=true"),
            &json!({"numberLabel": "home", "outcome": "busy"})).expect(200);
        assert_eq!(checked, json!({"valid": true}));
        assert_eq!(read(&nurse.1, &session)["attempts"], 0);
    }

    fn an_attempt_sent_twice_under_one_key_counts_once(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        let body = json!({"numberLabel": "mobile", "outcome": "busy"});
        let key = [("idempotency-key", "0b9d7c1e-5a53-4a70-8d0c-6f6f3c1f2a11")];
        let first = nurse.1.post_with(&at(&session, "/attempts"), &key, &body).expect(201);
        let again = nurse.1.post_with(&at(&session, "/attempts"), &key, &body);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(201), first);
        assert_eq!(read(&nurse.1, &session)["attempts"], 1);
    }

    fn talks_are_listed_by_time_page_by_page(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let planned: Vec<Value> = (1..=5).map(|day| app.follow_up(&nurse, &course, day)).collect();
        let ids = |list: &Value| -> Vec<Value> {
            list["items"].as_array().unwrap().iter().map(|item| item["id"].clone()).collect()
        };
        let wanted: Vec<Value> = planned.iter().map(|session| session["id"].clone()).collect();
        let course_id = course["id"].as_str().unwrap();

        let base = format!("/call-sessions?courseId={course_id}&state=planned&limit=2");
        let mut seen = Vec::new();
        let mut cursor: Option<String> = None;
        loop {
            let path = match &cursor {
                Some(cursor) => format!("{base}&sort=plannedAt&cursor={cursor}"),
                None => format!("{base}&sort=plannedAt"),
            };
            let page = nurse.1.get(&path).expect(200);
            seen.extend(ids(&page));
            match page["nextCursor"].as_str() {
                Some(next) => cursor = Some(next.to_owned()),
                None => break,
            }
        }
        assert_eq!(seen, wanted);
        let latest = nurse.1.get(&base).expect(200);
        assert_eq!(ids(&latest), [wanted[4].clone(), wanted[3].clone()]);
        let window = nurse.1.get(&format!("/call-sessions?plannedFrom={}&plannedTo={}", app.in_days(2), app.in_days(4))).expect(200);
        assert_eq!(ids(&window), [wanted[2].clone(), wanted[1].clone()]);
        let all = nurse.1.get(&format!("/call-sessions?patientId={}&supporterId={}&programmeId={}",
            course["patientId"].as_str().unwrap(), nurse.0, course["programmeId"].as_str().unwrap())).expect(200);
        assert_eq!(ids(&all).len(), 6);
        let of_referral = nurse.1.get(&format!("/call-sessions?referralId={}&state=completed", course["referralId"].as_str().unwrap())).expect(200);
        assert_eq!(of_referral["items"][0]["courseId"], course["id"]);
        assert_eq!(nurse.1.get(&format!("/call-sessions?updatedSince={}", app.in_days(1))).expect(200)["items"], json!([]));
    }

    fn other_organisations_programmes_and_patients_see_no_talks(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        let path = at(&session, "");
        app.other_organisation().get(&path).problem(404, "notFound");
        app.other_organisation().post(&at(&session, "/attempts"), &json!({"numberLabel": "home", "outcome": "busy"})).problem(404, "notFound");
        assert_eq!(app.other_organisation().get("/call-sessions").expect(200)["items"], json!([]));
        let elsewhere = app.limited_to(&[app.programme_of("HF")["id"].clone()]);
        elsewhere.get(&path).problem(404, "notFound");
        assert_eq!(elsewhere.get("/call-sessions").expect(200)["items"], json!([]));
        let here = app.limited_to(&[app.programme_of("HF")["id"].clone(), session["programmeId"].clone()]);
        here.get(&path).expect(200);
        assert_eq!(here.get("/call-sessions").expect(200)["items"].as_array().unwrap().len(), 1);
        let patient = app.person(Role::Patient, session["patientId"].as_str().unwrap().parse().unwrap());
        patient.get(&path).problem(403, "forbidden");
        app.nobody().get(&path).problem(401, "unauthenticated");
    }


    fn aps_4_a_call_before_receipt_keeps_no_deadline(app) {
        let nurse = app.nurse();
        let session = app.first_conversation(&nurse, 1);
        let attempt = |when: Value| nurse.1.post(&at(&session, "/attempts"),
            &json!({"numberLabel": "mobile", "outcome": "notReached", "at": when}));
        assert_eq!(attempt(json!(app.in_days(-1))).field_errors(), [("/at".to_owned(), "beforeReceipt".to_owned())]);
        app.advance(chrono::Duration::minutes(30));
        app.attempt(&nurse, &session, "reached");
        let enrol = json!({"actualMinutes": 9, "completedAt": "2026-03-27T09:20:00Z",
            "suitability": {"enrol": {"treatmentResponsible": own_doctor()}}});
        assert_eq!(nurse.1.post(&at(&session, "/completion"), &enrol).field_errors(),
            [("/completedAt".to_owned(), "beforeReached".to_owned())]);
    }

    fn aps_4_the_first_call_is_told_of_once(app) {
        let nurse = app.nurse();
        // Reached by the first call: both are told.
        let session = app.first_conversation(&nurse, 1);
        app.attempt(&nurse, &session, "reached");
        let told = |id: &Value| -> Vec<String> {
            app.events_of(id).into_iter().filter(|kind| ["referral.called", "referral.reached", "referral.changed"].contains(&kind.as_str())).collect()
        };
        assert_eq!(told(&session["referralId"]), ["referral.called", "referral.reached"]);
        // Registered in the wrong order: the earlier one is a change.
        let session = app.first_conversation(&nurse, 2);
        let first = app.now();
        app.advance(chrono::Duration::hours(3));
        app.attempt(&nurse, &session, "notReached");
        let _ = nurse.1.post(&at(&session, "/attempts"), &json!({"numberLabel": "mobile", "outcome": "busy", "at": first})).expect(201);
        assert_eq!(told(&session["referralId"]), ["referral.called", "referral.changed"]);
        assert_eq!(nurse.1.get(&format!("/referrals/{}", session["referralId"].as_str().unwrap())).expect(200)["firstCalledAt"], json!(first));
    }

    fn aps_1_the_first_conversation_settles_what_was_unknown(app) {
        let nurse = app.nurse();
        let mut body = app.referral_body(1);
        body["criteria"] = json!([]);
        let referral = app.refer(&body).expect(201);
        assert_eq!(referral["eligibility"], "undetermined");
        let path = format!("/referrals/{}", referral["id"].as_str().unwrap());
        let _ = nurse.1.post(&format!("{path}/acceptance"), &json!({})).expect(200);
        let session = nurse.1.post("/call-sessions",
            &json!({"referralId": referral["id"], "plannedAt": app.now(), "plannedMinutes": 45})).expect(201);
        app.attempt(&nurse, &session, "reached");
        let done = |criteria: Value| json!({"actualMinutes": 40, "suitability": {
            "enrol": {"treatmentResponsible": own_doctor()}, "criteria": criteria,
        }});
        assert_eq!(
            nurse.1.post(&at(&session, "/completion"), &done(json!([{"code": "shoeSize", "answer": "yes"}]))).field_errors(),
            [("/suitability/criteria/0/code".to_owned(), "unknownCriterion".to_owned())]
        );
        let _ = nurse.1.post(&at(&session, "/completion"), &done(json!([
            {"code": "chronicDisease", "answer": "yes"}, {"code": "complexLongTermIllness", "answer": "yes"},
        ]))).expect(200);
        let settled = nurse.1.get(&path).expect(200);
        assert_eq!((&settled["state"], &settled["eligibility"]), (&json!("enrolled"), &json!("eligible")));
        assert_eq!(settled["criteria"].as_array().unwrap().len(), 2);
    }

    fn aps_1_a_date_of_birth_that_comes_later_counts(app) {
        let client = app.client_with_everything();
        let mut body = app.referral_body(1);
        body["patient"].as_object_mut().unwrap().remove("identifiers");
        body["channel"] = json!("municipality");
        let referral = client.post("/referrals", &body).expect(201);
        assert_eq!(referral["eligibility"], "undetermined");
        let patient = format!("/patients/{}", referral["patientId"].as_str().unwrap());
        let _ = client.patch(&patient, &client.get(&patient).etag(), &json!({"birthDate": "2015-01-01"})).expect(200);
        let accepted = client.post(&format!("/referrals/{}/acceptance", referral["id"].as_str().unwrap()), &json!({})).expect(200);
        assert_eq!((&accepted["eligibility"], &accepted["eligibilityReasons"][0]["code"]), (&json!("notEligible"), &json!("tooYoung")));
    }
}
