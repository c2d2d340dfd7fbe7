//! `/function-descriptions`: documents that a steering group approves (CPS-7).

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use diesel::RunQueryDsl as _;
use serde_json::{Value, json};

use crate::support::meetings::path as of_meeting;

fn path(document: &Value, step: &str) -> String {
    let id = document["id"].as_str().unwrap();
    match step {
        "" => format!("/function-descriptions/{id}"),
        step => format!("/function-descriptions/{id}/{step}"),
    }
}

on_both_engines! {
    fn cps_7_a_description_is_drafted_submitted_approved_and_renewed(app) {
        let group = app.group(&json!({}));
        let other = app.group(&json!({}));
        let document = group.client.post("/function-descriptions", &json!({
            "steeringGroupId": group.id, "kind": "functionDescription", "title": "Brobygger", "text": "Følger op.",
        })).expect(201);
        let read = path(&document, "");
        let changed = group.client.patch(&read, "*", &json!({"text": "Følger op efter udskrivelsen."})).expect(200);
        assert_eq!((&changed["newest"]["state"], changed.get("validNumber")), (&json!("draft"), None));
        other.seated.get(&read).problem(404, "notFound");

        let elsewhere = other.meeting("2026-04-20T11:00:00Z");
        let errors = group.client.post(&path(&document, "submission"), &json!({"meetingId": elsewhere["id"]})).field_errors();
        assert_eq!(errors, [("/meetingId".to_owned(), "otherGroup".to_owned())]);
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let submitted = group.client.post(&path(&document, "submission"), &json!({"meetingId": meeting["id"]})).expect(200);
        let items = group.client.get(&of_meeting(&meeting, "agenda-items")).expect(200);
        assert_eq!(items["items"][0]["text"], "Følger op efter udskrivelsen.");
        assert_eq!(submitted["newest"]["agendaItemId"], items["items"][0]["id"]);
        group.client.patch(&read, "*", &json!({"text": "Nej."})).problem(409, "stateConflict");

        app.until("2026-04-20T12:00:00Z");
        let on = |item: &Value| {
            let path = format!("/agenda-items/{}/decisions", item["id"].as_str().unwrap());
            group.client.post(&path, &json!({"text": "Godkendt."})).expect(201)["id"].clone()
        };
        let another = on(&group.item(&meeting, &json!({})));
        let decide = path(&document, "decision");
        let errors = group.client.post(&decide, &json!({"decisionId": another, "outcome": "approved"})).field_errors();
        assert_eq!(errors, [("/decisionId".to_owned(), "otherItem".to_owned())]);
        let decision = on(&items["items"][0]);
        // A draft of the minutes approves nothing: members would read why only later, or never.
        let outcome = json!({"decisionId": decision, "outcome": "approved"});
        group.client.post(&decide, &outcome).problem(409, "conflict");
        let seen = group.seated.get(&read).expect(200);
        assert_eq!((&seen["newest"]["state"], seen["newest"].get("decisionId")), (&json!("submitted"), None));
        let all = group.client.get(&of_meeting(&meeting, "agenda-items")).expect(200);
        for item in all["items"].as_array().unwrap() {
            group.write(item, "Godkendt.");
        }
        group.attend(&meeting);
        app.until("2026-04-20T13:00:00Z");
        group.step(&meeting, "minutes/sending");
        let approved = group.client.post(&decide, &json!({"decisionId": decision, "outcome": "approved", "validFrom": "2026-05-01"})).expect(200);
        assert_eq!((&approved["newest"]["state"], approved.get("validNumber")), (&json!("approved"), None));
        group.seated.get(&format!("/decisions/{}", approved["newest"]["decisionId"].as_str().unwrap())).expect(200);
        app.until("2026-04-30T22:00:00Z");
        assert_eq!(group.client.get(&read).expect(200)["validNumber"], 1);

        // A new version: the one before stays valid, and stays.
        let renewed = group.client.post(&path(&document, "versions"), &json!({"text": "Følger op inden to dage."})).expect(200);
        assert_eq!((&renewed["newest"]["number"], &renewed["validNumber"]), (&json!(2), &json!(1)));
        let versions = group.seated.get(&path(&document, "versions")).expect(200);
        assert_eq!(versions["items"][1]["text"], "Følger op efter udskrivelsen.");
        for query in [
            "UPDATE function_description_versions SET valid_from = NULL WHERE state = 'approved'",
            "DELETE FROM function_description_versions",
        ] {
            let done = match &mut app.url.connect(Purpose::Write).unwrap() {
                AnyConnection::Postgres(conn) => diesel::sql_query(query).execute(conn),
                AnyConnection::Sqlite(conn) => diesel::sql_query(query).execute(conn),
            };
            assert!(done.unwrap_err().to_string().contains("stays as it is"), "{query}");
        }
    }

    fn cps_7_a_document_whose_meeting_was_cancelled_goes_to_another_one(app) {
        let group = app.group(&json!({}));
        let document = group.client.post("/function-descriptions", &json!({
            "steeringGroupId": group.id, "kind": "functionDescription", "title": "Brobygger", "text": "Følger op.",
        })).expect(201);
        let read = path(&document, "");
        let allowed = |body: &Value| {
            group.client.patch(&read, "*", body).problem(409, "stateConflict")["allowed"].clone()
        };
        let [meeting, next] = ["2026-04-20T11:00:00Z", "2026-05-20T11:00:00Z"].map(|at| group.meeting(at));
        let submit = |meeting: &Value| group.client.post(&path(&document, "submission"), &json!({"meetingId": meeting["id"]}));
        submit(&meeting).expect(200);
        assert_eq!(allowed(&json!({"text": "Nej."})), json!(["decision"]));
        submit(&next).problem(409, "stateConflict");
        group.client.post(&of_meeting(&meeting, "cancellation"), &json!({"reason": "Aflyst."})).expect(200);
        // What is named works, and what is not is refused.
        assert_eq!(allowed(&json!({"text": "Nej."})), json!(["submission"]));
        let decision = json!({"decisionId": document["id"], "outcome": "approved"});
        let refused = group.client.post(&path(&document, "decision"), &decision).problem(409, "stateConflict");
        assert_eq!(refused["allowed"], json!(["submission"]));
        submit(&next).expect(200);
        assert_eq!(allowed(&json!({"text": "Nej."})), json!(["decision"]));
    }
}
