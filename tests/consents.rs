//! `/consents`: given, refused, expired, withdrawn with everything that stood on them.

use brobygger::platform::access::Role;
use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

fn patient(caller: &Caller, number: &str) -> String {
    let patient = caller
        .post(
            "/patients",
            &json!({
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": number}],
                "name": {"given": "Anna", "family": "Prøvesen"},
                "telephones": [{"label": "mobile", "number": "+4532105432"}],
                "municipalityCode": "0370",
            }),
        )
        .expect(201);
    patient["id"].as_str().unwrap().to_owned()
}

fn consent(app: &TestApp, purpose: &str) -> Value {
    json!({
        "programmeId": app.programme()["id"], "purpose": purpose, "form": "written", "givenAt": app.now(),
    })
}

/// The kinds and ids of what ended, in order.
fn ended(consent: &Value) -> Vec<(String, String)> {
    let mut ended: Vec<(String, String)> = consent["withdrawal"]["ended"]
        .as_array()
        .unwrap()
        .iter()
        .map(|end| {
            (
                end["kind"].as_str().unwrap().to_owned(),
                end["id"].as_str().unwrap().to_owned(),
            )
        })
        .collect();
    ended.sort();
    ended
}

fn id(value: &Value) -> String {
    value["id"].as_str().unwrap().to_owned()
}

/// A referral of the patient to the programme, standing on this consent.
fn refer(app: &TestApp, caller: &Caller, patient: &str, consent: &str) -> String {
    id(&caller
        .post(
            "/referrals",
            &json!({
                "programmeId": app.programme()["id"], "channel": "hospital", "sentAt": app.now(),
                "statedProgramme": "Aktiv Patientstøtte", "patientId": patient, "consentId": consent,
                "referrer": {"name": "Dr. Ida Prøve", "organisationName": "Sygehus Nord"},
            }),
        )
        .expect(201))
}

/// Takes the referral on and plans the first conversation.
fn plan_first_call(app: &TestApp, nurse: &Caller, referral: &str) -> String {
    nurse
        .post(&format!("/referrals/{referral}/acceptance"), &json!({}))
        .expect(200);
    id(&nurse
        .post(
            "/call-sessions",
            &json!({"referralId": referral, "plannedAt": app.clock.now() + chrono::Duration::days(3), "plannedMinutes": 30}),
        )
        .expect(201))
}

/// Holds the first conversation, which opens a course and plans the next talk. Answers both.
fn enrol(app: &TestApp, nurse: &Caller, call: &str, patient: &str) -> (String, String) {
    app.advance(chrono::Duration::days(3));
    nurse
        .post(
            &format!("/call-sessions/{call}/attempts"),
            &json!({"numberLabel": "mobile", "outcome": "reached"}),
        )
        .expect(201);
    nurse
        .post(
            &format!("/call-sessions/{call}/completion"),
            &json!({
                "actualMinutes": 30,
                "suitability": {"enrol": {"treatmentResponsible": {"kind": "generalPractitioner", "name": "Lægerne Prøvevej"}}},
                "nextContact": {"plannedAt": app.clock.now() + chrono::Duration::days(7), "plannedMinutes": 30},
            }),
        )
        .expect(200);
    let course = id(&nurse
        .get(&format!("/courses?patientId={patient}"))
        .expect(200)["items"][0]);
    let timeline = nurse
        .get(&format!("/patients/{patient}/timeline?limit=100"))
        .expect(200);
    let next = timeline["items"]
        .as_array()
        .unwrap()
        .iter()
        .find(|entry| entry["kind"] == "callSession.planned")
        .unwrap();
    (course, next["subjectId"].as_str().unwrap().to_owned())
}

