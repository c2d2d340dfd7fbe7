//! `/volunteers`: the record, the onboarding (HF-2), public profiles, the volunteer's own token.

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::wards::shift_path;
use crate::support::{Caller, TestApp};

fn path(volunteer: &Value) -> String {
    format!("/volunteers/{}", volunteer["id"].as_str().unwrap())
}

fn held(client: &Caller, volunteer: &Value, body: &Value) -> crate::support::Answer {
    client.post(&format!("{}/onboarding-steps", path(volunteer)), body)
}

fn act(client: &Caller, volunteer: &Value, step: &str) -> crate::support::Answer {
    client.send("POST", &format!("{}/{step}", path(volunteer)), &[], None)
}

fn ids(list: &Value) -> Vec<Value> {
    list["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].clone())
        .collect()
}

/// Everything that a volunteer may have.
fn full(app: &TestApp, ward: &Value) -> Value {
    app.volunteer_json(&json!({
        "birthDate": "1961-07-07",
        "contact": {"telephone": "+4532105432", "email": "birgit@example.org"},
        "subtypes": ["patientSupporter", "parentSupporter"], "phases": ["during", "after"],
        "languages": ["da", "en"], "wardIds": [ward],
        "experience": [{"kind": "procedure", "system": "sks", "code": "KFMD", "on": "2022-03-01",
            "whose": "own", "note": "En lang vinter."}],
        "lifeSituation": ["retired"],
        "conflicts": [{"kind": "employment", "organisationId": ward, "note": "Deltid."}],
        "publicProfile": {"published": true, "displayName": "Birgit",
            "presentation": "Jeg fik en ny hjerteklap.", "shows": ["languages", "experience", "ageGroup"]},
    }))
}

on_both_engines! {
    fn hf_1_a_volunteer_is_registered_read_listed_and_changed(app) {
        let client = app.volunteer_coordinator();
        let ward = app.ward();
        let body = full(app, &ward);
        let created = client.post("/volunteers", &body);
        let etag = created.etag();
        assert!(created.header("location").unwrap().starts_with("/v1/volunteers/"));
        let volunteer = created.expect(201);
        for field in ["name", "birthDate", "contact", "subtypes", "phases", "languages", "wardIds",
            "experience", "lifeSituation", "conflicts", "capacityPerWeek", "publicProfile"] {
            assert_eq!(volunteer[field], body[field], "{field}");
        }
        assert_eq!(volunteer["state"], "candidate");
        assert_eq!(volunteer["onboarding"]["nextStep"], "interview");
        assert_eq!(client.get(&path(&volunteer)).expect(200), volunteer);

        let changed = client.patch(&path(&volunteer), &etag,
            &json!({"languages": ["sv"], "birthDate": null, "wardIds": [], "publicProfile": null})).expect(200);
        assert_eq!((&changed["languages"], &changed["wardIds"]), (&json!(["sv"]), &json!([])));
        assert!(changed.get("birthDate").is_none() && changed.get("publicProfile").is_none());
        assert_eq!(changed["experience"], body["experience"]);
        client.patch(&path(&volunteer), &etag, &json!({"languages": ["da"]})).problem(412, "staleVersion");

        let other = app.candidate(&json!({"subtypes": ["relativeSupporter"], "wardIds": [ward]}));
        let list = |query: &str| ids(&client.get(&format!("/volunteers?{query}")).expect(200));
        assert_eq!(list(""), [other["id"].clone(), volunteer["id"].clone()]);
        assert_eq!(list("subtype=parentSupporter"), [volunteer["id"].clone()]);
        assert_eq!(list(&format!("wardId={}", ward.as_str().unwrap())), [other["id"].clone()]);
        assert_eq!(list("state=active"), [] as [Value; 0]);
        let page = client.get("/volunteers?limit=1").expect(200);
        let cursor = page["nextCursor"].as_str().unwrap();
        assert_eq!(list(&format!("limit=1&cursor={cursor}")), [volunteer["id"].clone()]);
        assert_eq!(app.events_of(&volunteer["id"]), ["volunteer.registered", "volunteer.changed"]);
    }

    fn hf_1_everything_wrong_is_named_at_once(app) {
        let client = app.volunteer_coordinator();
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        let body = app.volunteer_json(&json!({
            "birthDate": "2030-01-01", "subtypes": ["patientSupporter", "patientSupporter"],
            "wardIds": [unknown, app.controller],
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DI21", "on": "2030-01-01", "whose": "own"}],
            "conflicts": [{"kind": "family", "patientId": unknown}, {"kind": "employment", "organisationId": unknown}],
            "publicProfile": {"published": true, "displayName": "Birgit Prøvesen"},
        }));
        let mut errors = client.post("/volunteers", &body).field_errors();
        errors.sort();
        let expected = [
            ("/birthDate", "inFuture"), ("/conflicts/0/patientId", "notFound"),
            ("/conflicts/1/organisationId", "notFound"), ("/experience/0/on", "inFuture"),
            ("/publicProfile/displayName", "familyName"), ("/subtypes/1", "duplicateItem"),
            ("/wardIds/0", "notFound"), ("/wardIds/1", "notAWard"),
        ];
        assert_eq!(errors, expected.map(|(pointer, code)| (pointer.to_owned(), code.to_owned())));
        let body = app.volunteer_json(&json!({"birthDate": "1026-01-01"}));
        assert_eq!(client.post("/volunteers", &body).field_errors(), [("/birthDate".to_owned(), "tooLongAgo".to_owned())]);
    }

    fn hf_2_the_onboarding_is_ordered_from_interview_to_active(app) {
        let client = app.volunteer_coordinator();
        let volunteer = app.candidate(&json!({}));
        let ward = app.ward();
        // Nothing comes before the interview.
        let course = json!({"step": "course", "outcome": "passed"});
        let refused = held(&client, &volunteer, &course).problem(409, "stateConflict");
        assert_eq!(refused["allowed"], json!(["interview"]));
        act(&client, &volunteer, "activation").problem(409, "stateConflict");

        let first = held(&client, &volunteer, &json!({"step": "interview", "outcome": "absent"})).expect(200);
        assert_eq!((&first["state"], &first["onboarding"]["nextStep"]), (&json!("onboarding"), &json!("interview")));
        held(&client, &volunteer, &course).problem(409, "stateConflict");
        held(&client, &volunteer, &json!({"step": "interview", "outcome": "passed", "note": "Har tænkt det igennem."})).expect(200);
        held(&client, &volunteer, &json!({"step": "interview", "outcome": "passed", "heldOn": "2026-03-26"})).field_errors();
        held(&client, &volunteer, &json!({"step": "oath", "outcome": "passed"})).field_errors();
        held(&client, &volunteer, &json!({"step": "course", "outcome": "passed", "heldOn": "2026-03-28"})).field_errors();
        // A course that was not passed is repeated.
        held(&client, &volunteer, &json!({"step": "course", "outcome": "notPassed"})).expect(200);
        let trial = json!({"step": "trialShift", "outcome": "passed", "wardId": ward});
        held(&client, &volunteer, &trial).problem(409, "stateConflict");
        held(&client, &volunteer, &json!({"step": "course", "outcome": "passed", "wardId": ward})).field_errors();
        let trained = held(&client, &volunteer, &course).expect(200);
        assert_eq!(trained["onboarding"]["steps"][1]["expiresOn"], "2029-03-27");
        assert_eq!(held(&client, &volunteer, &json!({"step": "trialShift", "outcome": "passed"})).field_errors(),
            [("/wardId".to_owned(), "required".to_owned())]);
        held(&client, &volunteer, &trial).expect(200);
        act(&client, &volunteer, "activation").problem(409, "stateConflict");
        held(&client, &volunteer, &trial).expect(200);

        let active = act(&client, &volunteer, "activation").expect(200);
        assert_eq!((&active["state"], &active["activatedOn"], &active["qualifiedUntil"]),
            (&json!("active"), &json!("2026-03-27"), &json!("2029-03-27")));
        act(&client, &volunteer, "activation").problem(409, "stateConflict");
        let list = client.get(&format!("{}/onboarding-steps", path(&volunteer))).expect(200);
        let outcomes: Vec<&str> = list["items"].as_array().unwrap().iter()
            .map(|one| one["outcome"].as_str().unwrap()).collect();
        assert_eq!(outcomes, ["absent", "passed", "notPassed", "passed", "passed", "passed"]);
        assert_eq!(list["items"][1]["note"], "Har tænkt det igennem.");
        assert_eq!(app.events_of(&volunteer["id"]).last().unwrap(), "volunteer.activated");

        // From now on a trial shift is beside somebody who knows how.
        let next = app.candidate(&json!({}));
        for step in ["interview", "course"] {
            held(&client, &next, &json!({"step": step, "outcome": "passed"})).expect(200);
        }
        assert_eq!(held(&client, &next, &trial).field_errors(), [("/besideId".to_owned(), "required".to_owned())]);
        for (beside, code) in [(&next, "self"), (&app.candidate(&json!({})), "notExperienced")] {
            let mut body = trial.clone();
            body["besideId"] = beside["id"].clone();
            assert_eq!(held(&client, &next, &body).field_errors(), [("/besideId".to_owned(), code.to_owned())]);
        }
        let mut body = trial;
        body["besideId"] = volunteer["id"].clone();
        held(&client, &next, &body).expect(200);
    }

    fn hf_2_a_step_that_expires_is_repeated(app) {
        let client = app.volunteer_coordinator();
        let volunteer = app.active_volunteer(&json!({}));
        app.advance(chrono::Duration::days(3 * 366));
        let lapsed = client.get(&path(&volunteer)).expect(200);
        assert_eq!((&lapsed["state"], &lapsed["onboarding"]["nextStep"], &lapsed["qualifiedUntil"]),
            (&json!("active"), &json!("course"), &json!("2029-03-27")));
        let renewed = held(&client, &volunteer, &json!({"step": "course", "outcome": "passed"})).expect(200);
        assert_eq!((&renewed["onboarding"]["fulfilled"], &renewed["qualifiedUntil"]), (&json!(true), &json!("2032-03-29")));
    }

    fn hf_2_a_step_not_passed_frees_bookings_and_shifts_from_then_on(app) {
        let client = app.volunteer_coordinator();
        let programme = app.programme_of("HF");
        let (_, coordinator) = app.coordinator();
        let volunteer = app.active_volunteer(&json!({}));
        let kind = app.time_type(&programme, &json!({}));
        let book = coordinator.post("/schedules", &json!({
            "programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Tider"})).expect(201);
        let booking = app.booked(&coordinator, &app.slot(&book, &kind, 24, 1), 1);
        let shift = app.shift(&app.ward(), &json!({}));
        client.post(&shift_path(&shift, "sign-up"), &json!({"volunteerId": volunteer["id"]})).expect(200);
        // What renews the onboarding frees nothing.
        held(&client, &volunteer, &json!({"step": "course", "outcome": "passed"})).expect(200);
        let booking_path = format!("/bookings/{}", booking["id"].as_str().unwrap());
        assert_eq!(coordinator.get(&booking_path).expect(200)["state"], "confirmed");
        let lost = held(&client, &volunteer, &json!({"step": "course", "outcome": "notPassed"})).expect(200);
        assert_eq!((&lost["state"], &lost["qualifiedUntil"]), (&json!("active"), &json!("2026-03-26")));
        let freed = coordinator.get(&booking_path).expect(200);
        assert_eq!((&freed["state"], &freed["cancellationReason"]), (&json!("cancelled"), &json!("supporterUnavailable")));
        assert_eq!(client.get(&shift_path(&shift, "")).expect(200)["signUps"], json!([]));
        let waits = coordinator.get("/waiting-list-entries").expect(200);
        assert_eq!(waits["items"].as_array().unwrap().len(), 1);
    }

    fn hf_1_the_public_sees_what_the_volunteer_allows(app) {
        let ward = app.ward();
        let volunteer = app.active_volunteer(&full(app, &ward));
        let hidden = app.active_volunteer(&json!({}));
        let candidate = app.candidate(&full(app, &ward));
        let site = app.client(&["volunteerProfiles.read"]);
        let profile = json!({
            "volunteerId": volunteer["id"], "programmeId": volunteer["programmeId"], "displayName": "Birgit",
            "presentation": "Jeg fik en ny hjerteklap.", "languages": ["da", "en"], "ageGroup": "60-69",
            "experience": [{"kind": "procedure", "system": "sks", "code": "KFMD"}],
        });
        let of = |one: &Value| format!("/volunteer-profiles/{}", one["id"].as_str().unwrap());
        assert_eq!(site.get(&of(&volunteer)).expect(200), profile);
        assert_eq!(site.get("/volunteer-profiles").expect(200)["items"], json!([profile]));
        site.get(&of(&hidden)).problem(404, "notFound");
        site.get(&of(&candidate)).problem(404, "notFound");
        site.get(&path(&volunteer)).problem(403, "forbidden");
        app.other_organisation().get(&of(&volunteer)).problem(404, "notFound");
    }

    fn hf_1_a_volunteer_sees_and_changes_oneself_only(app) {
        let ward = app.ward();
        let volunteer = app.active_volunteer(&full(app, &ward));
        let other = app.active_volunteer(&json!({}));
        let own = app.as_volunteer(&volunteer);
        let answer = own.get(&path(&volunteer));
        let etag = answer.etag();
        assert_eq!(answer.expect(200)["name"], volunteer["name"]);
        assert_eq!(ids(&own.get("/volunteers").expect(200)), [volunteer["id"].clone()]);
        own.get(&path(&other)).problem(404, "notFound");
        own.get(&format!("{}/onboarding-steps", path(&other))).problem(404, "notFound");
        own.patch(&path(&other), "\"1\"", &json!({"capacityPerWeek": 1})).problem(404, "notFound");
        own.post(&format!("{}/leave", path(&other)), &json!({"reason": "other"})).problem(404, "notFound");

        let changed = own.patch(&path(&volunteer), &etag, &json!({"capacityPerWeek": 1})).expect(200);
        assert_eq!(changed["capacityPerWeek"], 1);
        assert_eq!(own.patch(&path(&volunteer), "*", &json!({
                "name": {"given": "A", "family": "B"}, "subtypes": ["parentSupporter"], "wardIds": []})).field_errors(),
            ["/name", "/subtypes", "/wardIds"].map(|pointer| (pointer.to_owned(), "staffOnly".to_owned())));
        held(&own, &volunteer, &json!({"step": "course", "outcome": "passed"})).problem(403, "forbidden");
        own.post("/volunteers", &app.volunteer_json(&json!({}))).problem(403, "forbidden");
        own.post(&format!("{}/departure", path(&volunteer)), &json!({"reason": "ownWish"})).problem(403, "forbidden");
        own.get("/patients/01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70").problem(403, "forbidden");
        own.post("/matches", &json!({"programmeId": volunteer["programmeId"]})).problem(403, "forbidden");
        // A member of the staff is no volunteer, whatever the token says.
        let (nurse, _) = app.nurse();
        let mut claims = brobygger::platform::access::tokens::Bearer::person(Role::Nurse, app.controller, nurse.uuid());
        claims.roles = vec![Role::Volunteer];
        claims.scopes.push("volunteers.read".to_owned());
        app.bearer(&claims).get("/volunteers").problem(403, "forbidden");
    }

    fn hf_5_a_patient_in_a_conflict_is_known_to_staff_only(app) {
        let client = app.volunteer_coordinator();
        let patient = app.client(&["patients.write"]).post("/patients",
            &json!({"name": {"given": "Anna", "family": "Prøve"}})).expect(201);
        let volunteer = app.candidate(&json!({"conflicts": [
            {"kind": "family", "patientId": patient["id"]}, {"kind": "other", "note": "Naboen."}]}));
        let own = app.as_volunteer(&volunteer);
        let seen = own.get(&path(&volunteer)).expect(200);
        assert_eq!(seen["conflicts"], json!([{"kind": "other", "note": "Naboen."}]));
        assert_eq!(own.patch(&path(&volunteer), "*", &json!({"conflicts": [{"kind": "family", "patientId": patient["id"]}]}))
            .field_errors(), [("/conflicts/0/patientId".to_owned(), "staffOnly".to_owned())]);
        own.patch(&path(&volunteer), "*", &json!({"conflicts": []})).expect(200);
        let kept = client.get(&path(&volunteer)).expect(200);
        assert_eq!(kept["conflicts"], json!([{"kind": "family", "patientId": patient["id"]}, {"kind": "other", "note": "Naboen."}]));
    }

    fn hf_5_what_staff_have_noted_is_not_the_volunteers_to_take_away(app) {
        let client = app.volunteer_coordinator();
        let patient = app.client(&["patients.write"]).post("/patients",
            &json!({"name": {"given": "Anna", "family": "Prøve"}})).expect(201);
        let works = json!({"kind": "employment", "organisationId": app.ward()});
        let secret = json!({"kind": "family", "patientId": patient["id"], "note": "Hendes søster."});
        let (naboen, choir) = (json!({"kind": "other", "note": "Naboen."}), json!({"kind": "friendship", "note": "Koret."}));
        let volunteer = app.candidate(&json!({"conflicts": [works, secret]}));
        let own = app.as_volunteer(&volunteer);
        let set = |by: &Caller, conflicts: Value| by.patch(&path(&volunteer), "*", &json!({"conflicts": conflicts})).expect(200)["conflicts"].clone();
        // She sends back what she has seen and her own beside it; taking away reaches her own only.
        assert_eq!(set(&own, json!([works, naboen])), json!([works, naboen]));
        assert_eq!(set(&own, json!([choir])), json!([works, choir]));
        assert_eq!(client.get(&path(&volunteer)).expect(200)["conflicts"], json!([works, secret, choir]));
        // What staff leave in the list stays noted by whom it was.
        assert_eq!(set(&client, json!([secret, choir])), json!([secret, choir]));
        assert_eq!(set(&own, json!([])), json!([]));
        assert_eq!(client.get(&path(&volunteer)).expect(200)["conflicts"], json!([secret]));
    }

    fn hf_2_volunteers_are_seen_by_their_own(app) {
        let volunteer = app.candidate(&json!({}));
        app.other_organisation().get(&path(&volunteer)).problem(404, "notFound");
        assert_eq!(app.other_organisation().get("/volunteers").expect(200)["items"], json!([]));
        let aps = app.programme()["id"].clone();
        let elsewhere = app.limited_to(&[aps]);
        elsewhere.get(&path(&volunteer)).problem(404, "notFound");
        assert_eq!(elsewhere.get("/volunteers").expect(200)["items"], json!([]));
        let (_, nurse) = app.nurse();
        nurse.get(&path(&volunteer)).problem(403, "forbidden");
    }
}
