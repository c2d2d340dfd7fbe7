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
}