on_both_engines! {
    fn a_consent_is_recorded_read_and_withdrawn_once(app) {
        let caller = app.client_with_everything();
        let anna = patient(&caller, "070761-4285");
        let mut new = consent(app, "participation");
        new["takenBy"] = json!("Karen Prøve");
        new["note"] = json!("Ønsker ikke opkald om morgenen.");
        let created = caller.post(&format!("/patients/{anna}/consents"), &new);
        let location = created.header("location").unwrap().to_owned();
        let path = location.strip_prefix("/v1").unwrap();
        assert_eq!(created.etag(), "\"1-active\"");
        let given = created.expect(201);
        assert_eq!((&given["status"], &given["decision"], &given["givenBy"]), (&json!("active"), &json!("given"), &json!({"kind": "patient"})));
        assert_eq!(caller.get(path).expect(200), given);
        app.other_organisation().get(path).problem(404, "notFound");
        app.other_organisation().post(&format!("{path}/withdrawal"), &json!({})).problem(404, "notFound");

        app.advance(chrono::Duration::hours(1));
        let withdrawal = format!("{path}/withdrawal");
        assert_eq!(caller.post(&withdrawal, &json!({"withdrawnAt": "2030-01-01T00:00:00Z"})).field_errors(),
            [("/withdrawnAt".to_owned(), "future".to_owned())]);
        assert_eq!(caller.post(&withdrawal, &json!({"withdrawnAt": "2020-01-01T00:00:00Z"})).field_errors(),
            [("/withdrawnAt".to_owned(), "beforeGiven".to_owned())]);
        let withdrawn = caller.post(&withdrawal, &json!({"withdrawnBy": "controller"}));
        assert_eq!(withdrawn.etag(), "\"2-withdrawn\"");
        let withdrawn = withdrawn.expect(200);
        assert_eq!((&withdrawn["status"], &withdrawn["withdrawal"]["withdrawnBy"]), (&json!("withdrawn"), &json!("controller")));
        assert!(ended(&withdrawn).is_empty());
        assert_eq!(caller.post(&withdrawal, &json!({})).problem(409, "stateConflict")["state"], "withdrawn");
        assert_eq!(caller.get(path).expect(200), withdrawn);
        // Append-only.
        caller.patch(path, "*", &json!({})).problem(405, "methodNotAllowed");
        caller.delete(path, "*").problem(405, "methodNotAllowed");
    }

    fn the_programmes_policy_decides_on_form_and_expiry(app) {
        let caller = app.client_with_everything();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let mut recording = consent(app, "recording");
        recording["form"] = json!("oral");
        assert_eq!(caller.post(&consents, &recording).field_errors(), [("/form".to_owned(), "formNotAccepted".to_owned())]);
        assert_eq!(caller.post(&consents, &consent(app, "volunteerContact")).field_errors(), [("/purpose".to_owned(), "purposeNotUsed".to_owned())]);
        let mut future = consent(app, "referral");
        future["givenAt"] = json!("2026-03-27T09:15:01Z");
        assert_eq!(caller.post(&consents, &future).field_errors(), [("/givenAt".to_owned(), "future".to_owned())]);
        let mut nowhere = consent(app, "referral");
        nowhere["programmeId"] = json!(anna);
        assert_eq!(caller.post(&consents, &nowhere).field_errors(), [("/programmeId".to_owned(), "notFound".to_owned())]);
        let mut sharing = consent(app, "informationSharing");
        sharing["expiresOn"] = json!("2027-03-28");
        assert_eq!(caller.post(&consents, &sharing).field_errors(), [("/expiresOn".to_owned(), "tooLate".to_owned())]);

        let sharing = caller.post(&consents, &consent(app, "informationSharing")).expect(201);
        assert_eq!(sharing["expiresOn"], "2027-03-27");
        app.advance(chrono::Duration::days(364));
        let path = format!("/consents/{}", id(&sharing));
        assert_eq!(caller.get(&path).expect(200)["status"], "active");
        app.advance(chrono::Duration::days(1));
        let expired = caller.get(&path);
        assert_eq!(expired.etag(), "\"1-expired\"");
        assert_eq!(expired.expect(200)["status"], "expired");
    }

    fn a_refusal_is_recorded_and_cannot_be_withdrawn(app) {
        let caller = app.client_with_everything();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let given = caller.post(&consents, &consent(app, "referral")).expect(201);
        app.advance(chrono::Duration::hours(1));
        let mut refusal = consent(app, "referral");
        refusal["decision"] = json!("refused");
        let refused = caller.post(&consents, &refusal).expect(201);
        assert_eq!(refused["status"], "refused");
        assert_eq!(caller.post(&format!("/consents/{}/withdrawal", id(&refused)), &json!({})).problem(409, "stateConflict")["state"], "refused");
        let list = caller.get(&format!("{consents}?purpose=referral")).expect(200);
        assert_eq!(list["items"], json!([refused, given]));
        assert_eq!(caller.get(&format!("{consents}?purpose=quotation")).expect(200)["items"], json!([]));
        let first = caller.get(&format!("{consents}?limit=1")).expect(200);
        let second = caller.get(&format!("{consents}?limit=1&cursor={}", first["nextCursor"].as_str().unwrap())).expect(200);
        assert_eq!(second["items"], json!([given]));
        assert_eq!(second.get("nextCursor"), None);
        // APS-3: the refusal ends what was agreed before it.
        caller.post("/referrals", &json!({
            "programmeId": app.programme()["id"], "channel": "hospital", "sentAt": app.now(),
            "statedProgramme": "Aktiv Patientstøtte", "patientId": anna, "consentId": given["id"],
        })).problem(409, "consentRequired");
    }

    fn a_relative_decides_with_an_authority(app) {
        let caller = app.client_with_everything();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let relatives = format!("/patients/{anna}/relatives");
        let relative = caller.post(&relatives, &json!({"relation": "guardian", "name": {"given": "Ib", "family": "Prøve"}})).expect(201);
        let by = |giver: Value| {
            let mut new = consent(app, "referral");
            new["givenBy"] = giver;
            caller.post(&consents, &new)
        };
        assert_eq!(by(json!({"kind": "relative", "relativeId": relative["id"]})).field_errors(), [("/givenBy/authority".to_owned(), "required".to_owned())]);
        assert_eq!(by(json!({"kind": "relative", "relativeId": anna, "authority": "guardian"})).field_errors(), [("/givenBy/relativeId".to_owned(), "notFound".to_owned())]);
        let given = by(json!({"kind": "relative", "relativeId": relative["id"], "authority": "guardian"})).expect(201);
        caller.delete(&format!("{relatives}/{}", id(&relative)), "*").expect(200);
        assert_eq!(caller.get(&format!("/consents/{}", id(&given))).expect(200)["givenBy"],
            json!({"kind": "relative", "relativeId": relative["id"], "name": "Ib Prøve", "authority": "guardian"}));
    }

    fn a_patient_withdraws_own_consents_only(app) {
        let caller = app.client_with_everything();
        let (anna, eva) = (patient(&caller, "070761-4285"), patient(&caller, "251248-4916"));
        let hers = caller.post(&format!("/patients/{anna}/consents"), &consent(app, "referral")).expect(201);
        let others = caller.post(&format!("/patients/{eva}/consents"), &consent(app, "referral")).expect(201);
        let patient = app.person(Role::Patient, anna.parse().unwrap());
        assert_eq!(patient.get(&format!("/patients/{anna}/consents")).expect(200)["items"], json!([hers]));
        patient.get(&format!("/patients/{eva}/consents")).problem(404, "notFound");
        patient.get(&format!("/consents/{}", id(&others))).problem(404, "notFound");
        patient.post(&format!("/consents/{}/withdrawal", id(&others)), &json!({})).problem(404, "notFound");
        assert_eq!(patient.post(&format!("/consents/{}/withdrawal", id(&hers)), &json!({"withdrawnBy": "controller"})).field_errors(),
            [("/withdrawnBy".to_owned(), "notPatient".to_owned())]);
        let withdrawn = patient.post(&format!("/consents/{}/withdrawal", id(&hers)), &json!({})).expect(200);
        assert_eq!(withdrawn["withdrawal"]["withdrawnBy"], "patient");
    }

    fn aps_3_who_works_for_some_programmes_does_not_decide_for_all(app) {
        let caller = app.client_with_everything();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let limited = app.limited_to(&[app.programme()["id"].clone()]);
        let mut all = consent(app, "participation");
        all.as_object_mut().unwrap().remove("programmeId");
        assert_eq!(limited.post(&consents, &all).field_errors(), [("/programmeId".to_owned(), "required".to_owned())]);
        let mut other = all.clone();
        other["programmeId"] = app.programme_of("HF")["id"].clone();
        assert_eq!(limited.post(&consents, &other).field_errors(), [("/programmeId".to_owned(), "notFound".to_owned())]);
        let mut referral = app.referral_body(1);
        assert_eq!(limited.post("/referrals", &referral).field_errors(), [("/consent/programmeId".to_owned(), "required".to_owned())]);
        referral["consent"]["programmeId"] = referral["programmeId"].clone();
        limited.post("/referrals", &referral).expect(201);
        let own = id(&limited.post(&consents, &consent(app, "participation")).expect(201));
        limited.post(&format!("/consents/{own}/withdrawal"), &json!({})).expect(200);

        let given = id(&caller.post(&consents, &all).expect(201));
        let path = format!("/consents/{given}");
        limited.post(&format!("{path}/withdrawal"), &json!({})).problem(403, "forbidden");
        assert_eq!(limited.get(&path).expect(200)["status"], "active");
        let patient = app.person(Role::Patient, anna.parse().unwrap());
        patient.post(&format!("{path}/withdrawal"), &json!({})).expect(200);
        patient.post(&consents, &all).expect(201);
    }

    fn aps_3_withdrawal_before_the_first_conversation_ends_referral_and_call(app) {
        let caller = app.client_with_everything();
        let (_, nurse) = app.nurse();
        let anna = patient(&caller, "070761-4285");
        let given = id(&caller.post(&format!("/patients/{anna}/consents"), &consent(app, "referral")).expect(201));
        let referral = refer(app, &caller, &anna, &given);
        let call = plan_first_call(app, &nurse, &referral);
        let patient = app.person(Role::Patient, anna.parse().unwrap());
        let withdrawn = patient.post(&format!("/consents/{given}/withdrawal"), &json!({})).expect(200);
        assert_eq!(ended(&withdrawn), [("callSession".to_owned(), call.clone()), ("referral".to_owned(), referral.clone())]);
        assert_eq!(nurse.get(&format!("/referrals/{referral}")).expect(200)["state"], "withdrawn");
        assert_eq!(nurse.get(&format!("/call-sessions/{call}")).expect(200)["state"], "cancelled");
    }

    fn aps_3_withdrawal_during_a_course_closes_it(app) {
        let caller = app.client_with_everything();
        let (_, nurse) = app.nurse();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let given = id(&caller.post(&consents, &consent(app, "referral")).expect(201));
        let referral = refer(app, &caller, &anna, &given);
        let first = plan_first_call(app, &nurse, &referral);
        let (course, next) = enrol(app, &nurse, &first, &anna);
        let withdrawn = caller.post(&format!("/consents/{given}/withdrawal"), &json!({})).expect(200);
        assert_eq!(ended(&withdrawn), [("callSession".to_owned(), next.clone()), ("course".to_owned(), course.clone())]);
        let course = nurse.get(&format!("/courses/{course}")).expect(200);
        assert_eq!((&course["state"], &course["closing"]["reason"]), (&json!("closed"), &json!("consentWithdrawn")), "{course}");
        assert_eq!(nurse.get(&format!("/call-sessions/{next}")).expect(200)["state"], "cancelled");
        assert_eq!(nurse.get(&format!("/call-sessions/{first}")).expect(200)["state"], "completed");
        assert_eq!(nurse.get(&format!("/referrals/{referral}")).expect(200)["state"], "enrolled");
    }

    fn another_participation_consent_keeps_the_course_until_it_is_withdrawn_too(app) {
        let caller = app.client_with_everything();
        let (_, nurse) = app.nurse();
        let anna = patient(&caller, "070761-4285");
        let consents = format!("/patients/{anna}/consents");
        let given = id(&caller.post(&consents, &consent(app, "referral")).expect(201));
        let referral = refer(app, &caller, &anna, &given);
        let first = plan_first_call(app, &nurse, &referral);
        let (course, next) = enrol(app, &nurse, &first, &anna);
        let taking_part = id(&caller.post(&consents, &consent(app, "participation")).expect(201));
        let withdrawn = caller.post(&format!("/consents/{given}/withdrawal"), &json!({})).expect(200);
        assert!(ended(&withdrawn).is_empty(), "{withdrawn}");
        let again = id(&caller.post(&consents, &consent(app, "participation")).expect(201));
        let withdrawn = caller.post(&format!("/consents/{taking_part}/withdrawal"), &json!({})).expect(200);
        assert!(ended(&withdrawn).is_empty(), "{withdrawn}");
        let withdrawn = caller.post(&format!("/consents/{again}/withdrawal"), &json!({})).expect(200);
        assert_eq!(ended(&withdrawn), [("callSession".to_owned(), next), ("course".to_owned(), course.clone())]);
        assert_eq!(nurse.get(&format!("/courses/{course}")).expect(200)["state"], "closed");
        let timeline = caller.get(&format!("/patients/{anna}/timeline?limit=100")).expect(200);
        let kinds: Vec<&str> = timeline["items"].as_array().unwrap().iter().map(|entry| entry["kind"].as_str().unwrap()).collect();
        for kind in ["consent.withdrawn", "course.closed", "callSession.cancelled"] {
            assert!(kinds.contains(&kind), "{kind} in {kinds:?}");
        }
    }
}
