//! `/programmes` and `/programme-presets`.

use serde_json::{Value, json};

use crate::support::{Caller, TestApp};

const EVERYTHING: &[&str] = &["programmes.read", "programmes.write"];

fn presets(client: &Caller) -> Vec<Value> {
    let list = client.get("/programme-presets").expect(200);
    list["items"].as_array().unwrap().clone()
}

fn due(client: &Caller, programme: &Value, from: &str, days: u32) -> String {
    let path = format!(
        "/programmes/{}/deadlines?from={from}&workingDays={days}",
        programme["id"].as_str().unwrap()
    );
    let answer = client.get(&path).expect(200);
    answer["deadline"]["dueOn"].as_str().unwrap().to_owned()
}

fn path(programme: &Value) -> String {
    format!("/programmes/{}", programme["id"].as_str().unwrap())
}

/// A client limited to these programmes.
fn limited(app: &TestApp, programmes: &[&Value]) -> Caller {
    use brobygger::platform::access::tokens::Bearer;
    use brobygger::platform::access::{ActorKind, policy::Action};
    use brobygger::platform::id::Id;
    let (staff, _) = app.nurse();
    app.bearer(&Bearer {
        kind: ActorKind::Person,
        id: staff.uuid(),
        organisation: app.controller,
        roles: vec![brobygger::platform::access::Role::Administrator],
        programmes: Some(
            programmes
                .iter()
                .map(|one| serde_json::from_value::<Id<_>>(one["id"].clone()).unwrap())
                .collect(),
        ),
        sees_protected: false,
        scopes: Action::ALL
            .iter()
            .map(|action| action.scope().to_owned())
            .collect(),
    })
}

