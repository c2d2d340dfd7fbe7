//! `/activity-figures`: talks and shifts in numbers, small counts suppressed (HF-7).

use brobygger::platform::access::Actor;
use brobygger::platform::app::Cx;
use brobygger::platform::http::request::RequestInfo;
use brobygger::wards;
use serde_json::{Value, json};

use crate::support::wards::shift_path;
use crate::support::{Caller, TestApp};

/// Counts `number` talks on a shift, in one transaction.
fn talks(app: &TestApp, shift: &Value, number: usize, own: Value) {
    let mut body = json!({"wardShiftId": shift["id"], "met": "patient", "phase": "during", "subtype": "patientSupporter", "minutes": 10});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    let (service, controller) = (app.app.clone(), app.controller);
    app.app
        .db
        .write_blocking(move |tx| {
            let (actor, request) = (Actor::service(controller), RequestInfo::default());
            let mut cx = Cx::new(&service, &actor, &request, tx.conn());
            for _ in 0..number {
                wards::count(&mut cx, &serde_json::from_value(body.clone()).unwrap())?;
            }
            Ok(())
        })
        .unwrap();
}

/// A shift on this day that a pair has walked.
fn walked(app: &TestApp, ward: &Value, day: &str) -> Value {
    let shift = app.shift(
        ward,
        &json!({"startsAt": format!("{day}T08:00:00Z"), "endsAt": format!("{day}T11:00:00Z")}),
    );
    for subtypes in [json!(["patientSupporter"]), json!(["relativeSupporter"])] {
        let volunteer = app.supporter(json!({"subtypes": subtypes}));
        let body = json!({"volunteerId": volunteer["id"]});
        app.client_with_everything()
            .post(&shift_path(&shift, "sign-up"), &body)
            .expect(200);
    }
    shift
}

fn figures(caller: &Caller, app: &TestApp, query: &str) -> Value {
    let programme = app.programme_of("HF")["id"].as_str().unwrap().to_owned();
    caller
        .get(&format!(
            "/activity-figures?programmeId={programme}&year=2026{query}"
        ))
        .expect(200)
}

/// Counts by what they are grouped by; null where suppressed.
fn counts(figures: &Value, names: &[&str]) -> Vec<Value> {
    figures["items"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| {
            let mut line: Vec<Value> = names.iter().map(|name| one[name].clone()).collect();
            line.push(one["count"].clone());
            json!(line)
        })
        .collect()
}

fn set_clock(app: &TestApp, at: &str) {
    app.clock
        .set(at.parse::<chrono::DateTime<chrono::Utc>>().unwrap().into());
}

/// Two wards in two months, and one talk on the second ward in May that nobody shall be told from.
/// The time is June when it is done, and May is settled.
fn spring(app: &TestApp) -> (Value, Value) {
    let (first, second) = (app.ward(), app.ward());
    set_clock(app, "2026-04-07T06:00:00Z");
    let shifts = [
        (&first, "2026-04-08", 20),
        (&second, "2026-04-09", 30),
        (&first, "2026-05-08", 40),
        (&second, "2026-05-09", 1),
    ]
    .map(|(ward, day, number)| (walked(app, ward, day), day, number));
    for (shift, day, number) in &shifts {
        set_clock(app, &format!("{day}T11:30:00Z"));
        talks(app, shift, *number, json!({}));
    }
    set_clock(app, "2026-06-08T06:00:00Z");
    (first, second)
}

