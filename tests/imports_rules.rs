//! What an import does not do: lose what a row says, take somebody for somebody else, show one
//! client another one's, keep what nobody asked for.

use std::io::Write as _;
use std::net::TcpStream;
use std::time::Duration;

use brobygger::platform::db::schema::{import_chunks, import_results, imports as jobs};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::imports::{CSV, NDJSON, events, finish, import, importer, patients, send, short};
use crate::support::TestApp;

fn line(row: &Value) -> String {
    format!("{row}\n")
}

/// A row with one field changed, by pointer.
fn with(row: &Value, pointer: &str, value: Value) -> Value {
    let mut row = row.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match row.pointer_mut(parent).unwrap() {
        Value::Object(fields) => fields.insert(name.to_owned(), value),
        other => panic!("{other}"),
    };
    row
}

fn stored_pieces(app: &TestApp) -> i64 {
    app.app
        .db
        .read_blocking(|conn| Ok(import_chunks::table.count().get_result(conn)?))
        .unwrap()
}

fn stored_results(app: &TestApp) -> i64 {
    app.app
        .db
        .read_blocking(|conn| Ok(import_results::table.count().get_result(conn)?))
        .unwrap()
}

/// Begins to send a file of more than one piece, and stops in the middle.
fn half_a_file(app: &TestApp, token: &str) -> TcpStream {
    let mut stream = TcpStream::connect(app.base.strip_prefix("http://").unwrap()).unwrap();
    let mut body = String::from("name.given,name.family\n");
    for n in 0..40_000 {
        body.push_str(&format!("Nr{n},Prøvesen\n"));
    }
    write!(
        stream,
        "POST /v1/imports?kind=patients HTTP/1.1\r\nhost: localhost\r\nauthorization: Bearer {token}\r\ncontent-type: text/csv\r\ncontent-length: {}\r\n\r\n{body}",
        body.len() * 2
    )
    .unwrap();
    stream
}

