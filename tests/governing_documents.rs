//! `/governing-documents`: versions of which one is valid (HAL-6).

use brobygger::platform::db::connection::Purpose;
use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::governance::path;

fn content(text: &str) -> Value {
    json!({"title": "Medverkan", "text": text, "mainAuthor": "Eva Prov", "editor": "Nils Prov",
        "appliesTo": "Alla förvaltningar", "keywords": ["medverkan"]})
}

fn document(app: &TestApp) -> Value {
    let body = json!({"programmeId": app.programme_of("HAL")["id"], "kind": "routine", "content": content("Först.")});
    app.secretariat()
        .post("/governing-documents", &body)
        .expect(201)
}

fn approve(app: &TestApp, document: &Value, version: &str) -> crate::support::Answer {
    let place = format!(
        "{}/versions/{version}/approval",
        path("governing-documents", document)
    );
    app.secretariat()
        .post(&place, &json!({"approver": "Direktören"}))
}

on_both_engines! {
    fn hal_6_there_is_always_exactly_one_valid_version(app) {
        let client = app.secretariat();
        let made = document(app);
        assert_eq!((&made["state"], &made["validVersion"]), (&json!("draft"), &Value::Null));
        let place = path("governing-documents", &made);
        let versions = format!("{place}/versions");
        client.post(&format!("{place}/withdrawal"), &json!({"decidedBy": "x"})).problem(409, "stateConflict");
        // One draft at a time.
        client.post(&versions, &json!({"content": content("Två.")})).problem(409, "conflict");
        let first = made["draftVersionId"].as_str().unwrap().to_owned();
        let valid = approve(app, &made, &first).expect(200);
        assert_eq!((&valid["state"], &valid["approver"], &valid["number"]), (&json!("valid"), &json!("Direktören"), &json!(1)));
        let first_at = app.now();
        app.advance(chrono::Duration::days(30));
        // A correction is a new version; the valid one stays until it is approved.
        let second = client.post(&versions, &json!({"content": content("Rättad.")})).expect(201);
        let now = client.get(&place).expect(200);
        assert_eq!((&now["validVersion"]["id"], &now["draftVersionId"]), (&valid["id"], &second["id"]));
        approve(app, &made, second["id"].as_str().unwrap()).expect(200);
        approve(app, &made, second["id"].as_str().unwrap()).problem(409, "stateConflict");
        let all = client.get(&versions).expect(200)["items"].clone();
        let states: Vec<&Value> = all.as_array().unwrap().iter().map(|one| &one["state"]).collect();
        assert_eq!(states, ["superseded", "valid"]);
        // Without a gap, and nothing of the first one is lost or changed.
        assert_eq!(all[0]["validTo"], all[1]["validFrom"]);
        assert_eq!((&all[0]["content"], &all[0]["digest"]), (&valid["content"], &valid["digest"]));
        let then = client.get(&format!("{versions}?validAt={first_at}")).expect(200)["items"].clone();
        assert_eq!((then.as_array().unwrap().len(), &then[0]["number"]), (1, &json!(1)));
        let today = client.get(&format!("{versions}?validAt={}", app.now())).expect(200)["items"].clone();
        assert_eq!((today.as_array().unwrap().len(), &today[0]["number"]), (1, &json!(2)));
        let changed = format!("{versions}/{first}");
        client.patch(&changed, "*", &json!({"text": "Annat."})).problem(409, "stateConflict");
        let withdrawn = client.post(&format!("{place}/withdrawal"), &json!({"decidedBy": "Direktören"})).expect(200);
        assert_eq!((&withdrawn["state"], &withdrawn["validVersion"]), (&json!("withdrawn"), &Value::Null));
        client.post(&versions, &json!({"content": content("Tre.")})).problem(409, "stateConflict");
        assert_eq!(client.get(&versions).expect(200)["items"].as_array().unwrap().len(), 2);
        app.other_organisation().get(&versions).problem(404, "notFound");
    }

    fn hal_6_a_draft_is_changed_and_two_at_once_do_not_win(app) {
        let client = app.secretariat();
        let made = document(app);
        let place = format!("{}/versions/{}", path("governing-documents", &made), made["draftVersionId"].as_str().unwrap());
        let etag = client.get(&place).etag();
        let changed = client.patch(&place, &etag, &json!({"title": "Närstående", "reviewOn": "2026-05-01"})).expect(200);
        assert_eq!((&changed["content"]["title"], &changed["content"]["text"]), (&json!("Närstående"), &json!("Först.")));
        client.patch(&place, &etag, &json!({"title": "Annat"})).problem(412, "staleVersion");
        approve(app, &made, made["draftVersionId"].as_str().unwrap()).expect(200);
        let now = client.get(&path("governing-documents", &made)).expect(200);
        assert_eq!(now["title"], "Närstående");
        let due = client.get("/worklists/governance?kind=documentReview").expect(200)["items"].clone();
        assert_eq!((&due[0]["id"], &due[0]["dueOn"]), (&made["id"], &json!("2026-05-01")));
        // Another document's version is not found below this one.
        let other = document(app);
        let wrong = format!("{}/versions/{}", path("governing-documents", &other), made["draftVersionId"].as_str().unwrap());
        client.get(&wrong).problem(404, "notFound");
    }

    fn hal_6_the_database_keeps_what_was_approved(app) {
        let made = document(app);
        approve(app, &made, made["draftVersionId"].as_str().unwrap()).expect(200);
        let mut conn = app.url.connect(Purpose::Write).unwrap();
        for statement in [
            "UPDATE governing_document_versions SET content = '{}'",
            "UPDATE governing_document_versions SET number = 7",
            "UPDATE governing_document_versions SET approver = 'Somebody else'",
            "UPDATE governing_document_versions SET state = 'draft'",
            "DELETE FROM governing_document_versions",
        ] {
            let refused = conn.batch_execute(statement).unwrap_err().to_string();
            assert!(refused.contains("neither changed nor deleted"), "{statement}: {refused}");
        }
    }

    fn hal_6_whatever_is_tried_nothing_approved_is_lost_or_changed(app) {
        let client = app.secretariat();
        let made = document(app);
        let versions = format!("{}/versions", path("governing-documents", &made));
        let mut approved: Vec<Value> = Vec::new();
        let mut random = 20_260_327_u64;
        let mut below = |limit: usize| {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            usize::try_from(random >> 33).unwrap() % limit
        };
        for step in 0..60 {
            let all = client.get(&versions).expect(200)["items"].as_array().unwrap().clone();
            // Nothing is lost, and nothing that was approved has changed.
            for known in &approved {
                let now = all.iter().find(|one| one["id"] == known["id"]).expect("it is still there");
                for field in ["number", "content", "digest", "approver", "validFrom"] {
                    assert_eq!(now[field], known[field], "{field} in step {step}");
                }
            }
            // Exactly one is valid from the first approval on, and each was until the next began.
            let valid = all.iter().filter(|one| one["state"] == "valid").count();
            assert_eq!(valid, usize::from(!approved.is_empty()), "step {step}");
            for pair in approved.windows(2) {
                let before = all.iter().find(|one| one["id"] == pair[0]["id"]).unwrap();
                assert_eq!(before["validTo"], pair[1]["validFrom"], "step {step}");
            }
            let one = all[below(all.len())]["id"].as_str().unwrap().to_owned();
            let place = format!("{versions}/{one}");
            match below(4) {
                0 => { let _tried = client.post(&versions, &json!({"content": content(&format!("Text {step}."))})).status; }
                1 => { let _tried = client.patch(&place, "*", &json!({"text": format!("Ändrad {step}.")})).status; }
                2 => app.advance(chrono::Duration::hours(5)),
                _ => {
                    let answer = approve(app, &made, &one);
                    if answer.status == 200 {
                        approved.push(answer.json());
                    }
                }
            }
        }
        assert!(approved.len() > 2, "{}", approved.len());
    }

    fn hal_6_a_document_is_another_one_with_a_draft(app) {
        let client = app.secretariat();
        let (made, other) = (document(app), document(app));
        approve(app, &made, made["draftVersionId"].as_str().unwrap()).expect(200);
        let place = path("governing-documents", &made);
        let etag = client.get(&place).etag();
        let draft = client.post(&format!("{place}/versions"), &json!({"content": content("Andra.")})).expect(201);
        let now = client.get(&place);
        assert_ne!(now.etag(), etag);
        let now = now.expect(200);
        assert_eq!((&now["draftVersionId"], &now["validVersion"]["number"]), (&draft["id"], &json!(1)));
        // In the list each has its own.
        assert_eq!(client.get("/governing-documents").expect(200)["items"], json!([now, other]));
        // Nobody writes on a document that was withdrawn.
        let gone = client.post(&format!("{place}/withdrawal"), &json!({"decidedBy": "Direktören"})).expect(200);
        assert_eq!(gone["draftVersionId"], Value::Null);
    }

    fn hal_6_a_draft_is_withdrawn_with_its_document(app) {
        let client = app.secretariat();
        let made = document(app);
        approve(app, &made, made["draftVersionId"].as_str().unwrap()).expect(200);
        let place = path("governing-documents", &made);
        let versions = format!("{place}/versions");
        let draft = client.post(&versions, &json!({"content": content("Andra.")})).expect(201);
        client.post(&format!("{place}/withdrawal"), &json!({"decidedBy": "Direktören"})).expect(200);
        let all = client.get(&versions).expect(200)["items"].clone();
        assert_eq!((&all[0]["state"], &all[1]["state"]), (&json!("withdrawn"), &json!("withdrawn")));
        // It was never valid, and is another one than somebody has read.
        assert_eq!((all[1].get("validFrom"), all[1].get("approver"), &all[1]["version"]), (None, None, &json!(2)));
        assert_eq!(client.get(&format!("{versions}?state=draft")).expect(200)["items"], json!([]));
        let draft = draft["id"].as_str().unwrap();
        client.patch(&format!("{versions}/{draft}"), "*", &json!({"text": "Annat."})).problem(409, "stateConflict");
        approve(app, &made, draft).problem(409, "stateConflict");
    }

    fn hal_6_the_events_of_a_document_and_of_its_versions_lead_to_them(app) {
        let client = app.secretariat();
        let made = document(app);
        let place = path("governing-documents", &made);
        let first = made["draftVersionId"].as_str().unwrap().to_owned();
        client.patch(&format!("{place}/versions/{first}"), "*", &json!({"title": "Närstående"})).expect(200);
        approve(app, &made, &first).expect(200);
        let second = client.post(&format!("{place}/versions"), &json!({"content": content("Två.")})).expect(201);
        client.post(&format!("{place}/withdrawal"), &json!({"decidedBy": "Direktören"})).expect(200);
        // As many as the document has had versions: its title, its state, its draft, its end.
        let changed = "governingDocument.changed";
        assert_eq!(app.events_of(&made["id"]), ["governingDocument.created", changed, changed, changed, "governingDocument.withdrawn"]);
        assert_eq!(client.get(&place).expect(200)["version"], 5);
        // The event of a version names the version and nothing else.
        assert_eq!(app.events_of(&second["id"]), ["governingDocumentVersion.drafted"]);
        let alone = path("governing-document-versions", &second);
        let (read, below) = (client.get(&alone), client.get(&format!("{place}/versions/{}", second["id"].as_str().unwrap())));
        assert_eq!((read.etag(), read.expect(200)), (below.etag(), below.expect(200)));
        app.other_organisation().get(&alone).problem(404, "notFound");
        let elsewhere = app.programme_of("HF")["id"].clone();
        app.client_of_programme(&elsewhere, &["governingDocuments.read"]).get(&alone).problem(404, "notFound");
    }
}
