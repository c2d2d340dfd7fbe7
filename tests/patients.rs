//! `/patients`: registering, finding, changing, protection. All persons are synthetic.

use brobygger::platform::access::tokens::Bearer;
use brobygger::platform::access::{ActorKind, Role};
use serde_json::{Value, json};

use crate::support::{Caller, TestApp, tells};

const CPR: &str = "urn:oid:1.2.208.176.1.2";
const D_ECPR: &str = "urn:oid:1.2.208.176.1.6.1.3";
const PERSONNUMMER: &str = "http://electronichealth.se/identifier/personnummer";

/// A system that may do everything with patients, but sees nothing that is protected.
fn ehr(app: &TestApp) -> Caller {
    app.client(&[
        "patients.read",
        "patients.write",
        "patients.merge",
        "accessLog.read",
    ])
}

/// A nurse who may see what is protected.
fn trusted_nurse(app: &TestApp) -> Caller {
    let (id, _) = app.nurse();
    app.bearer(&Bearer {
        kind: ActorKind::Person,
        id: id.uuid(),
        organisation: app.controller,
        roles: vec![Role::Nurse],
        programmes: None,
        sees_protected: true,
        scopes: vec!["patients.read".to_owned(), "patients.write".to_owned()],
    })
}

fn anna() -> Value {
    json!({
        "identifiers": [{"system": CPR, "value": "070761-4285"}],
        "name": {"given": "Anna", "family": "Prøvesen"},
        "telephones": [{"label": "mobile", "number": "32 10 54 32"}],
        "address": {"lines": ["Prøvevej 1"], "postalCode": "4700", "city": "Næstved", "country": "DK"},
        "municipalityCode": "0370",
        "language": "da",
    })
}

/// A person without identity number.
fn bo() -> Value {
    json!({
        "name": {"given": "Bo", "family": "Åkjær"},
        "telephones": [{"label": "home", "number": "+4532105433"}],
        "municipalityCode": "0370",
    })
}

fn place(id: &Value) -> String {
    format!("/patients/{}", id.as_str().unwrap())
}

