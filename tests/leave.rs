//! Leave and departure of volunteers (HF-2): who is away, what is given back, what is removed.

use serde_json::{Value, json};

use crate::support::booking::id;
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

/// The time book of a volunteer.
fn book(app: &TestApp, volunteer: &Value) -> Value {
    let book = json!({"programmeId": volunteer["programmeId"], "volunteerId": volunteer["id"], "name": "Dagtider"});
    app.coordinator().1.post("/schedules", &book).expect(201)
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

    fn hf_2_a_leave_begins_with_the_day_of_the_programme(app) {
        let client = app.client_with_everything();
        let profile = json!({"published": true, "displayName": "Birgit"});
        let volunteer = app.active_volunteer(&json!({"publicProfile": profile}));
        let far = json!({"policy": {"calendar": {"timeZone": "Pacific/Kiritimati"}}});
        client.patch(&format!("/programmes/{}", volunteer["programmeId"].as_str().unwrap()), "*", &far).expect(200);
        leave(&client, &volunteer, &json!({"from": "2026-03-28", "reason": "travel"})).expect(200);
        let count = |list: &str| client.get(list).expect(200)["items"].as_array().unwrap().len();
        let seen = || {
            let state = client.get(&path(&volunteer)).expect(200)["state"].clone();
            (state, count("/volunteers?state=onLeave"), count("/volunteers?state=active"), count("/volunteer-profiles"))
        };
        assert_eq!(seen(), (json!("active"), 0, 1, 1));
        // A quarter to eleven in the morning in Copenhagen, and the next day there.
        app.advance(chrono::Duration::minutes(90));
        assert_eq!(seen(), (json!("onLeave"), 1, 0, 0));
        assert_eq!(count("/volunteers?state=candidate"), 0);
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

    fn hf_6_times_by_hand_are_there_again_when_a_leave_ends_early(app) {
        let programme = app.programme_of("HF");
        let volunteer = app.supporter(json!({}));
        let (book, kind) = (book(app, &volunteer), app.time_type(&programme, &json!({})));
        let (early, late) = (app.slot(&book, &kind, 24, 1), app.slot(&book, &kind, 24 * 10, 1));
        let (site, client) = (app.site(), app.volunteer_coordinator());
        leave(&client, &volunteer, &json!({"reason": "illness"})).expect(200);
        assert_eq!(app.free(&site, &programme), [] as [Value; 0]);
        app.advance(chrono::Duration::days(2));
        back(&client, &volunteer).expect(200);
        assert_eq!(app.free(&site, &programme), [late["id"].clone()]);
        app.booked(&site, &late, 1);
        // A leave to come that is not taken after all.
        let other = app.slot(&book, &kind, 24 * 12, 1);
        leave(&client, &volunteer, &json!({"from": "2026-04-05", "reason": "work"})).expect(200);
        assert_eq!(app.free(&site, &programme), [] as [Value; 0]);
        back(&client, &volunteer).expect(200);
        // The talk that went to the waiting list stays there.
        assert_eq!(app.free(&site, &programme), [late["id"].clone(), other["id"].clone()]);
        let early = app.coordinator().1.get(&format!("/slots/{}", id(&early))).expect(200);
        assert_eq!(early["state"], "dropped");
    }

    fn hf_2_departure_empties_the_time_book(app) {
        let programme = app.programme_of("HF");
        let volunteer = app.supporter(json!({}));
        let (book, kind) = (book(app, &volunteer), app.time_type(&programme, &json!({})));
        let (_, coordinator) = app.coordinator();
        app.availability(&book, &json!({"weekly": [{"weekday": "tuesday", "from": "09:00", "to": "12:00", "timeTypeId": kind["id"]}]}));
        let at = app.clock.now() + chrono::Duration::days(3);
        coordinator.post("/slots", &json!({"scheduleId": book["id"], "timeTypeId": kind["id"], "startsAt": at, "publicName": "Samtale med Birgit"})).expect(201);
        let client = app.volunteer_coordinator();
        leave(&client, &volunteer, &json!({"from": "2026-06-01", "reason": "illness"})).expect(200);
        client.post(&format!("{}/departure", path(&volunteer)), &json!({"reason": "movedAway"})).expect(200);
        let left = coordinator.get(&format!("/schedules/{}", id(&book))).expect(200);
        assert_eq!((&left["name"], &left["active"], &left["away"]), (&json!("–"), &json!(false), &json!([])));
        assert_eq!(left["availability"], json!({"weekly": [], "daysOff": [], "extra": [], "publicHolidaysOff": false}));
        assert_eq!(app.free(&app.site(), &programme), [] as [Value; 0]);
        let times = coordinator.get(&format!("/slots?scheduleId={}", id(&book))).expect(200);
        for slot in times["items"].as_array().unwrap() {
            assert_eq!((&slot["state"], &slot["publicName"]), (&json!("dropped"), &json!("Samtale")));
        }
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