on_both_engines! {
    fn hf_7_talks_and_shifts_are_counted_by_what_is_asked(app) {
        let (first, second) = spring(app);
        let coordinator = app.volunteer_coordinator();
        let whole = figures(&coordinator, app, "");
        assert_eq!(whole["months"], json!(["2026-01", "2026-02", "2026-03", "2026-04", "2026-05"]));
        assert_eq!(counts(&whole, &["measure"]), [json!(["wardTalks", 91]), json!(["wardShifts", 4]), json!(["shiftTurns", 8])]);
        assert_eq!(whole["items"][0]["minutes"], 910);
        assert_eq!(whole["items"][1]["minutes"], 4 * 180);
        let by_month = figures(&coordinator, app, "&groupBy=month&measure=wardTalks");
        assert_eq!(counts(&by_month, &["month"]), [json!(["2026-04", 50]), json!(["2026-05", 41])]);
        let by_ward = figures(&coordinator, app, "&groupBy=ward&measure=wardTalks");
        assert_eq!(counts(&by_ward, &["wardId"]), [json!([first, 60]), json!([second, 31])]);
        assert_eq!(by_ward["items"][0]["wardName"], "Hjerteafsnit");
        let turns = figures(&coordinator, app, "&groupBy=subtype&groupBy=month&measure=shiftTurns");
        assert_eq!(counts(&turns, &["month", "subtype"])[..2], [json!(["2026-04", "patientSupporter", 2]), json!(["2026-04", "relativeSupporter", 2])]);
        // Nothing in another year, and nothing of another programme.
        let path = |programme: &Value, year: i32| format!("/activity-figures?programmeId={}&year={year}", programme["id"].as_str().unwrap());
        assert_eq!(coordinator.get(&path(&app.programme_of("HF"), 2025)).expect(200)["items"], json!([]));
        assert_eq!(coordinator.get(&path(&app.programme_of("CPS"), 2026)).expect(200)["items"], json!([]));
        assert_eq!(app.other_organisation().get(&path(&app.programme_of("HF"), 2026)).field_errors()[0].0, "?programmeId");
        assert_eq!(coordinator.get("/activity-figures?year=1").field_errors().len(), 2);
    }

    fn hf_7_a_small_count_is_not_shown_and_cannot_be_computed(app) {
        let (first, second) = spring(app);
        let coordinator = app.volunteer_coordinator();
        let both = figures(&coordinator, app, "&groupBy=ward&groupBy=month&measure=wardTalks&totals=true");
        assert_eq!(counts(&both, &["wardId", "month"]), [
            json!([first, "2026-04", null]), json!([first, "2026-05", null]), json!([first, null, 60]),
            json!([second, "2026-04", null]), json!([second, "2026-05", null]), json!([second, null, 31]),
            json!([null, "2026-04", 50]), json!([null, "2026-05", 41]), json!([null, null, 91]),
        ]);
        for one in both["items"].as_array().unwrap() {
            let hidden = one["suppressed"] == true;
            assert_eq!((one.get("count").is_none(), one.get("minutes").is_none()), (hidden, hidden), "{one}");
        }
        // Not by asking in another way either: the other dimensions have one category each, so every
        // detail is the same four counts.
        for query in ["&groupBy=ward&groupBy=month&groupBy=phase", "&groupBy=month&groupBy=ward&groupBy=met&groupBy=subtype"] {
            let detail = figures(&coordinator, app, &format!("{query}&measure=wardTalks"));
            let items = detail["items"].as_array().unwrap();
            assert!(items.len() == 4 && items.iter().all(|one| one["suppressed"] == true), "{detail}");
        }
        // The programme decides how small is small.
        let client = app.client_with_everything();
        let place = format!("/programmes/{}", app.programme_of("HF")["id"].as_str().unwrap());
        client.patch(&place, "*", &json!({"policy": {"figures": {"smallestCell": 1, "smallestShiftCell": 5}}})).expect(200);
        let open = figures(&coordinator, app, "&groupBy=ward&groupBy=month&measure=wardTalks");
        assert_eq!(counts(&open, &["wardId", "month"]), [
            json!([first, "2026-04", 20]), json!([first, "2026-05", 40]), json!([second, "2026-04", 30]), json!([second, "2026-05", 1]),
        ]);
        let shifts = figures(&coordinator, app, "&measure=wardShifts");
        assert_eq!((&shifts["items"][0]["suppressed"], &shifts["smallestShiftCell"]), (&json!(true), &json!(5)));
        client.patch(&place, "*", &json!({"policy": {"figures": {"smallestCell": 0}}})).field_errors();
    }

    fn hf_7_months_count_when_they_are_settled(app) {
        let ward = app.ward();
        let shift = walked(app, &ward, "2026-04-30");
        app.advance(chrono::Duration::days(34));
        // 30 April, 22:30 in Copenhagen: still April.
        set_clock(app, "2026-04-30T20:30:00Z");
        talks(app, &shift, 6, json!({}));
        let coordinator = app.volunteer_coordinator();
        assert_eq!(figures(&coordinator, app, "")["items"], json!([]));
        set_clock(app, "2026-05-07T21:59:00Z");
        assert_eq!(figures(&coordinator, app, "")["items"], json!([]));
        set_clock(app, "2026-05-07T22:00:00Z");
        let may = figures(&coordinator, app, "&measure=wardTalks&groupBy=month");
        assert_eq!(counts(&may, &["month"]), [json!(["2026-04", 6])]);
        // A shift that was called off was not walked, nor one that nobody came to.
        app.shift(&ward, &json!({"startsAt": "2026-05-11T08:00:00Z", "endsAt": "2026-05-11T10:00:00Z"}));
        let cancelled = walked(app, &ward, "2026-05-12");
        app.client_with_everything().post(&shift_path(&cancelled, "cancellation"), &json!({"reason": "holiday"})).expect(200);
        set_clock(app, "2026-06-08T22:00:00Z");
        let june = figures(&coordinator, app, "&measure=wardShifts&groupBy=month");
        assert_eq!(counts(&june, &["month"]), [json!(["2026-04", 1])]);
    }

    fn hf_7_a_settled_month_is_not_changed_by_a_late_talk(app) {
        let shift = walked(app, &app.ward(), "2026-04-30");
        let coordinator = app.volunteer_coordinator();
        let body = json!({"wardShiftId": shift["id"], "met": "patient", "phase": "during", "subtype": "patientSupporter", "minutes": 10});
        set_clock(app, "2026-05-07T21:59:00Z");
        let talk = coordinator.post("/ward-talks", &body).expect(201);
        let path = format!("/ward-talks/{}", talk["id"].as_str().unwrap());
        coordinator.delete(&path, "*").expect(200);
        talks(app, &shift, 6, json!({}));
        let left = coordinator.get("/ward-talks?limit=1").expect(200)["items"][0].clone();
        set_clock(app, "2026-05-07T22:00:00Z");
        let before = figures(&coordinator, app, "");
        coordinator.post("/ward-talks", &body).problem(409, "conflict");
        let path = format!("/ward-talks/{}", left["id"].as_str().unwrap());
        coordinator.delete(&path, "*").problem(409, "conflict");
        assert_eq!(figures(&coordinator, app, ""), before);
    }

    fn hf_7_figures_are_a_table_for_spreadsheets_too(app) {
        spring(app);
        let client = app.client(&["activityFigures.read"]);
        let programme = app.programme_of("HF")["id"].as_str().unwrap().to_owned();
        let path = format!("/activity-figures?programmeId={programme}&year=2026&groupBy=ward&groupBy=month");
        let table = |headers: &[(&str, &str)], query: &str| {
            let answer = client.send("GET", &format!("{path}{query}"), headers, None);
            assert_eq!(answer.status, 200, "{}", answer.text());
            (answer.header("content-type").unwrap().to_owned(), answer.text())
        };
        let (kind, text) = table(&[("accept", "text/csv")], "");
        assert_eq!(kind, "text/csv; charset=utf-8; header=present");
        let lines: Vec<&str> = text.split("\r\n").collect();
        assert_eq!(lines[0], "programmeId,year,measure,wardId,wardName,month,subtype,met,phase,count,minutes,suppressed");
        // Four of each measure, and nothing behind the last line.
        assert_eq!((lines.len(), *lines.last().unwrap()), (1 + 4 * 2 + 4 + 1, ""));
        assert!(lines[1].starts_with(&format!("{programme},2026,wardTalks,")) && lines[1].ends_with(",Hjerteafsnit,2026-04,,,,,,true"), "{}", lines[1]);
        assert!(lines[5].ends_with(",Hjerteafsnit,2026-04,,,,1,180,false"), "{}", lines[5]);
        assert_eq!(table(&[], "&format=csv").1, text);
        assert_eq!(table(&[("accept", "application/json")], "&format=csv").1, text);
        assert_eq!(table(&[("accept", "text/csv;q=0.5, application/json;q=0.1")], "").1, text);
        for accept in ["application/json", "*/*", "text/csv, application/json"] {
            assert_eq!(table(&[("accept", accept)], "").0, "application/json", "{accept}");
        }
        assert_eq!(table(&[("accept", "text/csv")], "&format=json").0, "application/json");
        // Elsewhere there is no CSV, and an error is a problem document whatever was asked for.
        client.send("GET", "/ward-shifts", &[("accept", "text/csv")], None).problem(406, "notAcceptable");
        client.send("GET", &path, &[("accept", "text/html")], None).problem(406, "notAcceptable");
        client.send("GET", "/activity-figures?year=2026", &[("accept", "text/csv")], None).problem(400, "invalidRequest");
        client.get(&format!("{path}&format=xlsx")).field_errors();
    }

    fn hf_7_telephone_talks_that_were_held_are_counted(app) {
        let programme = app.programme_of("HF");
        let (_, coordinator) = app.coordinator();
        let volunteer = app.supporter(json!({"subtypes": ["patientSupporter", "relativeSupporter"], "capacityPerWeek": 50}));
        let kinds = [app.time_type(&programme, &json!({})), app.time_type(&programme, &json!({"name": "Video", "channel": "video"}))];
        let book = coordinator.post("/schedules", &json!({
            "programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Dagtider",
        })).expect(201);
        // Six talks by telephone, one by video, one that nobody came to, one told too late; all in April.
        set_clock(app, "2026-04-01T06:00:00Z");
        let booked: Vec<Value> = (0..9).map(|n| {
            let slot = app.slot(&book, &kinds[usize::from(n == 6)], 24 * (1 + i64::from(n)), 1);
            app.booked(&coordinator, &slot, n)
        }).collect();
        for (n, one) in booked.iter().enumerate() {
            let outcome = if n == 7 { "noShow" } else { "attended" };
            // One is recorded when its month is settled already, and changes no figure.
            set_clock(app, if n == 5 { "2026-05-08T06:00:00Z" } else { "2026-04-21T06:00:00Z" });
            coordinator.post(&format!("/bookings/{}/attendance", one["id"].as_str().unwrap()), &json!({"outcome": outcome})).expect(200);
        }
        set_clock(app, "2026-05-08T06:00:00Z");
        let query = "&measure=telephoneTalks&groupBy=month&groupBy=ward&groupBy=subtype&groupBy=met&groupBy=phase";
        let talks = figures(&coordinator, app, query);
        assert_eq!(counts(&talks, &["month", "wardId", "subtype", "met", "phase"]),
            [json!(["2026-04", null, "patientSupporter", "patient", "after", 6])]);
        assert_eq!(talks["items"][0]["minutes"], 6 * 45);
    }
}