fn found(caller: &Caller, search: &Value) -> Vec<Value> {
    let answer = caller.post("/patients/search", search).expect(200);
    answer["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|patient| patient["id"].clone())
        .collect()
}

on_both_engines! {
    fn id_1_a_patient_is_registered_read_and_found(app) {
        let ehr = ehr(app);
        let created = ehr.post("/patients", &anna());
        let (etag, location) = (created.etag(), created.header("location").unwrap().to_owned());
        let patient = created.expect(201);
        assert_eq!(patient["identifiers"], json!([{"system": CPR, "value": "0707614285", "warnings": []}]));
        assert_eq!(patient["birthDate"], "1961-07-07");
        assert_eq!(patient["telephones"], json!([{"label": "mobile", "number": "+4532105432"}]));
        assert_eq!((&patient["protected"], &patient["masked"]), (&json!(false), &json!(false)));
        let path = location.strip_prefix("/v1").unwrap();
        let read = ehr.get(path);
        assert_eq!(read.etag(), etag);
        assert_eq!(read.expect(200), patient);
        assert_eq!(ehr.send("GET", path, &[("if-none-match", &etag)], None).status, 304);
        for search in [
            json!({"identifier": {"system": CPR, "value": "070761 4285"}}),
            json!({"name": {"given": " ANNA", "family": "PRØVESEN "}, "birthDate": "1961-07-07"}),
            json!({"telephone": "0045 32105432"}),
        ] {
            assert_eq!(found(&ehr, &search), [patient["id"].clone()], "{search}");
        }
        assert!(found(&ehr, &json!({"telephone": "32105499"})).is_empty());

        let other = app.other_organisation();
        other.get(path).problem(404, "notFound");
        other.patch(path, &etag, &json!({"language": "sv"})).problem(404, "notFound");
        assert!(found(&other, &json!({"telephone": "+4532105432"})).is_empty());
        // The same person in another controller is another record.
        other.post("/patients", &anna()).expect(201);
    }

    fn id_1_a_failed_modulus_11_is_a_warning(app) {
        let mut odd = anna();
        odd["identifiers"][0]["value"] = json!("070761-4286");
        let patient = ehr(app).post("/patients", &odd).expect(201);
        assert_eq!(patient["identifiers"][0]["warnings"], json!(["modulus11"]));
    }

    fn id_6_everything_wrong_is_named_and_nothing_is_echoed(app) {
        let mut wrong = anna();
        wrong["identifiers"] = json!([{"system": CPR, "value": "320161-4285"}, {"system": PERSONNUMMER, "value": "19900222-2398"}]);
        wrong["telephones"][0]["number"] = json!("1813");
        let answer = ehr(app).post("/patients", &wrong);
        let text = answer.text();
        assert_eq!(answer.field_errors(), [
            ("/identifiers/0/value".to_owned(), "identifierDateDoesNotExist".to_owned()),
            ("/identifiers/1/value".to_owned(), "identifierCheckDigit".to_owned()),
            ("/telephones/0/number".to_owned(), "phoneShortNumber".to_owned()),
        ]);
        for secret in ["320161", "19900222", "1813", "Anna"] {
            assert!(!tells(&text, secret), "{text}");
        }
        let mut wrong = anna();
        wrong["birthDate"] = json!("1961-07-08");
        assert_eq!(ehr(app).post("/patients", &wrong).field_errors(), [("/birthDate".to_owned(), "birthDateDisagrees".to_owned())]);
        for search in [json!({}), json!({"telephone": "32105432", "identifier": {"system": CPR, "value": "0707614285"}}), json!({"name": {"given": "Anna", "family": "Prøvesen"}})] {
            assert_eq!(ehr(app).post("/patients/search", &search).field_errors().len(), 1);
        }
    }

    fn a_date_of_birth_is_one_that_somebody_alive_can_have(app) {
        let ehr = ehr(app);
        let born = |date: &str| {
            let mut body = bo();
            body["birthDate"] = json!(date);
            ehr.post("/patients", &body)
        };
        let refused = |code: &str| [("/birthDate".to_owned(), code.to_owned())];
        for (date, code) in [
            ("0000-01-01", "tooLongAgo"), ("1026-01-01", "tooLongAgo"), ("1896-03-26", "tooLongAgo"), ("2026-03-28", "future"),
        ] {
            assert_eq!(born(date).field_errors(), refused(code), "{date}");
        }
        let patient = born("1896-03-27").expect(201);
        assert_eq!(patient["birthDate"], "1896-03-27");
        assert_eq!(ehr.patch(&place(&patient["id"]), "*", &json!({"birthDate": "1026-01-01"})).field_errors(), refused("tooLongAgo"));
    }

    fn id_2_a_replacement_number_gets_a_real_one_and_stays_searchable(app) {
        let ehr = ehr(app);
        let created = ehr.post("/patients", &json!({
            "identifiers": [{"system": D_ECPR, "value": "010160-0AB1"}], "name": {"given": "Anna", "family": "Prøvesen"},
        }));
        let etag = created.etag();
        let patient = created.expect(201);
        let path = place(&patient["id"]);
        let real = json!({"system": CPR, "value": "0707614285"});
        assert_eq!(ehr.patch(&path, &etag, &json!({"identifiers": [real]})).field_errors(),
            [("/identifiers".to_owned(), "replacementNumberMissing".to_owned())]);
        let both = json!({"identifiers": [{"system": D_ECPR, "value": "0101600AB1"}, real]});
        let changed = ehr.patch(&path, &etag, &both).expect(200);
        assert_eq!(changed["birthDate"], "1961-07-07");
        assert_eq!(changed["version"], 2);
        for identifier in both["identifiers"].as_array().unwrap() {
            assert_eq!(found(&ehr, &json!({"identifier": identifier})), [patient["id"].clone()]);
        }
        ehr.patch(&path, &etag, &both).problem(412, "staleVersion");
        // What is taken away is no longer found, what is cleared is gone.
        let changed = ehr.patch(&path, "*", &json!({"telephones": [{"label": "home", "number": "+4532105434"}], "language": "sv"})).expect(200);
        assert_eq!(changed["language"], "sv");
        let changed = ehr.patch(&path, "*", &json!({"telephones": [], "language": null})).expect(200);
        assert_eq!(changed.get("language"), None);
        assert!(found(&ehr, &json!({"telephone": "+4532105434"})).is_empty());
    }

    fn id_2_an_identity_number_belongs_to_one_record(app) {
        let ehr = ehr(app);
        let patient = ehr.post("/patients", &anna()).expect(201);
        let problem = ehr.post("/patients", &anna()).problem(409, "duplicatePatient");
        assert!(problem["detail"].as_str().unwrap().contains(patient["id"].as_str().unwrap()));
        let created = ehr.post("/patients", &bo());
        let etag = created.etag();
        let bo = created.expect(201);
        ehr.patch(&place(&bo["id"]), &etag, &json!({"identifiers": anna()["identifiers"]})).problem(409, "duplicatePatient");
    }

    fn id_3_a_swedish_person_is_registered(app) {
        let patient = ehr(app).post("/patients", &json!({
            "identifiers": [{"system": PERSONNUMMER, "value": "900222-2397"}],
            "name": {"given": "Åsa", "family": "Prov"},
            "telephones": [{"label": "mobile", "number": "070-123 45 67"}],
        })).expect(201);
        assert_eq!(patient["identifiers"][0]["value"], "199002222397");
        assert_eq!(patient["telephones"][0]["number"], "+46701234567");
        assert_eq!(patient["birthDate"], "1990-02-22");
    }

    fn id_4_without_number_name_telephone_and_municipality_find_duplicates(app) {
        let ehr = ehr(app);
        ehr.post("/patients", &bo()).expect(201);
        let mut again = bo();
        again["name"] = json!({"given": "BO", "family": "A\u{30a}kjær"});
        again["telephones"][0]["number"] = json!("32 10 54 33");
        ehr.post("/patients", &again).problem(409, "duplicatePatient");
        again["allowDuplicate"] = json!(true);
        ehr.post("/patients", &again).expect(201);
        let mut elsewhere = bo();
        elsewhere["municipalityCode"] = json!("0360");
        ehr.post("/patients", &elsewhere).expect(201);
        assert_eq!(found(&ehr, &json!({"telephone": "+4532105433"})).len(), 3);
    }

    fn id_4_the_same_person_sent_twice_at_once_is_one(app) {
        for body in [anna(), bo()] {
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let callers: Vec<_> = (0..4).map(|_| {
                    let (caller, body) = (ehr(app), body.clone());
                    scope.spawn(move || caller.post("/patients", &body).status)
                }).collect();
                callers.into_iter().map(|caller| caller.join().unwrap()).collect()
            });
            assert_eq!(statuses.iter().filter(|status| **status == 201).count(), 1, "{statuses:?}");
            assert_eq!(statuses.iter().filter(|status| **status == 409).count(), 3, "{statuses:?}");
        }
        assert_eq!(found(&ehr(app), &json!({"telephone": "+4532105432"})).len(), 1);
        assert_eq!(found(&ehr(app), &json!({"telephone": "+4532105433"})).len(), 1);
    }

    fn id_5_a_protected_person_is_masked(app) {
        let (ehr, nurse) = (ehr(app), trusted_nurse(app));
        let mut protected = anna();
        protected["protected"] = json!(true);
        let created = ehr.post("/patients", &protected);
        assert_eq!(created.etag(), "\"1-masked\"");
        let masked = created.expect(201);
        let path = place(&masked["id"]);
        let relative = json!({"relation": "sibling", "name": {"given": "Bo", "family": "Prøvesen"}, "note": "Bor hos Anna.",
            "telephones": [{"label": "mobile", "number": "+4532105439"}]});
        let relative = ehr.post(&format!("{path}/relatives"), &relative).expect(201);

        let secrets = ["Anna", "Prøvesen", "32105432", "32105439", "Prøvevej", "4700", "Næstved", "0370", "Bor hos"];
        let one = format!("{path}/relatives/{}", relative["id"].as_str().unwrap());
        for answer in [
            ehr.get(&path), ehr.get("/patients"), ehr.get(&format!("{path}/relatives")), ehr.get(&one),
            ehr.post("/patients/search", &json!({"identifier": {"system": CPR, "value": "0707614285"}})),
            ehr.get(&format!("{path}/timeline")), ehr.get(&format!("{path}/access-log")),
        ] {
            assert_eq!(answer.status, 200, "{}", answer.request);
            for secret in secrets {
                assert!(!answer.tells(secret), "{secret} in {}: {}", answer.request, answer.text());
            }
        }
        assert_eq!(masked["telephones"][0]["number"], "+45******32");
        assert_eq!(ehr.get("/patients?municipalityCode=0370").expect(200)["items"], json!([]));
        for change in [json!({"protected": false}), json!({"address": null}), json!({"telephones": []})] {
            ehr.patch(&path, "*", &change).problem(403, "forbidden");
        }
        ehr.patch(&one, "*", &json!({"telephones": []})).problem(403, "forbidden");
        ehr.delete(&one, "*").problem(403, "forbidden");

        let full = nurse.get(&path);
        assert_eq!(full.etag(), "\"1\"");
        let full = full.expect(200);
        assert_eq!((&full["name"]["given"], &full["masked"]), (&json!("Anna"), &json!(false)));
        assert_eq!(nurse.get("/patients?municipalityCode=0370").expect(200)["items"], json!([full]));
        // The masked form's ETag names the version as well.
        ehr.patch(&path, "\"1-masked\"", &json!({"language": "sv"})).expect(200);
        nurse.delete(&one, "*").expect(200);
    }

    fn id_5_a_referral_adds_nothing_to_whom_the_referrer_may_not_see(app) {
        let (client, nurse) = (app.client_with_everything(), trusted_nurse(app));
        let refer = |n: u32, given: &str| {
            let mut body = app.referral_body(n);
            body["patient"]["name"]["given"] = json!(given);
            body["patient"]["telephones"][0]["number"] = json!("+4532990099");
            body["patient"]["address"] = json!({"lines": ["Anden Vej 2"], "postalCode": "4700", "city": "Næstved", "country": "DK"});
            body["patient"]["identifiers"].as_array_mut().unwrap().push(json!({"system": D_ECPR, "value": format!("070761-0AB{n}")}));
            client.post("/referrals", &body).expect(201)["patientId"].clone()
        };
        let register = |n: u32, protected: bool| {
            let mut person = app.referral_body(n)["patient"].clone();
            person["protected"] = json!(protected);
            client.post("/patients", &person).expect(201)["id"].clone()
        };
        let id = register(1, true);
        let before = nurse.get(&place(&id)).expect(200);
        assert_eq!(refer(1, "Anna"), id);
        assert_eq!(nurse.get(&place(&id)).expect(200), before);

        // Nobody vouches for the telephone and the address of another name.
        let id = register(2, false);
        assert_eq!(refer(2, "Eva"), id);
        let after = nurse.get(&place(&id)).expect(200);
        assert_eq!((&after["name"]["given"], &after["telephones"]), (&json!("Anna"), &json!([{"label": "mobile", "number": "+4532000002"}])));
        assert_eq!((after.get("address"), after["identifiers"].as_array().unwrap().len()), (None, 2));

        let id = register(3, false);
        assert_eq!(refer(3, " ANNA"), id);
        let after = nurse.get(&place(&id)).expect(200);
        assert_eq!((after["telephones"].as_array().unwrap().len(), &after["address"]["city"]), (2, &json!("Næstved")));
    }

    fn id_5_guessing_does_not_find_a_protected_person(app) {
        let (ehr, nurse) = (ehr(app), trusted_nurse(app));
        let mut protected = bo();
        protected["protected"] = json!(true);
        protected["birthDate"] = json!("1961-07-07");
        let id = ehr.post("/patients", &protected).expect(201)["id"].clone();
        let mut numbered = anna();
        numbered["protected"] = json!(true);
        let anna = ehr.post("/patients", &numbered).expect(201)["id"].clone();
        for search in [json!({"telephone": "+4532105433"}), json!({"name": {"given": "Bo", "family": "Åkjær"}, "birthDate": "1961-07-07"})] {
            assert!(found(&ehr, &search).is_empty(), "{search}");
            assert_eq!(json!(found(&nurse, &search)), json!([id]), "{search}");
        }
        assert_eq!(found(&ehr, &json!({"identifier": {"system": CPR, "value": "070761-4285"}})), [anna]);
        nurse.post("/patients", &bo()).problem(409, "duplicatePatient");
        ehr.post("/patients", &bo()).expect(201);
        // What is not protected is found as ever.
        ehr.post("/patients", &bo()).problem(409, "duplicatePatient");
    }

    fn lists_go_by_id_or_by_change(app) {
        let ehr = ehr(app);
        let mut ids = Vec::new();
        for number in 0..5 {
            app.advance(chrono::Duration::minutes(1));
            let mut patient = bo();
            patient["telephones"][0]["number"] = json!(format!("+453210540{number}"));
            ids.push(ehr.post("/patients", &patient).expect(201)["id"].clone());
        }
        let walk = |query: &str| {
            let mut seen = Vec::new();
            let mut path = format!("/patients?limit=2{query}");
            loop {
                let page = ehr.get(&path).expect(200);
                seen.extend(page["items"].as_array().unwrap().iter().map(|item| item["id"].clone()));
                match page["nextCursor"].as_str() {
                    Some(cursor) => path = format!("/patients?limit=2{query}&cursor={cursor}"),
                    None => return seen,
                }
            }
        };
        assert_eq!(walk(""), ids);
        assert_eq!(walk("&municipalityCode=0370"), ids);
        assert!(walk("&municipalityCode=0360").is_empty());
        app.advance(chrono::Duration::minutes(1));
        let since = app.now();
        ehr.patch(&place(&ids[1]), "*", &json!({"language": "da"})).expect(200);
        ehr.patch(&place(&ids[0]), "*", &json!({"language": "da"})).expect(200);
        let changed = walk(&format!("&updatedSince={since}"));
        assert_eq!(changed.len(), 2);
        assert!(changed.contains(&ids[0]) && changed.contains(&ids[1]));
        assert_eq!(walk("&updatedSince=2026-01-01T00:00:00Z").len(), 5);
    }

    fn relatives_come_change_and_go(app) {
        let ehr = ehr(app);
        let patient = ehr.post("/patients", &anna()).expect(201);
        let other = ehr.post("/patients", &bo()).expect(201);
        let list = format!("{}/relatives", place(&patient["id"]));
        let created = ehr.post(&list, &json!({
            "relation": "spouseOrPartner", "name": {"given": "Ib", "family": "Prøvesen"}, "takesPart": true,
            "telephones": [{"label": "mobile", "number": "32105435"}],
        }));
        let (etag, location) = (created.etag(), created.header("location").unwrap().to_owned());
        let relative = created.expect(201);
        let path = location.strip_prefix("/v1").unwrap();
        assert_eq!(relative["telephones"][0]["number"], "+4532105435");
        assert_eq!(ehr.get(path).expect(200), relative);
        assert_eq!(ehr.get(&list).expect(200)["items"], json!([relative]));
        let astray = format!("{}/relatives/{}", place(&other["id"]), relative["id"].as_str().unwrap());
        ehr.get(&astray).problem(404, "notFound");
        app.other_organisation().get(path).problem(404, "notFound");
        let changed = ehr.patch(path, &etag, &json!({"takesPart": false, "note": "Ring efter kl. 16."})).expect(200);
        assert_eq!((&changed["takesPart"], &changed["version"]), (&json!(false), &json!(2)));
        ehr.delete(path, &etag).problem(412, "staleVersion");
        ehr.delete(path, "\"2\"").expect(200);
        ehr.get(path).problem(404, "notFound");
        assert_eq!(ehr.post(&list, &json!({"relation": "friend", "name": {"given": "Ib", "family": "Prøvesen"},
            "telephones": [{"label": "home", "number": "112"}]})).field_errors(),
            [("/telephones/0/number".to_owned(), "phoneShortNumber".to_owned())]);
    }

    fn a_patient_sees_own_data_only(app) {
        let ehr = ehr(app);
        let mut own = anna();
        own["protected"] = json!(true);
        let own = ehr.post("/patients", &own).expect(201);
        let other = ehr.post("/patients", &bo()).expect(201);
        let patient = app.person(Role::Patient, own["id"].as_str().unwrap().parse().unwrap());
        assert_eq!(patient.get(&place(&own["id"])).expect(200)["name"]["given"], "Anna");
        for part in ["access-log", "timeline", "relatives"] {
            patient.get(&format!("{}/{part}", place(&own["id"]))).expect(200);
            patient.get(&format!("{}/{part}", place(&other["id"]))).problem(404, "notFound");
        }
        patient.get(&place(&other["id"])).problem(404, "notFound");
        assert_eq!(patient.get("/patients").expect(200)["items"].as_array().unwrap().len(), 1);
        assert!(found(&patient, &json!({"telephone": "+4532105433"})).is_empty());
        patient.patch(&place(&own["id"]), "*", &json!({"language": "sv"})).problem(403, "forbidden");
    }
}
