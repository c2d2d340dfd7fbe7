//! Bulk import: files become jobs, rows become records by the API's own rules, nothing is lost or
//! doubled, and every row is answered for.

use std::io::Write as _;

use brobygger::imports;
use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp, contract, tells};

pub const CSV: &str = "text/csv";
pub const NDJSON: &str = "application/x-ndjson";

/// Sends a file.
pub fn send(caller: &Caller, query: &str, media: &str, body: &[u8]) -> Answer {
    let headers = [("content-type", media)];
    caller.raw("POST", &format!("/v1/imports?{query}"), &headers, body)
}

/// Sends a file, has it worked through, and answers the job and its results.
#[track_caller]
pub fn import(
    app: &TestApp,
    caller: &Caller,
    query: &str,
    media: &str,
    body: &str,
) -> (Value, Vec<Value>) {
    let job = send(caller, query, media, body.as_bytes()).expect(202);
    finish(app, caller, &job)
}

#[track_caller]
pub fn finish(app: &TestApp, caller: &Caller, job: &Value) -> (Value, Vec<Value>) {
    imports::work(&app.app, None).unwrap();
    let path = format!("/imports/{}", job["id"].as_str().unwrap());
    let job = caller.get(&path).expect(200);
    (job, results(caller, &path))
}

pub fn results(caller: &Caller, path: &str) -> Vec<Value> {
    let answer = caller.get(&format!("{path}/results"));
    assert_eq!(answer.status, 200);
    let text = answer.text();
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

/// `line outcome code@column` of each result.
pub fn short(results: &[Value]) -> Vec<String> {
    results
        .iter()
        .map(|result| {
            let problems: Vec<String> = result["problems"]
                .as_array()
                .unwrap()
                .iter()
                .map(|problem| {
                    let column = problem["column"].as_str().unwrap_or("-");
                    format!(" {}@{column}", problem["code"].as_str().unwrap())
                })
                .collect();
            let outcome = result["outcome"].as_str().unwrap();
            format!("{} {outcome}{}", result["line"], problems.concat())
        })
        .collect()
}

pub fn importer(app: &TestApp) -> Caller {
    app.client(&["imports.read", "imports.write"])
}

pub fn patients(app: &TestApp) -> usize {
    let all = app.client_with_everything();
    let page = all.get("/patients?limit=100").expect(200);
    page["items"].as_array().unwrap().len()
}

/// What the event log holds of a kind.
pub fn events(app: &TestApp, kind: &str) -> i64 {
    use brobygger::platform::db::schema::events;
    use diesel::prelude::*;
    app.app
        .db
        .read_blocking(|conn| {
            Ok(events::table
                .filter(events::kind.eq(kind.to_owned()))
                .count()
                .get_result::<i64>(conn)?)
        })
        .unwrap()
}

on_both_engines! {
    fn a_file_becomes_patients_and_every_row_is_answered_for(app) {
        let caller = importer(app);
        let file = "\u{feff}cpr;name.given;name.family;telephone;municipalityCode;protected\r\n\
            070761-4285;Anna;Prøvesen;32105432;0370;nej\r\n\
            ;\"Bo\r\nIb\";Prøvesen;32105433;0370;\r\n\
            # en bemærkning;;;;;\r\n\
            070761-0000;Cilla;;12;9999;måske\r\n\
            ;;;;;\r\n\
            251248-4916;Dora;Prøvesen;;;true\r\n";
        let (job, results) = import(app, &caller, "kind=patients", CSV, file);
        assert_eq!(job["state"], "completedWithRejections");
        assert_eq!(job["counts"], json!({"created": 2, "updated": 0, "unchanged": 0, "rejected": 2, "ignored": 2}));
        assert_eq!((&job["rows"], &job["rowsDone"], &job["progress"]), (&json!(6), &json!(6), &json!(100)));
        // A line break inside a name is no name; the row has the line it begins on.
        assert_eq!(short(&results), [
            "2 created",
            "3 rejected invalidFormat@name.given",
            "5 ignored",
            "6 rejected required@name.family wrongType@protected",
            "7 ignored",
            "8 created",
        ]);
        let everything = app.client_with_everything();
        let anna = everything.get(&format!("/patients/{}", results[0]["id"].as_str().unwrap())).expect(200);
        assert_eq!(anna["name"], json!({"given": "Anna", "family": "Prøvesen"}));
        assert_eq!(anna["identifiers"][0]["value"], "0707614285");
        assert_eq!(events(app, "patient.created"), 2);
        assert_eq!((events(app, "import.received"), events(app, "import.completed")), (1, 1));
        // Nothing that was sent comes back.
        let report = format!("{results:?}");
        for sent in ["Anna", "Cilla", "9999", "måske", "070761"] {
            assert!(!tells(&report, sent), "{sent}");
        }
        let csv = caller.get(&format!("/imports/{}/results?format=csv&outcome=rejected", job["id"].as_str().unwrap()));
        assert_eq!(csv.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
        assert_eq!(csv.text().lines().count(), 3, "{}", csv.text());
    }

    fn the_same_file_again_changes_nothing(app) {
        let caller = importer(app);
        let file = "externalId.system,externalId.value,cpr,name.given,name.family,telephones.1.label,telephones.1.number,municipalityCode,allowDuplicate\n\
            https://ehr.example.org,1,070761-4285,Anna,Prøvesen,mobile,+4532105432,0370,\n\
            https://ehr.example.org,2,,Bo,Prøvesen,home,+4532105433,0370,\n\
            ,,,Cilla,Prøvesen,home,+4532105434,0370,\n\
            ,,,Cilla,Prøvesen,work,+4532105434,0370,true\n";
        let (job, _) = import(app, &caller, "kind=patients", CSV, file);
        assert_eq!(job["counts"]["created"], 4, "{job}");
        for mode in ["insert", "upsert"] {
            let (job, results) = import(app, &caller, &format!("kind=patients&mode={mode}"), CSV, file);
            assert_eq!(job["state"], "completed");
            assert_eq!(job["counts"]["unchanged"], 4, "{results:?}");
        }
        assert_eq!(patients(app), 4);
        assert_eq!(events(app, "patient.changed"), 0);
    }

    fn insert_leaves_what_is_there_and_upsert_changes_it(app) {
        let caller = importer(app);
        let row = |name: &str, cpr: &str, external: &str| format!(
            "{{\"name\":{{\"given\":\"{name}\",\"family\":\"Prøvesen\"}},\"identifiers\":[{cpr}]{external}}}\n"
        );
        let cpr = r#"{"system":"urn:oid:1.2.208.176.1.2","value":"070761-4285"}"#;
        let external = r#","externalId":{"system":"https://ehr.example.org","value":"7"}"#;
        let (_, first) = import(app, &caller, "kind=patients", NDJSON, &row("Anna", "", external));
        assert_eq!(short(&first), ["1 created"]);
        let id = first[0]["id"].clone();
        let second = row("Anne", cpr, external);
        let (_, results) = import(app, &caller, "kind=patients", NDJSON, &second);
        assert_eq!(short(&results), ["1 rejected alreadyThere@-"]);
        assert_eq!(results[0]["id"], id);
        let (_, results) = import(app, &caller, "kind=patients&mode=upsert", NDJSON, &second);
        assert_eq!((short(&results), &results[0]["id"]), (vec!["1 updated".to_owned()], &id));
        // Now the number alone finds it.
        let (_, results) = import(app, &caller, "kind=patients&mode=upsert", NDJSON, &row("Anne Marie", cpr, ""));
        assert_eq!((short(&results), &results[0]["id"]), (vec!["1 updated".to_owned()], &id));
        assert_eq!(patients(app), 1);
    }

    fn id_4_without_identifier_candidates_are_reported_and_never_merged(app) {
        let caller = importer(app);
        let head = "name.given,name.family,telephone,municipalityCode,language,allowDuplicate\n";
        let (_, first) = import(app, &caller, "kind=patients", CSV, &format!("{head}Anna,Prøvesen,32105432,0370,da,\n"));
        let other = format!("{head}ANNA,prøvesen,+45 32 10 54 32,0370,sv,\n");
        let (job, results) = import(app, &caller, "kind=patients&mode=upsert", CSV, &other);
        assert_eq!(short(&results), ["2 rejected possibleDuplicate@-"]);
        assert_eq!(results[0]["candidates"], json!([first[0]["id"]]));
        assert_eq!(job["state"], "completedWithRejections");
        let allowed = other.replace(",sv,", ",sv,true");
        let (_, results) = import(app, &caller, "kind=patients", CSV, &allowed);
        assert_eq!(short(&results), ["2 created"]);
        assert_eq!(patients(app), 2);
    }

    fn checking_writes_nothing_and_reports_the_same(app) {
        let caller = importer(app);
        // The last row is the first one again, far behind it: in another transaction.
        let mut file = String::from("cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n");
        for n in 0..900 {
            file.push_str(&format!(",Nr{n},Prøvesen\n"));
        }
        file.push_str("0707614285,Anna,Prøvesen\n070761 4285,Anne,Prøvesen\n,,Prøvesen\n");
        let (job, checked) = import(app, &caller, "kind=patients&validateOnly=true", CSV, &file);
        assert_eq!(job["validateOnly"], true);
        assert_eq!(job["state"], "completedWithRejections");
        assert_eq!((patients(app), events(app, "patient.created")), (0, 0));
        let (_, written) = import(app, &caller, "kind=patients", CSV, &file);
        assert_eq!(short(&checked), short(&written));
        assert_eq!(short(&written)[901..], [
            "903 unchanged", "904 rejected alreadyThere@-", "905 rejected required@name.given",
        ]);
        assert_eq!(written.len(), 904);
    }

    fn checking_names_no_record_that_is_not_there(app) {
        let caller = importer(app);
        let (_, there) = import(app, &caller, "kind=patients", CSV, "cpr,name.given,name.family\n251248-4916,Dora,Prøvesen\n");
        let mut file = String::from("cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n0707614285,Anna,Prøvesen\n251248-4916,Dora,Prøvesen\n");
        for n in 0..300 {
            file.push_str(&format!(",Nr{n},Prøvesen\n"));
        }
        file.push_str("070761 4285,Anna,Prøvesen\n070761 4285,Anne,Prøvesen\n");
        let (job, checked) = import(app, &caller, "kind=patients&validateOnly=true", CSV, &file);
        assert_eq!(short(&checked)[..3], ["2 created", "3 unchanged", "4 unchanged"]);
        assert_eq!(short(&checked)[303..], ["305 unchanged", "306 rejected alreadyThere@-"]);
        let ids: Vec<&Value> = checked.iter().filter_map(|result| result.get("id")).collect();
        assert_eq!(ids, [&there[0]["id"]]);
        // The job that checks is there, and its events; of the rows there is nothing.
        assert_eq!(app.events_of(&job["id"]), ["import.received", "import.completed"]);
        assert_eq!((patients(app), events(app, "patient.created")), (1, 1));
        // Written they have one, and the same for what speaks of the same.
        let (_, written) = import(app, &caller, "kind=patients", CSV, &file);
        assert_eq!((written[0]["id"].is_string(), &written[1]["id"]), (true, &written[303]["id"]));
    }

    fn the_examples_of_the_contract_are_taken(app) {
        let caller = importer(app);
        let body = &contract::document()["paths"]["/imports"]["post"]["requestBody"]["content"];
        let example = |media: &str| body[media]["example"].as_str().unwrap();
        // The same person in both forms.
        let (_, results) = import(app, &caller, "kind=patients", NDJSON, example(NDJSON));
        assert_eq!(short(&results), ["1 created"]);
        let (_, results) = import(app, &caller, "kind=patients", CSV, example(CSV));
        assert_eq!(short(&results), ["2 unchanged"]);
    }

    fn gzip_and_other_forms_are_understood_and_bombs_are_not(app) {
        let caller = importer(app);
        let pack = |plain: &[u8]| {
            let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
            packer.write_all(plain).unwrap();
            packer.finish().unwrap()
        };
        let file = pack("name.given\tname.family\ttelephone\tmunicipalityCode\nAnna\tPrøvesen\t+4532105432\t0370\n".as_bytes());
        let headers = [("content-type", CSV), ("content-encoding", "gzip")];
        let job = caller.raw("POST", "/v1/imports?kind=patients", &headers, &file).expect(202);
        let (_, results) = finish(app, &caller, &job);
        assert_eq!(short(&results), ["2 created"]);
        let torn = &file[..file.len() - 12];
        let answer = caller.raw("POST", "/v1/imports?kind=patients", &headers, torn);
        assert_eq!(answer.problem(400, "invalidFile")["errors"][0]["code"], "notGzip");
        let headers = [("content-type", CSV), ("content-encoding", "br")];
        caller.raw("POST", "/v1/imports?kind=patients", &headers, &file).problem(415, "unsupportedMediaType");
        send(&caller, "kind=patients", "application/json", b"{}").problem(415, "unsupportedMediaType");
    }

    fn what_is_wrong_with_the_file_is_said_at_once_and_nothing_is_kept(app) {
        let caller = importer(app);
        let wrong = |media: &str, body: &[u8]| {
            let problem = send(&caller, "kind=patients", media, body).problem(400, "invalidFile");
            let errors: Vec<String> = problem["errors"].as_array().unwrap().iter()
                .map(|error| format!("{} {}", error["pointer"].as_str().unwrap(), error["code"].as_str().unwrap()))
                .collect();
            assert!(!problem.to_string().contains("Zebrinette"));
            errors
        };
        assert_eq!(wrong(CSV, b""), ["line 1 empty"]);
        assert_eq!(wrong(CSV, b"\n\n"), ["line 1 empty"]);
        assert_eq!(wrong(CSV, b"Zebrinette,Q\nAnna,B\n"), ["line 1 headerMissing"]);
        assert_eq!(wrong(CSV, b"name.given,Zebrinette\n"), ["column 2 unknownColumn", "line 1 missingColumn"]);
        assert_eq!(wrong(CSV, b"name.given,name.family\n\"Anna,Zebrinette\nBo,C\n"), ["line 2 unclosedQuote"]);
        assert_eq!(wrong(CSV, &[0xff, 0xfe, b'n', 0]), ["line 1 notUtf8"]);
        assert_eq!(wrong(CSV, b"name.given,name.f\xe6mily\n"), ["line 1 notUtf8"]);
        assert_eq!(wrong(NDJSON, b"[{\"name\": 1}]"), ["line 1 notNdjson"]);
        let list = caller.get("/imports").expect(200);
        assert_eq!(list["items"], json!([]));
        // A bad row is that row's affair.
        let (_, results) = import(app, &caller, "kind=patients", NDJSON, "{\"a\":\n{\"name\":{\"given\":\"A\",\"given\":\"B\",\"family\":\"C\"}}\n7\n");
        assert_eq!(short(&results), ["1 rejected malformedJson@-", "2 rejected duplicateField@-", "3 rejected wrongType@-"]);
        let job = send(&caller, "kind=patients", CSV, b"name.given,name.family\nA\xe6,B\nA\nA,B,C\n").expect(202);
        let (_, results) = finish(app, &caller, &job);
        assert_eq!(short(&results), ["2 rejected notUtf8@name.given", "3 rejected wrongFieldCount@-", "4 rejected wrongFieldCount@-"]);
    }

    fn aps_3_referrals_go_by_the_rules_of_the_api(app) {
        let programme = app.programme();
        let programme = programme["id"].as_str().unwrap();
        let caller = importer(app);
        let file = format!(
            "programmeId,channel,sentAt,receivedAt,statedProgramme,patient.cpr,patient.name.given,patient.name.family,patient.telephone,patient.municipalityCode,consent.purpose,consent.form,consent.givenAt,criteria.1.code,criteria.1.answer\n\
            {programme},hospital,2026-03-20T09:10:00Z,2026-03-20T10:00:00Z,Aktiv Patientstøtte,070761-4285,Anna,Prøvesen,32105432,0370,referral,oral,2026-03-20T09:00:00Z,chronicDisease,yes\n\
            {programme},hospital,2026-03-20T09:10:00Z,,Aktiv Patientstøtte,251248-4916,Bo,Prøvesen,32105433,0370,referral,oral,2026-03-20T09:30:00Z,chronicDisease,yes\n\
            {programme},hospital,2026-03-20T09:10:00Z,,Noget andet,251248-4916,Bo,Prøvesen,32105433,0370,referral,oral,2026-03-20T09:00:00Z,,\n",
        );
        let (job, results) = import(app, &caller, "kind=referrals", CSV, &file);
        assert_eq!(job["counts"]["created"], 1, "{results:?}");
        let found = short(&results);
        assert_eq!(found[0], "2 created");
        assert!(found[1].starts_with("3 rejected"), "{found:?}");
        assert!(found[2].starts_with("4 rejected") && found[2].ends_with("@statedProgramme"), "{found:?}");
        // Deadline from the day of receipt that the row gives.
        let everything = app.client_with_everything();
        let referral = everything.get(&format!("/referrals/{}", results[0]["id"].as_str().unwrap())).expect(200);
        assert_eq!((&referral["receivedOn"], &referral["dueOn"]), (&json!("2026-03-20"), &json!("2026-04-01")));
        // What was refused left nothing: no patient, no consent.
        assert_eq!(patients(app), 1);
        let (_, results) = import(app, &caller, "kind=referrals", CSV, &file);
        assert_eq!(short(&results)[0], "2 unchanged");
        assert_eq!(events(app, "referral.received"), 1);
    }

    fn every_kind_is_imported_and_once_only(app) {
        let programme = app.programme();
        let programme = programme["id"].as_str().unwrap();
        let caller = importer(app);
        let all = app.client_with_everything();
        let tree = format!(
            "externalId.system,externalId.value,partOf,partOfExternalId.system,partOfExternalId.value,kind,name,identifiers.1.system,identifiers.1.value\n\
            https://sor.example.org,h,{0},,,hospital,Prøve Sygehus,http://cvr.dk,29190658\n\
            https://sor.example.org,a,,https://sor.example.org,h,ward,Afsnit A,,\n\
            ,,,https://sor.example.org,h,ward,Afsnit B,,\n\
            ,,,https://sor.example.org,x,ward,Afsnit C,,\n", app.controller);
        let (_, results) = import(app, &caller, "kind=organisations", CSV, &tree);
        assert_eq!(short(&results), ["2 created", "3 created", "4 created", "5 rejected notFound@partOfExternalId.value"]);
        let hospital = results[0]["id"].as_str().unwrap();
        assert_eq!(all.get(&format!("/organisations/{}", results[2]["id"].as_str().unwrap())).expect(200)["partOf"], hospital);
        let staff = format!("organisationId,name,title,roles\n{hospital},Karen Prøve,Sygeplejerske,nurse|coordinator\n{hospital},Ib Prøve,,patient\n");
        let (_, results) = import(app, &caller, "kind=staff", CSV, &staff);
        assert_eq!(short(&results), ["2 created", "3 rejected unknownValue@roles"]);
        let patient = "cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n";
        import(app, &caller, "kind=patients", CSV, patient);
        let relatives = "patient.cpr,relation,name.given,name.family,telephone,takesPart\n\
            070761-4285,sibling,Bo,Prøvesen,32105433,ja\n251248-4916,sibling,Bo,Prøvesen,,\n";
        let (_, results) = import(app, &caller, "kind=relatives", CSV, relatives);
        assert_eq!(short(&results), ["2 created", "3 rejected notFound@patient.cpr"]);
        let consents = format!("externalId.system,externalId.value,patient.cpr,programmeId,purpose,form,givenAt\n\
            https://ehr.example.org,c1,070761-4285,{programme},referral,oral,2026-03-20T09:00:00Z\n\
            https://ehr.example.org,c1,070761-4285,{programme},participation,oral,2026-03-20T09:00:00Z\n");
        let (_, results) = import(app, &caller, "kind=consents", CSV, &consents);
        assert_eq!(short(&results), ["2 created", "3 rejected alreadyThere@-"]);
        let volunteers = format!("programmeId,name.given,name.family,birthDate,contact.telephone,subtypes,languages,capacityPerWeek,experience.1.kind,experience.1.system,experience.1.code,experience.1.whose\n\
            {programme},Birgit,Prøvesen,1961-07-07,+4532105432,patientSupporter|relativeSupporter,da,3,diagnosis,sks,DI21,own\n");
        let (_, results) = import(app, &caller, "kind=volunteers", CSV, &volunteers);
        assert_eq!(short(&results), ["2 created"]);
        for (kind, file, unchanged) in [
            ("organisations", &tree, 3), ("staff", &staff, 1), ("patients", &patient.to_owned(), 1),
            ("relatives", &relatives.to_owned(), 1), ("consents", &consents, 1), ("volunteers", &volunteers, 1),
        ] {
            for mode in ["insert", "upsert"] {
                let (job, results) = import(app, &caller, &format!("kind={kind}&mode={mode}"), CSV, file);
                assert_eq!(job["counts"]["unchanged"], unchanged, "{kind}: {results:?}");
                assert_eq!(job["counts"]["created"], 0, "{kind}: {results:?}");
            }
        }
        let more = volunteers.replace(",da,3,", ",da|sv,4,");
        let id = results[0]["id"].as_str().unwrap().to_owned();
        let more = more.replacen("programmeId", "id,programmeId", 1).replacen(&format!("\n{programme}"), &format!("\n{id},{programme}"), 1);
        let (_, results) = import(app, &caller, "kind=volunteers&mode=upsert", CSV, &more);
        assert_eq!(short(&results), ["2 updated"], "{results:?}");
        assert_eq!(all.get(&format!("/volunteers/{id}")).expect(200)["capacityPerWeek"], 4);
    }

    fn a_job_is_cancelled_followed_and_of_its_organisation_only(app) {
        let caller = importer(app);
        let job = send(&caller, "kind=patients", CSV, b"name.given,name.family\nA,B\n").expect(202);
        let path = format!("/imports/{}", job["id"].as_str().unwrap());
        assert_eq!(job["state"], "queued");
        let stranger = app.other_organisation();
        stranger.get(&path).problem(404, "notFound");
        stranger.get(&format!("{path}/results")).problem(404, "notFound");
        stranger.post(&format!("{path}/cancellation"), &json!({})).problem(404, "notFound");
        let stopped = caller.send("POST", &format!("{path}/cancellation"), &[], None).expect(200);
        assert_eq!(stopped["state"], "cancelled");
        caller.send("POST", &format!("{path}/cancellation"), &[], None).problem(409, "stateConflict");
        imports::work(&app.app, None).unwrap();
        assert_eq!((patients(app), events(app, "import.cancelled")), (0, 1));
    }

    fn the_same_request_again_is_the_same_job(app) {
        let caller = importer(app);
        let key = [("content-type", CSV), ("idempotency-key", "import-1")];
        let send = |query: &str, body: &str| caller.raw("POST", &format!("/v1/imports?{query}"), &key, body.as_bytes());
        let file = "name.given,name.family\nA,B\n";
        let first = send("kind=patients", file).expect(202);
        let again = send("kind=patients", file);
        assert_eq!(again.header("idempotency-replayed"), Some("true"));
        assert_eq!(again.expect(202)["id"], first["id"]);
        send("kind=patients&mode=upsert", file).problem(422, "idempotencyKeyReused");
        send("kind=patients", "name.given,name.family\nA,C\n").problem(422, "idempotencyKeyReused");
        let list = caller.get("/imports").expect(200);
        assert_eq!(list["items"].as_array().unwrap().len(), 1);
    }

    fn two_imports_of_the_same_people_at_once_make_no_double(app) {
        let caller = importer(app);
        let mut file = String::from("cpr,name.given,name.family,telephone,municipalityCode\n070761-4285,Anna,Prøvesen,,\n");
        for n in 0..60 {
            file.push_str(&format!(",Nr{n},Prøvesen,321054{n:02},0370\n"));
        }
        let beside = app.beside();
        let jobs: Vec<Value> = (0..2).map(|_| send(&caller, "kind=patients", CSV, file.as_bytes()).expect(202)).collect();
        std::thread::scope(|scope| {
            for instance in [app, &beside] {
                scope.spawn(move || imports::work(&instance.app, None).unwrap());
            }
        });
        let mut created = 0;
        let mut unchanged = 0;
        for job in &jobs {
            let job = caller.get(&format!("/imports/{}", job["id"].as_str().unwrap())).expect(200);
            assert_eq!(job["state"], "completed", "{job}");
            created += job["counts"]["created"].as_u64().unwrap();
            unchanged += job["counts"]["unchanged"].as_u64().unwrap();
        }
        assert_eq!((created, unchanged, patients(app)), (61, 61, 61));
    }

    fn audit_rows_are_those_of_whoever_sent_the_file(app) {
        let caller = importer(app);
        let headers = [("content-type", CSV), ("access-purpose", "Move from the old system")];
        let file = "cpr,name.given,name.family\n070761-4285,Anna,Prøvesen\n".as_bytes();
        let answer = caller.raw("POST", "/v1/imports?kind=patients", &headers, file);
        let request = answer.header("request-id").unwrap().to_owned();
        let job = answer.expect(202);
        let (_, results) = finish(app, &caller, &job);
        let patient = results[0]["id"].as_str().unwrap();
        let all = app.client_with_everything();
        let log = all.get(&format!("/patients/{patient}/access-log")).expect(200);
        let entry = log["items"].as_array().unwrap().iter().find(|entry| entry["operation"] == "create_import").unwrap();
        assert_eq!((&entry["requestId"], &entry["purpose"], &entry["outcome"]), (&json!(request), &json!("Move from the old system"), &json!("ok")));
    }

    fn templates_are_filled_in_and_sent(app) {
        let caller = importer(app);
        for kind in imports::ImportKind::ALL {
            let answer = caller.get(&format!("/import-templates/{kind}.csv?separator=semicolon"));
            assert_eq!(answer.header("content-type"), Some("text/csv; charset=utf-8; header=present"));
            let tag = answer.etag();
            let text = answer.text();
            let (_, results) = import(app, &caller, &format!("kind={kind}"), CSV, &text);
            assert_eq!(short(&results), ["2 ignored", "3 ignored"]);
            let again = caller.send("GET", &format!("/import-templates/{kind}.csv?separator=semicolon"), &[("if-none-match", &tag)], None);
            assert_eq!(again.status, 304);
        }
        caller.get("/import-templates/everything.csv").problem(404, "notFound");
    }

    fn a_requester_who_is_no_longer_active_writes_nothing_more(app) {
        use brobygger::platform::access::clients;
        let caller = importer(app);
        let job = send(&caller, "kind=patients", CSV, b"name.given,name.family\nA,B\n").expect(202);
        let now = app.clock.now();
        app.app.db.write_blocking(move |tx| {
            for client in clients::list(tx.conn())? {
                clients::revoke(tx.conn(), client.id, now)?;
            }
            Ok(())
        }).unwrap();
        imports::work(&app.app, None).unwrap();
        let job = imports::follow(&app.app, job["id"].as_str().unwrap().parse().unwrap()).unwrap();
        assert_eq!((job.state, job.failure.as_deref()), (imports::ImportState::Failed, Some("requesterInactive")));
        assert_eq!(patients(app), 0);
    }
}

#[test]
fn a_bomb_is_refused_before_it_is_unpacked() {
    let app = TestApp::sqlite_with(|config| config.import_limit = 3_000_000);
    let caller = importer(&app);
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::best());
    packer.write_all(b"name.given,name.family\n").unwrap();
    for _ in 0..200 {
        packer.write_all(&vec![b'\n'; 1_000_000]).unwrap();
    }
    let bomb = packer.finish().unwrap();
    assert!(bomb.len() < 300_000);
    let headers = [("content-type", CSV), ("content-encoding", "gzip")];
    let problem = caller
        .raw("POST", "/v1/imports?kind=patients", &headers, &bomb)
        .problem(413, "bodyTooLarge");
    assert!(problem["detail"].as_str().unwrap().contains("3000000"));
    let mut rows = b"name.given,name.family\n".to_vec();
    while rows.len() < 3_100_000 {
        rows.extend_from_slice(b"A,B\n");
    }
    send(&caller, "kind=patients", CSV, &rows).problem(413, "bodyTooLarge");
    // What had come in by then is gone.
    assert_eq!(caller.get("/imports").expect(200)["items"], json!([]));
}