fn eventually(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..500 {
        if is_so() {
            return;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("{what}");
}

on_both_engines! {
    fn aps_4_a_referral_row_that_says_something_else_is_rejected(app) {
        let programme = app.programme()["id"].clone();
        let caller = importer(app);
        let row = json!({
            "programmeId": programme, "channel": "hospital",
            "sentAt": "2026-03-20T09:10:00Z", "receivedAt": "2026-03-20T10:00:00Z",
            "statedProgramme": "Aktiv Patientstøtte",
            "patient": {
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}],
                "name": {"given": "Anna", "family": "Prøvesen"},
                "telephones": [{"label": "mobile", "number": "32105432"}],
                "municipalityCode": "0370",
            },
            "consent": {"purpose": "referral", "form": "oral", "givenAt": "2026-03-20T09:00:00Z", "takenBy": "Ida Prøve"},
            "referrer": {"name": "Dr. Ida Prøve", "telephone": "32 10 54 33"},
            "criteria": [{"code": "chronicDisease", "answer": "yes"}],
            "reason": "Flere indlæggelser.",
        });
        let (_, first) = import(app, &caller, "kind=referrals", NDJSON, &line(&row));
        assert_eq!(short(&first), ["1 created"]);
        // The same again, less of it, and an answer that says nothing.
        let mut same = line(&row);
        for name in ["receivedAt", "referrer", "reason", "criteria"] {
            let mut less = row.clone();
            less.as_object_mut().unwrap().remove(name);
            same.push_str(&line(&less));
        }
        same.push_str(&line(&with(&row, "/criteria", json!([{"code": "chronicDisease", "answer": "unknown"}]))));
        same.push_str(&line(&with(&row, "/id", first[0]["id"].clone())));
        let (job, results) = import(app, &caller, "kind=referrals", NDJSON, &same);
        assert_eq!((&job["state"], &job["counts"]["unchanged"]), (&json!("completed"), &json!(7)), "{results:?}");
        let others = [
            ("/receivedAt", json!("2026-03-23T10:00:00Z")),
            ("/reason", json!("Noget andet.")),
            ("/referrer/name", json!("Dr. Bo Prøve")),
            ("/referrer/telephone", json!("32105499")),
            ("/criteria", json!([{"code": "chronicDisease", "answer": "no"}])),
            ("/consent/takenBy", json!("Bo Prøve")),
            ("/consent/givenAt", json!("2026-03-20T08:00:00Z")),
        ];
        for mode in ["insert", "upsert"] {
            let mut file: String = others.iter().map(|(pointer, value)| line(&with(&row, pointer, value.clone()))).collect();
            let mut other_consent = row.clone();
            other_consent.as_object_mut().unwrap().remove("consent");
            file.push_str(&line(&with(&other_consent, "/consentId", first[0]["id"].clone())));
            file.push_str(&line(&with(&with(&row, "/id", first[0]["id"].clone()), "/receivedAt", json!("2026-03-23T10:00:00Z"))));
            let (job, results) = import(app, &caller, &format!("kind=referrals&mode={mode}"), NDJSON, &file);
            assert_eq!(job["state"], "completedWithRejections");
            let wanted: Vec<String> = (1..=9).map(|line| format!("{line} rejected alreadyThere@-")).collect();
            assert_eq!(short(&results), wanted);
            assert!(results.iter().all(|result| result["id"] == first[0]["id"]));
        }
        assert_eq!((events(app, "referral.received"), events(app, "consent.given")), (1, events(app, "consent.given")));
    }

    fn consents_are_never_changed_and_a_row_that_says_something_else_says_so(app) {
        let programme = app.programme()["id"].clone();
        let caller = importer(app);
        import(app, &caller, "kind=patients", CSV, "cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n");
        let row = json!({
            "patient": {"identifier": {"system": "urn:oid:1.2.208.176.1.2", "value": "070761-4285"}},
            "programmeId": programme, "purpose": "participation", "form": "oral",
            "givenAt": "2026-03-20T09:00:00Z", "takenBy": "Ida Prøve", "note": "Givet i telefonen.",
            "givenBy": {"kind": "relative", "name": "Bo Prøvesen", "authority": "powerOfAttorney"},
        });
        let (_, first) = import(app, &caller, "kind=consents", NDJSON, &line(&row));
        assert_eq!(short(&first), ["1 created"]);
        let (_, again) = import(app, &caller, "kind=consents", NDJSON, &line(&row));
        assert_eq!(short(&again), ["1 unchanged"]);
        let mut file = String::new();
        for (pointer, value) in [
            ("/takenBy", json!("Bo Prøve")), ("/note", json!("Andet.")), ("/expiresOn", json!("2026-06-01")),
            ("/legalBasis", json!("Sundhedsloven § 43")), ("/givenBy/name", json!("Ib Prøvesen")),
        ] {
            file.push_str(&line(&with(&row, pointer, value)));
        }
        let (_, results) = import(app, &caller, "kind=consents&mode=upsert", NDJSON, &file);
        assert_eq!(results.len(), 5);
        assert!(results.iter().all(|result| result["problems"][0]["code"] == "alreadyThere"), "{results:?}");
    }

    fn id_4_a_referral_hangs_on_nobody_who_is_known_by_name_only(app) {
        let programme = app.programme()["id"].clone();
        let programme = programme.as_str().unwrap();
        let caller = importer(app);
        let (_, known) = import(app, &caller, "kind=patients", CSV, "name.given,name.family,telephone,municipalityCode\nAnna,Prøvesen,32105432,0370\n");
        let head = "programmeId,channel,sentAt,patient.name.given,patient.name.family,patient.telephone,patient.municipalityCode,patient.language,patient.allowDuplicate,patientId,consent.purpose,consent.form,consent.givenAt\n";
        let row = |patient: &str| format!("{head}{programme},municipality,2026-03-20T09:10:00Z,{patient},referral,oral,2026-03-20T09:00:00Z\n");
        let (_, results) = import(app, &caller, "kind=referrals", CSV, &row("ANNA,Prøvesen,+4532105432,0370,sv,,"));
        assert_eq!(short(&results), ["2 rejected possibleDuplicate@-"]);
        assert_eq!(results[0]["candidates"], json!([known[0]["id"]]));
        assert_eq!((events(app, "referral.received"), events(app, "patient.changed")), (0, 0));
        // Somebody has decided: that one, or somebody else.
        let (_, results) = import(app, &caller, "kind=referrals", CSV, &row(&format!(",,,,,,{}", known[0]["id"].as_str().unwrap())));
        assert_eq!(short(&results), ["2 created"]);
        let other = row("Anna,Prøvesen,32105432,0370,,true,").replace("09:10", "09:11");
        let (_, results) = import(app, &caller, "kind=referrals", CSV, &other);
        assert_eq!(short(&results), ["2 created"]);
        assert_eq!(patients(app), 2);
        // Who was made by a row is found by it again.
        for file in [&other, &row("Anna,Prøvesen,32105432,0370,,,")] {
            let (_, results) = import(app, &caller, "kind=referrals", CSV, file);
            assert_eq!(short(&results), ["2 unchanged"]);
        }
        assert_eq!(events(app, "referral.received"), 2);
        // Somebody else of that name, whom another system knows, was referred at the same moment.
        let ids = "patient.externalId.system,patient.externalId.value,";
        let elsewhere = format!("{ids}{}", other.replacen(&format!("\n{programme}"), &format!("\nhttps://a.example,2,{programme}"), 1));
        let (_, third) = import(app, &caller, "kind=referrals", CSV, &elsewhere);
        assert_eq!(short(&third), ["2 created"]);
        let (_, again) = import(app, &caller, "kind=referrals", CSV, &elsewhere);
        assert_eq!((short(&again), &again[0]["id"]), (vec!["2 unchanged".to_owned()], &third[0]["id"]));
        assert_eq!(patients(app), 3);
    }

    fn two_systems_keep_their_ids_of_one_patient(app) {
        let caller = importer(app);
        let row = |system: &str, value: &str, cpr: &str| format!(
            "externalId.system,externalId.value,cpr,name.given,name.family,telephone,municipalityCode\nhttps://{system}.example,{value},{cpr},Anna,Prøvesen,32105432,0370\n"
        );
        let (a, b) = (row("a", "1", "070761-4285"), row("b", "9", "070761-4285"));
        let query = "kind=patients&mode=upsert";
        let (_, first) = import(app, &caller, query, CSV, &a);
        assert_eq!(short(&first), ["2 created"]);
        // A new id is a change: it is not made where nothing is to be changed, and told where it is.
        let (_, results) = import(app, &caller, "kind=patients", CSV, &b);
        assert_eq!(short(&results), ["2 rejected alreadyThere@-"]);
        let (_, results) = import(app, &caller, query, CSV, &b);
        assert_eq!((short(&results), &results[0]["id"]), (vec!["2 updated".to_owned()], &first[0]["id"]));
        assert_eq!(events(app, "patient.changed"), 1);
        for file in [&b, &a, &b, &row("a", "1", ""), &row("b", "9", "")] {
            let (_, results) = import(app, &caller, query, CSV, file);
            assert_eq!((short(&results), &results[0]["id"]), (vec!["2 unchanged".to_owned()], &first[0]["id"]));
        }
        // One system's id is not replaced by another one of its own, neither the shown nor the noted.
        for file in [row("a", "2", "070761-4285"), row("b", "8", "070761-4285")] {
            let (_, results) = import(app, &caller, query, CSV, &file);
            assert_eq!(results[0]["problems"][0]["code"], "otherExternalId", "{results:?}");
            assert_eq!(results[0]["id"], first[0]["id"]);
        }
        let all = app.client_with_everything();
        let path = format!("/patients/{}", first[0]["id"].as_str().unwrap());
        let shown = |record: &Value| {
            let shown = record.get("externalId").filter(|shown| !shown.is_null())?;
            Some(format!("{}/{}", shown["system"].as_str().unwrap(), shown["value"].as_str().unwrap()))
        };
        let anna = all.get(&path).expect(200);
        assert_eq!((shown(&anna).as_deref(), &anna["version"]), (Some("https://a.example/1"), &json!(2)));
        assert_eq!((patients(app), events(app, "patient.changed")), (1, 1));
        // Somebody puts another id in the place of a wrong one: the same system's only.
        let give = |external: Value| shown(&all.patch(&path, "*", &json!({"externalId": external})).expect(200));
        let id = |system: &str, value: &str| json!({"system": format!("https://{system}.example"), "value": value});
        assert_eq!(give(id("b", "8")).as_deref(), Some("https://b.example/8"));
        for (file, known) in [(row("a", "1", ""), true), (row("b", "8", ""), true), (row("b", "9", ""), false)] {
            let (_, results) = import(app, &caller, "kind=patients&validateOnly=true", CSV, &file);
            let wanted = if known { "2 unchanged" } else { "2 rejected possibleDuplicate@-" };
            assert_eq!(short(&results), [wanted]);
        }
        // The id is free for the one whose it is.
        let (_, bo) = import(app, &caller, query, CSV, &row("b", "9", "251248-4916").replace("Anna", "Bo"));
        assert_eq!(short(&bo), ["2 created"]);
        all.patch(&path, "*", &json!({"externalId": id("b", "9")})).problem(409, "duplicatePatient");
        // What is taken away shows what else is known; one that is known is only shown.
        assert_eq!(give(Value::Null).as_deref(), Some("https://a.example/1"));
        assert_eq!(give(id("c", "5")).as_deref(), Some("https://c.example/5"));
        assert_eq!(give(id("a", "1")).as_deref(), Some("https://a.example/1"));
        assert_eq!(give(Value::Null).as_deref(), Some("https://c.example/5"));
        assert_eq!(give(Value::Null), None);
    }

    fn id_4_whom_a_system_tells_apart_are_not_taken_for_one(app) {
        let caller = importer(app);
        let row = |system: &str, value: &str, allow: &str| format!(
            "externalId.system,externalId.value,name.given,name.family,telephone,municipalityCode,allowDuplicate\n{system},{value},Anna,Prøvesen,32105432,0370,{allow}\n"
        );
        let (_, first) = import(app, &caller, "kind=patients", CSV, &row("https://a.example", "1", ""));
        assert_eq!(short(&first), ["2 created"]);
        for mode in ["insert", "upsert"] {
            let query = format!("kind=patients&mode={mode}");
            for file in [row("https://a.example", "2", ""), row("https://b.example", "9", "")] {
                let (_, results) = import(app, &caller, &query, CSV, &file);
                assert_eq!(short(&results), ["2 rejected possibleDuplicate@-"]);
                assert_eq!(results[0]["candidates"], json!([first[0]["id"]]));
            }
            let (_, results) = import(app, &caller, &query, CSV, &row("", "", ""));
            assert_eq!((short(&results), &results[0]["id"]), (vec!["2 unchanged".to_owned()], &first[0]["id"]));
        }
        let (_, second) = import(app, &caller, "kind=patients", CSV, &row("https://a.example", "2", "true"));
        assert_eq!(short(&second), ["2 created"]);
        for (value, of) in [("1", &first), ("2", &second)] {
            let (_, results) = import(app, &caller, "kind=patients", CSV, &row("https://a.example", value, ""));
            assert_eq!((short(&results), &results[0]["id"]), (vec!["2 unchanged".to_owned()], &of[0]["id"]));
        }
    }

    fn namesakes_with_ids_of_one_system_are_not_taken_for_one(app) {
        let caller = importer(app);
        let programme = app.programme()["id"].clone();
        let programme = programme.as_str().unwrap();
        import(app, &caller, "kind=patients", CSV, "cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n");
        let kinds = [
            ("staff", "organisationId,name,roles".to_owned(), format!("{},Karen Prøve,nurse", app.controller)),
            ("volunteers", "programmeId,name.given,name.family,birthDate,contact.telephone,subtypes,languages,capacityPerWeek".to_owned(),
                format!("{programme},Birgit,Prøvesen,1961-07-07,+4532105432,patientSupporter,da,3")),
            ("relatives", "patient.cpr,relation,name.given,name.family".to_owned(), "070761-4285,sibling,Bo,Prøvesen".to_owned()),
        ];
        for (kind, head, row) in kinds {
            let send = |query: &str, system: &str, value: &str| {
                let file = format!("externalId.system,externalId.value,{head}\n{system},{value},{row}\n");
                import(app, &caller, &format!("kind={kind}{query}"), CSV, &file).1
            };
            let first = send("", "", "");
            assert_eq!(short(&first), ["2 created"], "{kind}");
            let same = |results: Vec<Value>| {
                assert_eq!((short(&results), &results[0]["id"]), (vec!["2 unchanged".to_owned()], &first[0]["id"]), "{kind}");
            };
            same(send("", "https://hr.example", "1"));
            let other = send("&mode=upsert", "https://hr.example", "2");
            assert_eq!(short(&other), ["2 rejected possibleDuplicate@-"], "{kind}");
            assert_eq!(other[0]["candidates"], json!([first[0]["id"]]), "{kind}");
            same(send("", "https://hr.example", "1"));
            same(send("", "https://pay.example", "7"));
        }
    }

    fn checking_knows_which_ids_earlier_rows_have_noted(app) {
        let caller = importer(app);
        import(app, &caller, "kind=staff", CSV, &format!("organisationId,name,roles\n{},Karen Prøve,nurse\n", app.controller));
        let mut file = String::from("externalId.system,externalId.value,organisationId,name,roles\n");
        file.push_str(&format!("https://hr.example,1,{},Karen Prøve,nurse\n", app.controller));
        for n in 0..100 {
            file.push_str(&format!(",,{},Nr {n},nurse\n", app.controller));
        }
        file.push_str(&format!("https://hr.example,2,{},Karen Prøve,nurse\n", app.controller));
        let (checked, results) = import(app, &caller, "kind=staff&validateOnly=true", CSV, &file);
        assert_eq!(short(&results)[101], "103 rejected possibleDuplicate@-");
        let (written, _) = import(app, &caller, "kind=staff", CSV, &file);
        assert_eq!(checked["counts"], written["counts"]);
    }

    fn an_empty_field_before_a_hash_makes_no_comment(app) {
        let caller = importer(app);
        let table = "cpr\tname.given\tname.family\ttelephone\tmunicipalityCode\n\t#12\tPrøvesen\t32105432\t0370\n #1\tA\tB\t\t\n";
        let (job, results) = import(app, &caller, "kind=patients", CSV, table);
        assert_eq!(short(&results), ["2 created", "3 ignored"]);
        assert_eq!(job["state"], "completed");
    }

    fn what_is_left_of_a_file_goes_little_by_little_after_the_end(app) {
        let caller = importer(app);
        let mut file = String::from("name.given,name.family,telephone,municipalityCode\n");
        for n in 0..200 {
            file.push_str(&format!("Nr{n},Prøvesen,+4532{n:06},0370\n"));
        }
        let job = send(&caller, "kind=patients&validateOnly=true", CSV, file.as_bytes()).expect(202);
        let stopped = send(&caller, "kind=patients", CSV, file.as_bytes()).expect(202);
        let path = format!("/imports/{}/cancellation", stopped["id"].as_str().unwrap());
        assert_eq!(caller.send("POST", &path, &[], None).expect(200)["state"], "cancelled");
        assert!(stored_pieces(app) > 0);
        assert_eq!(finish(app, &caller, &job).0["counts"]["created"], 200);
        let keys: i64 = app.app.db.read_blocking(|conn| {
            use brobygger::platform::db::schema::import_keys;
            Ok(import_keys::table.count().get_result(conn)?)
        }).unwrap();
        assert_eq!((stored_pieces(app), keys, patients(app)), (0, 0, 0));
    }

    fn a_client_of_one_programme_sees_and_stops_its_own_imports_only(app) {
        let programme = app.programme()["id"].clone();
        let limited = app.client_of_programme(&programme, &["imports.read", "imports.write"]);
        let other = importer(app);
        let file = b"name.given,name.family\nA,B\n";
        let theirs = send(&other, "kind=patients", CSV, file).expect(202);
        let own = send(&limited, "kind=patients", CSV, file).expect(202);
        let path = |job: &Value| format!("/imports/{}", job["id"].as_str().unwrap());
        limited.get(&path(&theirs)).problem(404, "notFound");
        limited.get(&format!("{}/results", path(&theirs))).problem(404, "notFound");
        limited.send("POST", &format!("{}/cancellation", path(&theirs)), &[], None).problem(404, "notFound");
        let list = limited.get("/imports").expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
        assert_eq!(list["items"][0]["id"], own["id"]);
        assert_eq!(other.get("/imports").expect(200)["items"].as_array().unwrap().len(), 2);
        let stopped = limited.send("POST", &format!("{}/cancellation", path(&own)), &[], None).expect(200);
        assert_eq!(stopped["state"], "cancelled");
    }

    fn an_upload_is_stopped_at_once_and_one_that_is_cut_off_leaves_nothing(app) {
        let caller = importer(app);
        let token = caller.token.clone().unwrap();
        let stream = half_a_file(app, &token);
        eventually("pieces come in", || stored_pieces(app) > 5);
        let job = caller.get("/imports").expect(200)["items"][0].clone();
        assert_eq!(job["state"], "receiving");
        let path = format!("/imports/{}", job["id"].as_str().unwrap());
        let stopped = caller.send("POST", &format!("{path}/cancellation"), &[], None).expect(200);
        assert_eq!(stopped["state"], "cancelled");
        // What came in goes when somebody works on imports.
        brobygger::imports::work(&app.app, None).unwrap();
        assert_eq!(stored_pieces(app), 0);
        drop(stream);
        // The end of the connection takes nothing away of what was decided.
        std::thread::sleep(Duration::from_millis(300));
        assert_eq!(caller.get(&path).expect(200)["state"], "cancelled");
        let stream = half_a_file(app, &token);
        eventually("pieces come in", || stored_pieces(app) > 5);
        drop(stream);
        // The pieces go first, the job last.
        let jobs = || caller.get("/imports").expect(200)["items"].as_array().unwrap().len();
        eventually("what came in goes", || jobs() == 1);
        assert_eq!(stored_pieces(app), 0);
        assert_eq!(patients(app), 0);
    }

    fn results_are_kept_for_a_stated_time(app) {
        let caller = importer(app);
        let (job, _) = import(app, &caller, "kind=patients", CSV, "cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n");
        let until: chrono::DateTime<chrono::Utc> = job["resultsUntil"].as_str().unwrap().parse().unwrap();
        assert_eq!((until - app.clock.now().utc()).num_days(), 90);
        assert_eq!(brobygger::upkeep::run(&app.app).unwrap().of("import.resultsRemoved"), 0);
        app.advance(chrono::Duration::days(90) + chrono::Duration::seconds(1));
        let caller = importer(app);
        let path = format!("/imports/{}", job["id"].as_str().unwrap());
        caller.get(&format!("{path}/results")).problem(404, "notFound");
        assert_eq!(stored_results(app), 1);
        assert_eq!(brobygger::upkeep::run(&app.app).unwrap().of("import.resultsRemoved"), 1);
        assert_eq!(stored_results(app), 0);
        assert_eq!(brobygger::upkeep::run(&app.app).unwrap().of("import.resultsRemoved"), 0);
        // What became of it is known for ever.
        assert_eq!(caller.get(&path).expect(200)["counts"], job["counts"]);
    }

    fn id_6_names_of_unknown_fields_are_not_repeated_and_quoted_hashes_are_data(app) {
        let caller = importer(app);
        let file = "{\"name\":{\"given\":\"A\",\"family\":\"B\",\"SECRETKEY-070761-4285\":1},\"SECRETKEY-070761-4285\":1,\"Zebrinette\":2}\n\
            {\"name\":{\"given\":\"A\",\"family\":\"B\"},\"SECRETKEY-070761-4285\":1,\"SECRETKEY-070761-4285\":2}\n";
        let (_, results) = import(app, &caller, "kind=patients", NDJSON, file);
        let said = format!("{results:?}");
        assert!(!said.contains("SECRET") && !said.contains("Zebrinette"), "{said}");
        let mut pointers: Vec<&str> = results[0]["problems"].as_array().unwrap().iter()
            .map(|problem| { assert_eq!(problem["code"], "unknownField"); problem["pointer"].as_str().unwrap() })
            .collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["", "/name"]);
        assert_eq!(results[1]["problems"][0]["code"], "duplicateField");
        let twice = "{\"name\":{\"given\":\"A\",\"given\":\"C\",\"family\":\"B\"},\"Zebrinette\":1,\"Zebrinette\":2}\n";
        let (_, results) = import(app, &caller, "kind=patients", NDJSON, twice);
        let mut pointers: Vec<&str> = results[0]["problems"].as_array().unwrap().iter()
            .map(|problem| problem["pointer"].as_str().unwrap())
            .collect();
        pointers.sort_unstable();
        assert_eq!(pointers, ["/name/given", "/…"]);
        let table = "name.given,name.family,telephone,municipalityCode\n\"#1\",Prøvesen,32105432,0370\n #1,Prøvesen,32105432,0370\n";
        let (_, results) = import(app, &caller, "kind=patients&validateOnly=true", CSV, table);
        assert_eq!(short(&results), ["2 created", "3 ignored"]);
    }

    fn a_file_without_rows_is_taken(app) {
        let caller = importer(app);
        for (media, file) in [(NDJSON, ""), (NDJSON, "\n\n"), (CSV, "name.given,name.family\r\n")] {
            let (job, results) = import(app, &caller, "kind=patients", media, file);
            assert_eq!((&job["state"], &job["rows"]), (&json!("completed"), &json!(0)));
            assert!(results.is_empty());
        }
    }

    fn many_equal_rows_are_checked_as_fast_as_others(app) {
        let caller = importer(app);
        let mut file = String::from("name.given,name.family,telephone,municipalityCode\n");
        for _ in 0..500 {
            file.push_str("Anna,Prøvesen,32105432,0370\n");
        }
        let (job, _) = import(app, &caller, "kind=patients&validateOnly=true", CSV, &file);
        assert_eq!((&job["counts"]["created"], &job["counts"]["unchanged"]), (&json!(1), &json!(499)));
    }
}

