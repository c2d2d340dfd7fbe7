//! Leave and departure of volunteers (HF-2): who is away, what is given back, what is removed.

use serde_json::{Value, json};

use crate::support::{Answer, Caller, TestApp};

fn path(volunteer: &Value) -> String {
    format!("/volunteers/{}", volunteer["id"].as_str().unwrap())
}

fn leave(client: &Caller, volunteer: &Value, body: &Value) -> Answer {
    client.post(&format!("{}/leave", path(volunteer)), body)
}

fn back(client: &Caller, volunteer: &Value) -> Answer {
    client.send("POST", &format!("{}/return", path(volunteer)), &[], None)
}

fn state(client: &Caller, volunteer: &Value) -> Value {
    client.get(&path(volunteer)).expect(200)["state"].clone()
}

on_both_engines! {
    fn hf_2_leave_is_days_and_ends_by_itself(app) {
        let client = app.volunteer_coordinator();
        let volunteer = app.active_volunteer(&json!({}));
        assert_eq!(leave(&client, &volunteer, &json!({"from": "2026-03-26", "until": "2026-03-20", "reason": "travel"}))
            .field_errors(), [("/until".to_owned(), "order".to_owned())]);
        assert_eq!(leave(&client, &volunteer, &json!({"from": "2026-03-26", "reason": "travel"})).field_errors(),
            [("/from".to_owned(), "inPast".to_owned())]);
        let gone = leave(&client, &volunteer, &json!({"from": "2026-03-29", "until": "2026-04-02", "reason": "travel", "note": "Jylland."})).expect(200);
        assert_eq!((&gone["volunteer"]["state"], &gone["released"]), (&json!("active"), &json!([])));
        leave(&client, &volunteer, &json!({"reason": "illness"})).problem(409, "conflict");
        for (days, expected) in [(1, "active"), (1, "onLeave"), (3, "onLeave"), (1, "active")] {
            app.advance(chrono::Duration::days(days));
            assert_eq!(state(&client, &volunteer), expected, "{}", app.now());
            let listed = client.get(&format!("/volunteers?state={expected}")).expect(200);
            assert_eq!(listed["items"][0]["id"], volunteer["id"]);
        }
        back(&client, &volunteer).problem(409, "stateConflict");
        assert_eq!(app.events_of(&volunteer["id"]).last().unwrap(), "volunteer.leaveTaken");
    }

    fn hf_2_a_volunteer_takes_leave_and_comes_back(app) {
        let volunteer = app.active_volunteer(&json!({}));
        let own = app.as_volunteer(&volunteer);
        leave(&own, &volunteer, &json!({"reason": "illness"})).expect(200);
        assert_eq!(state(&own, &volunteer), "onLeave");
        app.advance(chrono::Duration::days(2));
        let here = back(&own, &volunteer).expect(200);
        assert_eq!(here["state"], "active");
        assert_eq!(here["leaves"], json!([{"from": "2026-03-27", "until": "2026-03-29", "reason": "illness"}]));
        // A planned one is taken back and was none.
        leave(&own, &volunteer, &json!({"from": "2026-05-01", "reason": "work"})).expect(200);
        assert_eq!(back(&own, &volunteer).expect(200)["leaves"].as_array().unwrap().len(), 1);
        leave(&app.volunteer_coordinator(), &app.candidate(&json!({})), &json!({"reason": "work"})).problem(409, "stateConflict");
    }

    fn hf_2_departure_removes_what_need_not_be_kept(app) {
        let client = app.volunteer_coordinator();
        let ward = app.ward();
        let volunteer = app.active_volunteer(&json!({
            "birthDate": "1961-07-07", "contact": {"telephone": "+4532105432"}, "wardIds": [ward],
            "experience": [{"kind": "diagnosis", "system": "sks", "code": "DI21", "whose": "own", "note": "Lang historie."}],
            "lifeSituation": ["retired"], "conflicts": [{"kind": "other", "note": "Naboen."}],
            "publicProfile": {"published": true, "displayName": "Birgit"},
        }));
        let own = app.as_volunteer(&volunteer);
        own.get(&path(&volunteer)).expect(200);
        let answer = client.post(&format!("{}/departure", path(&volunteer)), &json!({"reason": "movedAway"})).expect(200);
        let left = client.get(&path(&volunteer)).expect(200);
        assert_eq!(answer["volunteer"], left);
        for field in ["name", "birthDate", "contact", "publicProfile"] {
            assert!(left.get(field).is_none(), "{field}");
        }
        for field in ["experience", "lifeSituation", "conflicts", "leaves", "wardIds", "languages", "phases"] {
            assert_eq!(left[field], json!([]), "{field}");
        }
        // What figures need.
        assert_eq!((&left["state"], &left["subtypes"], &left["activatedOn"], &left["departure"]), (
            &json!("departed"), &json!(["patientSupporter"]), &json!("2026-03-27"),
            &json!({"on": "2026-03-27", "reason": "movedAway"})));
        for item in client.get(&format!("{}/onboarding-steps", path(&volunteer))).expect(200)["items"].as_array().unwrap() {
            assert!(item.get("note").is_none());
        }
        // Nothing can happen any more, and the own token is not believed.
        client.patch(&path(&volunteer), "*", &json!({"languages": ["da"]})).problem(409, "stateConflict");
        client.post(&format!("{}/departure", path(&volunteer)), &json!({"reason": "other"})).problem(409, "stateConflict");
        app.as_volunteer(&volunteer).get("/organisations").problem(401, "unauthenticated");
        assert_eq!(sealed_bytes(app, &volunteer), 1);
        assert_eq!(app.events_of(&volunteer["id"]).last().unwrap(), "volunteer.departed");
    }
}

/// How many volunteers have this little sealed: no more than a day and a reason.
fn sealed_bytes(app: &TestApp, volunteer: &Value) -> usize {
    use brobygger::platform::db::schema::volunteers;
    use diesel::prelude::*;
    let id: brobygger::volunteers::VolunteerId =
        serde_json::from_value(volunteer["id"].clone()).unwrap();
    app.app
        .db
        .write_blocking(move |tx| {
            let sealed: Vec<Vec<u8>> = volunteers::table
                .find(id)
                .select(volunteers::person)
                .load(tx.conn())?;
            Ok(sealed
                .into_iter()
                .filter(|person| person.len() < 400)
                .count())
        })
        .unwrap()
}
