//! `/courses`: the support itself (APS-6, APS-8).

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::own_doctor;

/// The path of a course, or of something below it.
fn at(course: &Value, below: &str) -> String {
    format!("/courses/{}{below}", course["id"].as_str().unwrap())
}

fn closure() -> Value {
    json!({"reason": "goalsReached", "closingNote": "Klarer selv kontakten til ambulatoriet."})
}

on_both_engines! {
    fn aps_6_a_course_of_seven_months_ends_with_a_note(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        assert_eq!(course["state"], "active");
        assert_eq!(course["openedOn"], "2026-03-27");
        assert_eq!(course["typicalFrom"], "2026-09-27");
        assert_eq!(course["typicalTo"], "2026-12-27");
        assert_eq!(course["warnings"], json!(["noContactPlanned"]));
        nurse.1.get(&at(&course, "/closing-note")).problem(404, "notFound");

        let mut next = app.follow_up(&nurse, &course, 7);
        assert_eq!(nurse.1.get(&at(&course, "")).expect(200)["warnings"], json!([]));
        // The patient's need decides how often (APS-6): no two gaps are the same.
        for (wait, agenda, topic) in [
            (7, "Ny medicin", "newDiagnosis"),
            (21, "Ensom om aftenen", "loneliness"),
            (60, "Hvem ringer jeg til?", "navigatingHealthServices"),
            (120, "Besøgsven", "loneliness"),
        ] {
            app.advance(chrono::Duration::days(wait));
            app.attempt(&nurse, &next, "reached");
            let held = nurse.1.post(&format!("/call-sessions/{}/completion", next["id"].as_str().unwrap()), &json!({
                "actualMinutes": 25, "agenda": [agenda], "topics": [topic],
                "nextContact": {"plannedAt": app.in_days(wait), "plannedMinutes": 30},
            })).expect(200);
            assert_eq!(held.get("courseId"), None, "only a first conversation opens a course");
            next = held["nextCallSession"].clone();
        }
        assert_eq!(app.now().get(..10), Some("2026-10-21"));
        let doctor = json!({"kind": "hospitalDepartment", "name": "Kardiologisk afdeling, Prøve Sygehus"});
        let etag = nurse.1.get(&at(&course, "")).etag();
        nurse.1.patch(&at(&course, ""), &etag, &json!({"treatmentResponsible": doctor})).expect(200);

        let closed = nurse.1.post(&at(&course, "/closure"), &closure()).expect(200);
        assert_eq!(closed["cancelledCallSessions"], json!([next["id"]]));
        assert_eq!(closed["course"]["state"], "closed");
        assert_eq!(closed["course"]["warnings"], json!([]));
        assert_eq!(closed["course"]["closing"]["on"], "2026-10-21");
        let cancelled = nurse.1.get(&format!("/call-sessions/{}", next["id"].as_str().unwrap())).expect(200);
        assert_eq!(cancelled["cancelled"]["reason"], "courseClosed");

        let note = nurse.1.get(&at(&course, "/closing-note")).expect(200);
        assert_eq!(note["treatmentResponsible"], doctor);
        assert_eq!(note["recipient"], doctor);
        assert_eq!(note["talks"], 5);
        assert_eq!(note["text"], closure()["closingNote"]);
        assert_eq!(note["delivery"], "safeMail");
        assert_eq!(note["supporterId"], json!(nurse.0));
        assert_eq!((&note["openedOn"], &note["closedOn"]), (&json!("2026-03-27"), &json!("2026-10-21")));
        let topics: Vec<(&str, i64)> = note["topics"].as_array().unwrap().iter()
            .map(|topic| (topic["code"].as_str().unwrap(), topic["talks"].as_i64().unwrap())).collect();
        assert_eq!(topics, [("newDiagnosis", 1), ("loneliness", 2), ("navigatingHealthServices", 1)]);
    }

    fn aps_6_another_nurse_takes_over_with_a_reason(app) {
        let nurse = app.nurse();
        let other = app.nurse();
        let course = app.running_course(&nurse, 1);
        let planned = app.follow_up(&nurse, &course, 3);
        app.advance(chrono::Duration::days(1));
        let changed = nurse.1.post(&at(&course, "/supporter-changes"),
            &json!({"supporterId": other.0, "reason": "Nyt arbejde"})).expect(200);
        assert_eq!(changed["movedCallSessions"], json!([planned["id"]]));
        assert_eq!(changed["course"]["supporterId"], json!(other.0));
        let supporters = changed["course"]["supporters"].as_array().unwrap();
        assert_eq!(supporters.len(), 2);
        assert_eq!(supporters[0]["staffId"], json!(nurse.0));
        assert_eq!(supporters[0]["until"], json!(app.now()));
        assert_eq!(supporters[0].get("reason"), None);
        assert_eq!(supporters[1], json!({"staffId": other.0, "from": app.now(), "reason": "Nyt arbejde"}));
        let moved = nurse.1.get(&format!("/call-sessions/{}", planned["id"].as_str().unwrap())).expect(200);
        assert_eq!(moved["supporterId"], json!(other.0));
        assert_eq!(
            nurse.1.post(&at(&course, "/supporter-changes"), &json!({"supporterId": other.0, "reason": "igen"})).field_errors(),
            [("/supporterId".to_owned(), "unchanged".to_owned())]
        );
        assert_eq!(
            nurse.1.post(&at(&course, "/supporter-changes"), &json!({"supporterId": course["id"], "reason": "igen"})).field_errors(),
            [("/supporterId".to_owned(), "notFound".to_owned())]
        );
        let carried = nurse.1.get(&format!("/courses?supporterId={}", other.0)).expect(200);
        assert_eq!(carried["items"][0]["id"], course["id"]);
        assert_eq!(nurse.1.get(&format!("/courses?supporterId={}", nurse.0)).expect(200)["items"], json!([]));
        // An enrolled referral leads to its course.
        let of_referral = nurse.1.get(&format!("/courses?referralId={}", course["referralId"].as_str().unwrap())).expect(200);
        assert_eq!(of_referral["items"].as_array().unwrap().len(), 1);
    }

    fn a_course_rests_and_goes_on(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let within = app.follow_up(&nurse, &course, 3);
        let after = app.follow_up(&nurse, &course, 20);
        let refused = nurse.1.post(&at(&course, "/resumption"), &Value::Null).problem(409, "stateConflict");
        assert_eq!(refused["allowed"], json!(["change", "supporter-changes", "pause", "closure"]));
        assert_eq!(
            nurse.1.post(&at(&course, "/pause"), &json!({"reason": "travel", "until": "2026-03-27"})).field_errors(),
            [("/until".to_owned(), "inPast".to_owned())]
        );
        let paused = nurse.1.post(&at(&course, "/pause"),
            &json!({"reason": "hospitalAdmission", "until": "2026-04-10", "note": "Ny hofte"})).expect(200);
        assert_eq!(paused["cancelledCallSessions"], json!([within["id"]]));
        assert_eq!(paused["course"]["state"], "paused");
        let refused = nurse.1.post("/call-sessions", &json!({
            "courseId": course["id"], "plannedAt": app.in_days(1), "plannedMinutes": 30,
        })).problem(409, "stateConflict");
        assert_eq!(refused["allowed"], json!(["change", "supporter-changes", "resumption", "closure"]));
        nurse.1.post(&at(&course, "/pause"), &json!({"reason": "travel"})).problem(409, "stateConflict");
        app.advance(chrono::Duration::days(14));
        let resumed = nurse.1.post(&at(&course, "/resumption"), &Value::Null).expect(200);
        assert_eq!(resumed["state"], "active");
        assert_eq!(resumed["pauses"][0]["note"], "Ny hofte");
        assert_eq!(resumed["pauses"][0]["endedAt"], json!(app.now()));
        assert_eq!(resumed["warnings"], json!([]));
        let still = nurse.1.get(&format!("/call-sessions/{}", after["id"].as_str().unwrap())).expect(200);
        assert_eq!(still["state"], "planned");
        // Without an end, everything planned is cancelled, and a paused course can be closed.
        let paused = nurse.1.post(&at(&course, "/pause"), &json!({"reason": "patientWish"})).expect(200);
        assert_eq!(paused["cancelledCallSessions"], json!([after["id"]]));
        let closed = nurse.1.post(&at(&course, "/closure"), &closure()).expect(200);
        assert_eq!(closed["course"]["pauses"][1]["endedAt"], json!(app.now()));
    }

    fn aps_6_short_and_long_courses_are_flagged_not_refused(app) {
        let nurse = app.nurse();
        let short = app.running_course(&nurse, 1);
        let long = app.running_course(&nurse, 2);
        let typical = app.running_course(&nurse, 3);
        let fresh = nurse.1.get(&at(&long, "")).etag();
        let flagged = |flagged: bool| -> Vec<Value> {
            nurse.1.get(&format!("/courses?flagged={flagged}")).expect(200)["items"]
                .as_array().unwrap().iter().map(|course| course["id"].clone()).collect()
        };
        // Active with nothing planned: all three.
        assert_eq!(flagged(true), [typical["id"].clone(), long["id"].clone(), short["id"].clone()]);
        app.follow_up(&nurse, &long, 300);
        assert_eq!(flagged(false), [long["id"].clone()]);
        // The ETag changes with the warnings although the course itself has not.
        let planned = nurse.1.get(&at(&long, ""));
        assert_ne!(planned.etag(), fresh);
        let etag = planned.etag();
        nurse.1.send("GET", &at(&long, ""), &[("if-none-match", &etag)], None).expect(304);

        app.advance(chrono::Duration::days(30));
        let closed = nurse.1.post(&at(&short, "/closure"), &closure()).expect(200);
        assert_eq!(closed["course"]["warnings"], json!(["closedEarly"]));
        app.advance(chrono::Duration::days(180));
        nurse.1.post(&at(&typical, "/closure"), &closure()).expect(200);
        assert_eq!(flagged(true), [short["id"].clone()]);
        app.advance(chrono::Duration::days(64));
        assert_eq!(app.now().get(..10), Some("2026-12-26"));
        nurse.1.send("GET", &at(&long, ""), &[("if-none-match", &etag)], None).expect(304);
        app.advance(chrono::Duration::days(2));
        let runs_long = nurse.1.send("GET", &at(&long, ""), &[("if-none-match", &etag)], None);
        assert_ne!(runs_long.etag(), etag);
        assert_eq!(runs_long.expect(200)["warnings"], json!(["runsLong"]));
        assert_eq!(flagged(true), [long["id"].clone(), short["id"].clone()]);
        assert_eq!(flagged(false), [typical["id"].clone()]);
        let closed = nurse.1.post(&at(&long, "/closure"), &closure()).expect(200);
        assert_eq!(closed["course"]["warnings"], json!(["runsLong"]));
        assert_eq!(flagged(true), [long["id"].clone(), short["id"].clone()]);
    }

    fn a_closed_course_stays_closed(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let recipient = json!({"kind": "other", "name": "Sundhedscenter Prøve"});
        let mut body = closure();
        body["recipient"] = recipient.clone();
        nurse.1.post(&at(&course, "/closure"), &body).expect(200);
        let note = nurse.1.get(&at(&course, "/closing-note")).expect(200);
        assert_eq!(note["recipient"], recipient);
        assert_eq!(note["treatmentResponsible"], own_doctor(), "named in every closing note (APS-8)");
        for (step, body) in [
            ("/closure", closure()),
            ("/pause", json!({"reason": "travel"})),
            ("/resumption", Value::Null),
            ("/supporter-changes", json!({"supporterId": nurse.0, "reason": "x"})),
        ] {
            let refused = nurse.1.post(&at(&course, step), &body).problem(409, "stateConflict");
            assert_eq!((&refused["state"], &refused["allowed"]), (&json!("closed"), &json!([])), "{step}");
        }
        let etag = nurse.1.get(&at(&course, "")).etag();
        nurse.1.patch(&at(&course, ""), &etag, &json!({"treatmentResponsible": own_doctor()})).problem(409, "stateConflict");
        nurse.1.post("/call-sessions", &json!({"courseId": course["id"], "plannedAt": app.now(), "plannedMinutes": 30}))
            .problem(409, "stateConflict");
        nurse.1.post(&at(&course, "/closure"), &json!({"reason": "goalsReached"})).field_errors();
    }

    fn aps_5_no_course_without_the_decision(app) {
        let nurse = app.nurse();
        nurse.1.post("/courses", &json!({})).problem(405, "methodNotAllowed");
        // And one running course of a patient in a programme: nobody is referred beside it.
        let course = app.running_course(&nurse, 1);
        let referral = nurse.1.get(&format!("/referrals/{}", course["referralId"].as_str().unwrap())).expect(200);
        app.client_with_everything().post("/referrals", &json!({
            "programmeId": course["programmeId"], "channel": "municipality", "sentAt": app.now(),
            "patientId": course["patientId"], "consentId": referral["consentId"],
        })).problem(409, "conflict");
        assert_eq!(nurse.1.get("/courses").expect(200)["items"].as_array().unwrap().len(), 1);
    }

    fn others_see_nothing_and_patients_see_their_own(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let others = app.running_course(&nurse, 2);
        let elsewhere = app.limited_to(&[app.programme_of("HF")["id"].clone()]);
        for stranger in [app.other_organisation(), elsewhere] {
            stranger.get(&at(&course, "")).problem(404, "notFound");
            stranger.post(&at(&course, "/closure"), &closure()).problem(404, "notFound");
            assert_eq!(stranger.get("/courses").expect(200)["items"], json!([]));
        }
        let patient = app.person(Role::Patient, course["patientId"].as_str().unwrap().parse().unwrap());
        assert_eq!(patient.get(&at(&course, "")).expect(200)["id"], course["id"]);
        patient.get(&at(&others, "")).problem(404, "notFound");
        patient.get(&at(&others, "/closing-note")).problem(404, "notFound");
        let own = patient.get("/courses").expect(200);
        assert_eq!(own["items"].as_array().unwrap().len(), 1);
        assert_eq!(own["items"][0]["id"], course["id"]);
        patient.post(&at(&course, "/closure"), &closure()).problem(403, "forbidden");

        let page = nurse.1.get("/courses?limit=1").expect(200);
        assert_eq!(page["items"][0]["id"], others["id"]);
        let next = nurse.1.get(&format!("/courses?limit=1&cursor={}", page["nextCursor"].as_str().unwrap())).expect(200);
        assert_eq!(next["items"][0]["id"], course["id"]);
        let opened = nurse.1.get(&format!("/courses?openedFrom={}&openedTo={}&state=active&patientId={}",
            app.now(), app.in_days(1), course["patientId"].as_str().unwrap())).expect(200);
        assert_eq!(opened["items"].as_array().unwrap().len(), 1);
    }


    fn a_course_is_not_closed_by_a_withdrawal_that_nobody_recorded(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let mut body = closure();
        body["reason"] = json!("consentWithdrawn");
        assert_eq!(nurse.1.post(&at(&course, "/closure"), &body).field_errors(), [("/reason".to_owned(), "notAllowed".to_owned())]);
    }

    fn no_talk_is_moved_into_the_rest_of_its_course(app) {
        let nurse = app.nurse();
        let course = app.running_course(&nurse, 1);
        let after = app.follow_up(&nurse, &course, 20);
        let _ = nurse.1.post(&at(&course, "/pause"), &json!({"reason": "travel", "until": "2026-04-10"})).expect(200);
        let path = format!("/call-sessions/{}", after["id"].as_str().unwrap());
        let moved = |days: i64| nurse.1.patch(&path, &nurse.1.get(&path).etag(), &json!({"plannedAt": app.in_days(days)}));
        let _ = moved(2).problem(409, "conflict");
        // What stays behind the pause is moved, and what is no move is still changed.
        let _ = moved(21).expect(200);
        let _ = nurse.1.patch(&path, &nurse.1.get(&path).etag(), &json!({"plannedMinutes": 20})).expect(200);
    }
}