#[test]
fn a_packed_file_is_stored_little_by_little_and_has_so_many_rows_at_most() {
    let app = TestApp::sqlite_with(|config| config.import_rows = 50_000);
    let caller = importer(&app);
    let pack = |rows: usize| {
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
        packer.write_all(b"name.given,name.family\n").unwrap();
        packer.write_all("x\n".repeat(rows).as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let headers = [("content-type", CSV), ("content-encoding", "gzip")];
    let refused = caller.raw("POST", "/v1/imports?kind=patients", &headers, &pack(50_001));
    let problem = refused.problem(413, "bodyTooLarge");
    assert!(problem["detail"].as_str().unwrap().contains("50000 rows"));
    assert_eq!(stored_pieces(&app), 0);
    assert_eq!(caller.get("/imports").expect(200)["items"], json!([]));
    let job = caller
        .raw("POST", "/v1/imports?kind=patients", &headers, &pack(50_000))
        .expect(202);
    assert_eq!(job["rows"], 50_000);
    assert_eq!(stored_pieces(&app), 50);
    let path = format!("/imports/{}/cancellation", job["id"].as_str().unwrap());
    caller.send("POST", &path, &[], None).expect(200);
    let count: i64 = app
        .app
        .db
        .read_blocking(|conn| Ok(jobs::table.count().get_result(conn)?))
        .unwrap();
    assert_eq!(count, 1);
    let done = finish(&app, &caller, &job).0;
    assert_eq!(done["state"], "cancelled");
}
