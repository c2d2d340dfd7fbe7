//! `/staff`.

use brobygger::platform::access::Role;
use serde_json::{Value, json};

const EVERYTHING: &[&str] = &["staff.read", "staff.write"];

fn path(member: &Value) -> String {
    format!("/staff/{}", member["id"].as_str().unwrap())
}

on_both_engines! {
    fn an_administrator_keeps_the_staff(app) {
        let client = app.client(EVERYTHING);
        let created = client.post("/staff", &json!({"organisationId": app.controller,
            "name": "Åse Prøve", "title": "Sygeplejerske", "roles": ["nurse", "coordinator"]}));
        assert_eq!(created.etag(), "\"1\"");
        let location = created.header("location").unwrap().to_owned();
        let member = created.expect(201);
        assert_eq!(location, format!("/v1{}", path(&member)));
        assert_eq!(member["active"], true);
        assert_eq!(member["controllerId"], json!(app.controller));
        assert_eq!(client.get(&path(&member)).expect(200), member);

        let ward = app.client(&["organisations.write"]).post("/organisations",
            &json!({"partOf": app.controller, "kind": "ward", "name": "Afsnit 1"})).expect(201);
        let changed = client.patch(&path(&member), "\"1\"", &json!({"name": "Åse Prøvesen", "title": null,
            "organisationId": ward["id"], "roles": ["nurse"], "active": false})).expect(200);
        assert_eq!(changed, json!({"id": member["id"], "controllerId": app.controller, "organisationId": ward["id"],
            "name": "Åse Prøvesen", "roles": ["nurse"], "active": false, "version": 2,
            "createdAt": member["createdAt"], "updatedAt": changed["updatedAt"]}));
        client.patch(&path(&member), "\"1\"", &json!({"active": true})).problem(412, "staleVersion");
        client.send("PATCH", &path(&member), &[], Some(&json!({}))).problem(428, "versionRequired");

        assert_eq!(app.events_of(&member["id"]), ["staff.created", "staff.changed"]);
        let (nurse, _) = app.nurse();
        let ids = |query: &str| -> Vec<Value> {
            let list = client.get(&format!("/staff{query}")).expect(200);
            list["items"].as_array().unwrap().iter().map(|one| one["id"].clone()).collect()
        };
        assert_eq!(ids(""), [member["id"].clone(), json!(nurse)]);
        assert_eq!(ids("?active=true"), [json!(nurse)]);
        assert_eq!(ids("?active=false"), [member["id"].clone()]);
        assert_eq!(ids(&format!("?organisationId={}", ward["id"].as_str().unwrap())), [member["id"].clone()]);
        let page = client.get("/staff?limit=1").expect(200);
        let cursor = page["nextCursor"].as_str().unwrap();
        assert_eq!(ids(&format!("?limit=1&cursor={cursor}")), [json!(nurse)]);
    }

    fn everything_wrong_with_a_member_is_named_at_once(app) {
        let client = app.client(EVERYTHING);
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        assert_eq!(client.post("/staff", &json!({"organisationId": unknown, "name": "Karen Prøve",
                "roles": ["nurse", "auditor", "nurse"]})).field_errors(),
            [("/organisationId".to_owned(), "notFound".to_owned()), ("/roles/2".to_owned(), "duplicateItem".to_owned())]);
        assert_eq!(client.post("/staff", &json!({"organisationId": app.controller, "name": "Karen Prøve",
                "roles": ["patient", "king"]})).field_errors(),
            [("/roles/0".to_owned(), "unknownValue".to_owned()), ("/roles/1".to_owned(), "unknownValue".to_owned())]);
        let (nurse, _) = app.nurse();
        assert_eq!(client.patch(&format!("/staff/{nurse}"), "\"1\"", &json!({"organisationId": unknown, "roles": ["nurse", "nurse"]})).field_errors(),
            [("/organisationId".to_owned(), "notFound".to_owned()), ("/roles/1".to_owned(), "duplicateItem".to_owned())]);
        let theirs = app.other_organisation().get("/organisations").expect(200)["items"][0]["id"].clone();
        assert_eq!(client.patch(&format!("/staff/{nurse}"), "\"1\"", &json!({"organisationId": theirs})).field_errors(),
            [("/organisationId".to_owned(), "notFound".to_owned())]);
        client.get("/staff/nobody").problem(404, "notFound");
        client.get(&format!("/staff/{unknown}")).problem(404, "notFound");
    }

    fn staff_is_seen_by_its_own(app) {
        let (nurse, caller) = app.nurse();
        let path = format!("/staff/{nurse}");
        app.other_organisation().get(&path).problem(404, "notFound");
        assert_eq!(app.other_organisation().get("/staff").expect(200)["items"], json!([]));
        app.other_organisation().patch(&path, "\"1\"", &json!({"active": false})).problem(404, "notFound");
        app.nobody().get(&path).problem(401, "unauthenticated");
        app.client(&["programmes.read"]).get(&path).problem(403, "forbidden");
        caller.get(&path).expect(200);
        caller.patch(&path, "\"1\"", &json!({"roles": ["administrator"]})).problem(403, "forbidden");
        let (_, administrator) = app.staff_member("Ida Prøve", Role::Administrator);
        administrator.patch(&path, "\"1\"", &json!({"title": "Sygeplejerske"})).expect(200);
    }

    fn tokens_of_somebody_who_has_left_are_not_believed(app) {
        let (nurse, caller) = app.nurse();
        caller.get("/programmes").expect(200);
        let client = app.client(EVERYTHING);
        client.patch(&format!("/staff/{nurse}"), "\"1\"", &json!({"active": false})).expect(200);
        // A token that was verified just now may be remembered for seconds; a fresh one is looked up.
        app.person(Role::Nurse, nurse.uuid()).get("/programmes").problem(401, "unauthenticated");
        client.patch(&format!("/staff/{nurse}"), "\"2\"", &json!({"active": true})).expect(200);
        app.person(Role::Nurse, nurse.uuid()).get("/programmes").expect(200);
    }
}