on_both_engines! {
    fn every_preset_makes_a_programme(app) {
        let client = app.client(EVERYTHING);
        for preset in presets(&client) {
            let created = client.post("/programmes",
                &json!({"organisationId": app.controller, "preset": preset["code"]}));
            let etag = created.etag();
            let location = created.header("location").unwrap().to_owned();
            let programme = created.expect(201);
            assert_eq!(programme["code"], preset["code"]);
            assert_eq!(programme["name"], preset["name"]);
            assert_eq!(programme["policy"], preset["policy"]);
            assert_eq!(programme["active"], true);
            assert_eq!(location, format!("/v1{}", path(&programme)));
            let read = client.get(&path(&programme));
            assert_eq!(read.etag(), etag);
            assert_eq!(read.expect(200), programme);
            // The same policy, sent as one of its own.
            let own = client.post("/programmes", &json!({"organisationId": app.controller,
                "code": format!("{}-2", preset["code"].as_str().unwrap()), "name": "Egen indsats",
                "active": false, "policy": preset["policy"]})).expect(201);
            assert_eq!(own["policy"], preset["policy"]);
            assert_eq!(own["active"], false);
        }
        let codes = |query: &str| -> Vec<String> {
            let list = client.get(&format!("/programmes?limit=100{query}")).expect(200);
            list["items"].as_array().unwrap().iter().map(|one| one["code"].as_str().unwrap().to_owned()).collect()
        };
        assert_eq!(codes("&active=true"), ["APS", "HF", "HAL", "CPS", "HA"]);
        assert_eq!(codes("&active=false").len(), 5);
        assert_eq!(codes("&code=HAL-2"), ["HAL-2"]);
        assert!(codes("&code=XX").is_empty());

        let first = client.get("/programmes?limit=7").expect(200);
        let cursor = first["nextCursor"].as_str().unwrap().to_owned();
        let second = client.get(&format!("/programmes?limit=7&cursor={cursor}")).expect(200);
        assert_eq!(second["items"].as_array().unwrap().len(), 3);
        assert_eq!(second.get("nextCursor"), None);
        client.get(&format!("/programmes?active=true&cursor={cursor}")).problem(400, "invalidCursor");
    }

    fn a_code_is_unique_within_a_controller(app) {
        let client = app.client(EVERYTHING);
        app.programme();
        client.post("/programmes", &json!({"organisationId": app.controller, "preset": "APS"}))
            .problem(409, "conflict");
        let other = app.other_organisation();
        let theirs = other.get("/organisations").expect(200)["items"][0]["id"].clone();
        other.post("/programmes", &json!({"organisationId": theirs, "preset": "APS"})).expect(201);
        // validateOnly writes nothing.
        let body = json!({"organisationId": app.controller, "preset": "HF"});
        for _ in 0..2 {
            assert_eq!(client.post("/programmes?validateOnly=true", &body).expect(200), json!({"valid": true}));
        }
        client.post("/programmes", &body).expect(201);
    }

    fn a_wrong_policy_is_refused_with_all_that_is_wrong(app) {
        let client = app.client(EVERYTHING);
        let mut policy = presets(&client)[0]["policy"].clone();
        policy["calendar"] = json!({"country": "DK", "timeZone": "Europe/Atlantis",
            "closedDays": [{"name": "Jul", "monthDay": "12-32"}, {"name": "Kursus", "to": "2026-01-01"}]});
        policy["course"] = json!({"typicalMonthsFrom": 9, "typicalMonthsTo": 9});
        policy["topics"] = json!([{"code": "a", "name": "A"}, {"code": "a", "name": "B"}]);
        policy["consents"] = json!([{"purpose": "informationSharing", "forms": ["oral"]}]);
        let unknown = "01980f1e-7d2c-7c3a-9b1e-2f6d8a4c5e70";
        let errors = client.post("/programmes",
            &json!({"organisationId": unknown, "name": "Prøve", "policy": policy})).field_errors();
        let pointers: Vec<&str> = errors.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, [
            "/policy/calendar/timeZone",
            "/policy/calendar/closedDays/0/monthDay",
            "/policy/calendar/closedDays/1/monthDay",
            "/policy/calendar/closedDays/1/to",
            "/policy/course/typicalMonthsTo",
            "/policy/topics/1/code",
            "/policy/consents/0/expiresAfterMonths",
            "/code",
            "/organisationId",
        ]);
        // What the schema knows is named by the schema.
        policy["consents"] = json!([{"purpose": "referral", "forms": []}]);
        policy["firstCall"]["workingDays"] = json!(0);
        let errors = client.post("/programmes",
            &json!({"organisationId": app.controller, "code": "P1", "name": "Prøve", "policy": policy})).field_errors();
        for wanted in [("/policy/consents/0/forms", "tooFew"), ("/policy/firstCall/workingDays", "tooSmall")] {
            assert!(errors.iter().any(|(pointer, code)| (pointer.as_str(), code.as_str()) == wanted), "{errors:?}");
        }
        for body in [json!({"organisationId": app.controller}),
            json!({"organisationId": app.controller, "preset": "APS", "policy": presets(&client)[0]["policy"]})] {
            assert_eq!(client.post("/programmes", &body).field_errors(), [("/policy".to_owned(), "policyOrPreset".to_owned())]);
        }
        assert_eq!(client.post("/programmes", &json!({"organisationId": app.controller, "preset": "XYZ"})).field_errors(),
            [("/preset".to_owned(), "unknownPreset".to_owned())]);
    }

    fn a_change_replaces_what_it_names(app) {
        let client = app.client(EVERYTHING);
        let before = app.programme();
        let path = path(&before);
        let changed = client.patch(&path, "\"1\"", &json!({
            "name": "Aktiv Patientstøtte Øst", "active": false,
            "policy": {
                "calendar": {"closedDays": [{"name": "Juleaftensdag", "monthDay": "12-24"}]},
                "criteria": {"minimumAge": null},
                "firstCall": {"workingDays": 5},
                "topics": [{"code": "loneliness", "name": "Ensomhed"}],
                "contact": {"web": "https://example.org", "safeMail": null},
            }})).expect(200);
        let mut wanted = before.clone();
        wanted["name"] = json!("Aktiv Patientstøtte Øst");
        wanted["active"] = json!(false);
        wanted["version"] = json!(2);
        let policy = &mut wanted["policy"];
        policy["calendar"]["closedDays"] = json!([{"name": "Juleaftensdag", "monthDay": "12-24"}]);
        policy["criteria"].as_object_mut().unwrap().remove("minimumAge");
        policy["firstCall"]["workingDays"] = json!(5);
        policy["topics"] = json!([{"code": "loneliness", "name": "Ensomhed"}]);
        policy["contact"].as_object_mut().unwrap().remove("safeMail");
        policy["contact"]["web"] = json!("https://example.org");
        assert_eq!(changed, wanted);
        assert_eq!(client.get(&path).expect(200), wanted);

        // The merged whole is checked, not the patch alone.
        assert_eq!(client.patch(&path, "\"2\"", &json!({"policy": {"course": {"typicalMonthsFrom": 9},
                "calendar": {"timeZone": "Mars/Olympus"}}})).field_errors(),
            [("/policy/calendar/timeZone".to_owned(), "unknownTimeZone".to_owned()),
             ("/policy/course/typicalMonthsTo".to_owned(), "order".to_owned())]);
        for (patch, pointer) in [
            (json!({"name": null}), "/name"), (json!({"policy": {"calendar": null}}), "/policy/calendar"),
            (json!({"policy": {"topics": null}}), "/policy/topics"), (json!({"code": "B"}), "/code"),
        ] {
            assert_eq!(client.patch(&path, "\"2\"", &patch).field_errors()[0].0, pointer);
        }
        client.patch(&path, "\"1\"", &json!({"active": true})).problem(412, "staleVersion");
        client.send("PATCH", &path, &[], Some(&json!({}))).problem(428, "versionRequired");
        assert_eq!(app.events_of(&before["id"]), ["programme.created", "programme.changed"]);
    }

    fn programmes_are_seen_by_their_own(app) {
        let aps = app.programme();
        let hf = app.programme_of("HF");
        app.other_organisation().get(&path(&aps)).problem(404, "notFound");
        app.nobody().get(&path(&aps)).problem(401, "unauthenticated");
        app.client(&["staff.read"]).get(&path(&aps)).problem(403, "forbidden");
        app.client(&["programmes.read"]).post("/programmes", &json!({})).problem(403, "forbidden");

        let one = limited(app, &[&hf]);
        one.get(&path(&aps)).problem(404, "notFound");
        one.get(&format!("{}/deadlines?from=2026-03-27&workingDays=8", path(&aps))).problem(404, "notFound");
        one.patch(&path(&aps), "\"1\"", &json!({})).problem(404, "notFound");
        assert_eq!(one.get("/programmes").expect(200)["items"], json!([hf]));
        one.post("/programmes", &json!({"organisationId": app.controller, "preset": "HA"})).problem(403, "forbidden");
        assert_eq!(limited(app, &[&aps, &hf]).get("/programmes").expect(200)["items"], json!([aps, hf]));
        assert_eq!(limited(app, &[]).get("/programmes").expect(200)["items"], json!([]));
        let (_, nurse) = app.nurse();
        nurse.get(&path(&aps)).expect(200);
        nurse.patch(&path(&aps), "\"1\"", &json!({})).problem(403, "forbidden");
    }

    fn aps_4_a_deadline_is_explained_day_by_day(app) {
        let client = app.client(EVERYTHING);
        let aps = app.programme();
        for (from, day) in [("2024-04-22", "2024-05-02"), ("2026-03-27", "2026-04-13"),
            ("2026-05-08", "2026-05-21"), ("2026-12-17", "2026-12-30")] {
            assert_eq!(due(&client, &aps, from, 8), day);
        }
        let closed = json!({"policy": {"calendar": {"closedDays": [
            {"name": "Juleaftensdag", "monthDay": "12-24"}, {"name": "Nytårsaftensdag", "monthDay": "12-31"}]}}});
        client.patch(&path(&aps), "\"1\"", &closed).expect(200);
        assert_eq!(due(&client, &aps, "2026-12-17", 8), "2027-01-04");

        let answer = client.get(&format!("{}/deadlines?from=2026-12-22&workingDays=2", path(&aps))).expect(200);
        assert_eq!(answer, json!({
            "programmeId": aps["id"], "timeZone": "Europe/Copenhagen", "dueAt": "2026-12-28T23:00:00Z",
            "deadline": {"receivedOn": "2026-12-22", "workingDays": 2, "dueOn": "2026-12-28", "days": [
                {"date": "2026-12-22", "weekday": "tuesday", "counted": null, "reason": "received", "name": null},
                {"date": "2026-12-23", "weekday": "wednesday", "counted": 1, "reason": "workingDay", "name": null},
                {"date": "2026-12-24", "weekday": "thursday", "counted": null, "reason": "closedDay", "name": "Juleaftensdag"},
                {"date": "2026-12-25", "weekday": "friday", "counted": null, "reason": "publicHoliday", "name": answer["deadline"]["days"][3]["name"]},
                {"date": "2026-12-26", "weekday": "saturday", "counted": null, "reason": "publicHoliday", "name": answer["deadline"]["days"][4]["name"]},
                {"date": "2026-12-27", "weekday": "sunday", "counted": null, "reason": "weekend", "name": null},
                {"date": "2026-12-28", "weekday": "monday", "counted": 2, "reason": "workingDay", "name": null},
            ]}}));
        let zero = client.get(&format!("{}/deadlines?from=2026-12-25&workingDays=0", path(&aps))).expect(200);
        assert_eq!(zero["deadline"]["dueOn"], "2026-12-25");
        // 6 June is a holiday in Sweden only.
        assert_eq!(due(&client, &app.programme_of("HAL"), "2025-06-05", 1), "2025-06-09");
        assert_eq!(due(&client, &aps, "2025-06-05", 1), "2025-06-06");
    }

    fn a_deadline_has_bounds(app) {
        let client = app.client(EVERYTHING);
        let base = format!("{}/deadlines", path(&app.programme()));
        for (query, pointer, code) in [
            ("?workingDays=8", "?from", "required"),
            ("?from=2026-03-27", "?workingDays", "required"),
            ("?from=2026-02-30&workingDays=8", "?from", "invalidFormat"),
            ("?from=2026-03-27&workingDays=401", "?workingDays", "tooLarge"),
            ("?from=2026-03-27&workingDays=-1", "?workingDays", "tooSmall"),
            ("?from=2026-03-27&workingDays=x", "?workingDays", "wrongType"),
            ("?from=1899-12-31&workingDays=1", "?from", "calendarYearOutOfRange"),
            ("?from=2200-12-30&workingDays=8", "?from", "calendarYearOutOfRange"),
            ("?from=9999-12-31&workingDays=8", "?from", "calendarYearOutOfRange"),
            ("?from=2026-03-27&workingDays=8&zone=x", "?zone", "unknownParameter"),
        ] {
            assert_eq!(client.get(&format!("{base}{query}")).field_errors(),
                [(pointer.to_owned(), code.to_owned())], "{query}");
        }
        // A programme that is closed for good has no deadlines: a conflict with its policy.
        let closed = json!({"policy": {"calendar": {"closedDays": [{"name": "Lukket", "from": "2000-01-01", "to": "2199-12-31"}]}}});
        client.patch(base.trim_end_matches("/deadlines"), "\"1\"", &closed).expect(200);
        client.get(&format!("{base}?from=2026-03-27&workingDays=8")).problem(409, "conflict");
    }
}

#[test]
fn the_explained_deadline_stands_in_the_contract_by_name() {
    let document = brobygger::platform::http::openapi::document();
    let schemas = &document["components"]["schemas"];
    for (of, field, named) in [
        ("ProgrammeDeadline", "deadline", "Deadline"),
        ("ExplainedDay", "reason", "DayReason"),
    ] {
        let reference = format!("#/components/schemas/{named}");
        let property = &schemas[of]["properties"][field];
        assert!(property.to_string().contains(&reference), "{property}");
        assert!(schemas[named].is_object(), "{named}");
    }
    assert_eq!(
        schemas["Deadline"]["properties"]["days"]["items"]["$ref"],
        "#/components/schemas/ExplainedDay"
    );
}
