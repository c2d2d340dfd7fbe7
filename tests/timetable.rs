//! `/time-types`, `/schedules`, `/slots`, `/free-slots` (HF-6, HAL-2).

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use brobygger::upkeep;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::booking::id;

fn weekly(kind: &Value) -> Value {
    json!({"weekly": [{"weekday": "tuesday", "from": "09:00", "to": "10:30", "timeTypeId": kind["id"]}], "publicHolidaysOff": true})
}

/// The times of a time book as staff see them: beginning, and whether outside the availability.
fn times(app: &TestApp, book: &Value) -> Vec<(String, bool)> {
    let (_, coordinator) = app.coordinator();
    let mut times = Vec::new();
    let mut path = format!("/slots?scheduleId={}&state=open&limit=100", id(book));
    loop {
        let page = coordinator.get(&path).expect(200);
        for slot in page["items"].as_array().unwrap() {
            times.push((
                slot["startsAt"].as_str().unwrap().to_owned(),
                slot["outsideAvailability"] == true,
            ));
        }
        let Some(cursor) = page["nextCursor"].as_str() else {
            break;
        };
        path = format!(
            "/slots?scheduleId={}&state=open&limit=100&cursor={cursor}",
            id(book)
        );
    }
    times
}

on_both_engines! {
    fn hal_2_the_clinic_decides_what_the_public_sees_and_what_it_is_called(app) {
        let programme = app.programme_of("HAL");
        let (_, coordinator) = app.coordinator();
        let kind = app.time_type(&programme, &json!({"webVisible": false, "publicName": "Besök", "bookBeforeMinutes": 120}));
        let book = app.time_book(&programme);
        let soon = app.slot(&book, &kind, 1, 1);
        let later = app.slot(&book, &kind, 5, 1);
        let site = app.site();
        assert!(app.free(&site, &programme).is_empty());
        assert_eq!(app.free(&coordinator, &programme), [soon["id"].clone(), later["id"].clone()]);
        // One time, under a name of its own.
        let path = format!("/slots/{}", id(&later));
        let etag = coordinator.get(&path).etag();
        let seen = coordinator.patch(&path, &etag, &json!({"webVisible": true, "publicName": "Provtagning"})).expect(200);
        assert_eq!((seen["webVisible"].clone(), seen["publicName"].clone()), (json!(true), json!("Provtagning")));
        let found = site.get(&format!("/free-slots?programmeId={}", id(&programme))).expect(200);
        assert_eq!(found["items"][0]["name"], "Provtagning");
        assert_eq!(found["items"][0]["timeZone"], "Europe/Stockholm");
        assert_eq!(found["items"].as_array().unwrap().len(), 1);
        // The whole type: the one that begins within two hours comes too late for the web.
        let path = format!("/time-types/{}", id(&kind));
        coordinator.patch(&path, "*", &json!({"webVisible": true})).expect(200);
        assert_eq!(app.free(&site, &programme), [later["id"].clone()]);
        app.coordinator().1.patch(&format!("/slots/{}", id(&later)), "*", &json!({"webVisible": null, "publicName": null})).expect(200);
        let found = site.get(&format!("/free-slots?programmeId={}", id(&programme))).expect(200);
        assert_eq!(found["items"][0]["name"], "Besök");
        // Closed by hand, and opened again.
        coordinator.patch(&format!("/slots/{}", id(&later)), "*", &json!({"closed": true})).expect(200);
        assert!(app.free(&site, &programme).is_empty());
        coordinator.patch(&format!("/slots/{}", id(&later)), "*", &json!({"closed": false})).expect(200);
        assert_eq!(app.free(&site, &programme).len(), 1);
        // The site sees nothing else.
        site.get(&format!("/slots/{}", id(&later))).problem(403, "forbidden");
        site.get("/schedules").problem(403, "forbidden");
    }

    fn hf_6_times_follow_from_the_availability_across_the_change_of_the_clock(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let saved = app.availability(&book, &weekly(&kind));
        assert_eq!(saved["slotsUntil"], "2026-06-25");
        let all = times(app, &book);
        // 31 March to 23 June: 13 Tuesdays of two times; summer time began on the 29th.
        assert_eq!(all.len(), 26);
        assert_eq!(all[0].0, "2026-03-31T07:00:00Z");
        assert_eq!(all[1].0, "2026-03-31T07:45:00Z");
        // The order of edits does not matter, and the same edit again changes nothing.
        app.availability(&book, &json!({"weekly": [{"weekday": "monday", "from": "08:00", "to": "20:00", "timeTypeId": kind["id"]}]}));
        assert_eq!(times(app, &book)[0].0, "2026-03-30T06:00:00Z");
        app.availability(&book, &weekly(&kind));
        assert_eq!(times(app, &book), all);
        let (_, coordinator) = app.coordinator();
        let before = coordinator.get(&format!("/slots?scheduleId={}", id(&book))).expect(200);
        app.availability(&book, &weekly(&kind));
        let after = coordinator.get(&format!("/slots?scheduleId={}", id(&book))).expect(200);
        assert_eq!(before, after);
    }

    fn hf_6_what_is_booked_survives_an_edit(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        app.availability(&book, &weekly(&kind));
        let site = app.site();
        let slot = app.free(&site, &programme)[0].clone();
        let booking = app.booked(&site, &json!({"id": slot}), 1);
        app.availability(&book, &json!({"weekly": [{"weekday": "tuesday", "from": "09:30", "to": "11:00", "timeTypeId": kind["id"]}]}));
        let all = times(app, &book);
        // The booked one, and of the new ones that which does not overlap it.
        assert_eq!(all[0], ("2026-03-31T07:00:00Z".to_owned(), true));
        assert_eq!(all[1], ("2026-03-31T08:15:00Z".to_owned(), false));
        // Cancelled, it is not offered again.
        site.post(&format!("/bookings/{}/cancellation", id(&booking)), &json!({"reason": "personWish"})).expect(200);
        app.availability(&book, &json!({"weekly": [{"weekday": "tuesday", "from": "09:30", "to": "11:00", "timeTypeId": kind["id"]}]}));
        assert_eq!(times(app, &book)[0], ("2026-03-31T07:30:00Z".to_owned(), false));
        site.get(&format!("/bookings/{}", id(&booking))).expect(200);
    }

    fn hf_6_times_by_hand_do_not_overlap(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        let slot = app.slot(&book, &kind, 24, 1);
        let (_, coordinator) = app.coordinator();
        let starts = |minutes: i64| {
            let at = app.clock.now() + chrono::Duration::minutes(24 * 60 + minutes);
            json!({"scheduleId": book["id"], "timeTypeId": kind["id"], "startsAt": at})
        };
        for minutes in [-44, 0, 44] {
            coordinator.post("/slots", &starts(minutes)).problem(409, "conflict");
        }
        coordinator.post("/slots", &starts(-45)).expect(201);
        coordinator.post("/slots", &starts(45)).expect(201);
        assert_eq!(slot["origin"], "manual");
        let past = json!({"scheduleId": book["id"], "timeTypeId": kind["id"], "startsAt": app.now()});
        assert_eq!(coordinator.post("/slots", &past).field_errors(), [("/startsAt".to_owned(), "past".to_owned())]);
    }

    fn hf_6_the_clock_job_extends_the_horizon_once(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let book = app.time_book(&programme);
        app.availability(&book, &weekly(&kind));
        assert_eq!(upkeep::run(&app.app).unwrap(), upkeep::Done::default());
        app.advance(chrono::Duration::days(7));
        // Several instances beside each other.
        let done: Vec<usize> = std::thread::scope(|scope| {
            let runs: Vec<_> = (0..4).map(|_| scope.spawn(|| upkeep::run(&app.app).unwrap().of("schedule.extended"))).collect();
            runs.into_iter().map(|run| run.join().unwrap()).collect()
        });
        assert_eq!(done.iter().sum::<usize>(), 1, "{done:?}");
        let all = times(app, &book);
        assert_eq!(all.len(), 28);
        assert_eq!(all[27].0, "2026-06-30T07:45:00Z");
        assert_eq!(app.events_of(&book["id"]), ["schedule.created", "schedule.availabilityChanged", "schedule.extended"]);
    }

    fn a_wrong_availability_names_everything(app) {
        let programme = app.programme_of("HF");
        let other = app.time_type(&app.programme_of("HAL"), &json!({}));
        let book = app.time_book(&programme);
        let path = format!("/schedules/{}/availability", id(&book));
        let body = json!({
            "weekly": [{"weekday": "monday", "from": "12:00", "to": "12:00", "timeTypeId": other["id"], "validFrom": "2026-05-02", "validUntil": "2026-05-01"}],
            "daysOff": [{"from": "2026-05-02", "to": "2026-05-01"}],
        });
        let (_, coordinator) = app.coordinator();
        let wrong = coordinator.send("PUT", &path, &[("if-match", "*")], Some(&body)).field_errors();
        let pointers: Vec<&str> = wrong.iter().map(|(pointer, _)| pointer.as_str()).collect();
        assert_eq!(pointers, ["/weekly/0/to", "/weekly/0/validUntil", "/daysOff/0/to", "/weekly/0/timeTypeId"]);
        let body = json!({"weekly": [{"weekday": "funday", "from": "25:00", "to": "9", "timeTypeId": other["id"]}]});
        let wrong = coordinator.send("PUT", &path, &[("if-match", "*")], Some(&body)).field_errors();
        assert_eq!(wrong.len(), 3);
        coordinator.send("PUT", &path, &[("if-match", "\"9\"")], Some(&json!({}))).problem(412, "staleVersion");
        // One time book for each owner and programme.
        let staff = &book["staffId"];
        let again = json!({"programmeId": programme["id"], "staffId": staff, "name": "En til"});
        coordinator.post("/schedules", &again).problem(409, "conflict");
        coordinator.post("/schedules", &json!({"programmeId": programme["id"], "name": "Ingens"})).problem(400, "invalidRequest");
    }

    fn hf_6_a_time_book_as_a_calendar_names_nobody(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({"name": "Telefonsamtale, æøå"}));
        let book = app.time_book(&programme);
        let slot = app.slot(&book, &kind, 24, 1);
        app.booked(&app.site(), &slot, 7);
        let (_, coordinator) = app.coordinator();
        let headers = [("accept", "text/calendar")];
        let answer = coordinator.send("GET", &format!("/schedules/{}/calendar", id(&book)), &headers, None);
        assert_eq!(answer.status, 200);
        assert_eq!(answer.header("content-type"), Some("text/calendar; charset=utf-8"));
        let text = answer.text();
        for line in ["BEGIN:VCALENDAR", "SUMMARY:Telefonsamtale\\, æøå", "DTSTART:20260328T091500Z", "DTEND:20260328T100000Z", "END:VCALENDAR"] {
            assert!(text.lines().any(|known| known == line), "{line} in {text}");
        }
        assert!(!text.contains("Anna") && !text.contains("Prøvesen") && !text.contains("32000007"));
    }
}

/// What SQLite does for the search: one index, in its order, without sorting.
#[test]
fn hf_6_the_search_for_free_times_reads_one_index_in_its_order() {
    use diesel::{QueryableByName, RunQueryDsl as _, sql_query, sql_types::Text};

    #[derive(QueryableByName)]
    struct Step {
        #[diesel(sql_type = Text)]
        detail: String,
    }

    let app = TestApp::sqlite();
    let mut conn = app.url.connect(Purpose::Read).unwrap();
    let AnyConnection::Sqlite(conn) = &mut conn else {
        unreachable!()
    };
    let plan: Vec<Step> = sql_query(
        "EXPLAIN QUERY PLAN SELECT id, public_name FROM slots
         WHERE programme_id = x'00' AND free_from <= 5 AND starts_at >= 5 AND (starts_at > 5 OR id > x'00')
         ORDER BY starts_at, id LIMIT 21",
    )
    .load(conn)
    .unwrap();
    let plan: Vec<&str> = plan.iter().map(|step| step.detail.as_str()).collect();
    assert_eq!(
        plan,
        ["SEARCH slots USING INDEX slots_free (programme_id=? AND starts_at>?)"]
    );
}

/// A year of 240 volunteers' times, most of the first months booked. Prints what a page takes:
/// `cargo test --test api a_year_of -- --ignored --nocapture`.
#[test]
#[ignore = "measures, and asserts nothing"]
fn a_year_of_240_volunteers() {
    use brobygger::platform::db::Instant;
    use brobygger::platform::db::schema::slots;
    use brobygger::platform::id::Id;
    use brobygger::timetable::{SlotOrigin, SlotRow, SlotState};

    let app = TestApp::sqlite();
    let programme = app.programme_of("HF");
    let kind = app.time_type(&programme, &json!({}));
    let book = app.time_book(&programme);
    let uid = |value: &Value| serde_json::from_value::<Id<()>>(value.clone()).unwrap();
    let (controller, programme_id) = (app.controller, uid(&programme["id"]));
    let (schedule, time_type) = (uid(&book["id"]), uid(&kind["id"]));
    let begin = app.clock.now();
    app.app
        .db
        .write_blocking(move |tx| {
            for n in 0..62_400_i64 {
                let starts_at = begin + chrono::Duration::minutes(60 + n * 8);
                let row = SlotRow {
                    id: Id::new(),
                    controller_id: controller,
                    programme_id: programme_id.cast(),
                    schedule_id: schedule.cast(),
                    time_type_id: time_type.cast(),
                    volunteer_id: None,
                    starts_at,
                    ends_at: starts_at + chrono::Duration::minutes(45),
                    seats: 1,
                    origin: SlotOrigin::Manual,
                    state: SlotState::Open,
                    outside_availability: false,
                    web_visible: None,
                    public_name: None,
                    free_from: (n > 20_000 || n % 50 == 0).then(|| Instant::from_micros(0)),
                    version: 1,
                    created_at: begin,
                    updated_at: begin,
                };
                diesel::RunQueryDsl::execute(
                    diesel::insert_into(slots::table).values(&row),
                    tx.conn(),
                )?;
            }
            Ok(())
        })
        .unwrap();
    let site = app.site();
    let mut path = format!("/free-slots?programmeId={}", id(&programme));
    let mut taken = Vec::new();
    for _ in 0..200 {
        let started = std::time::Instant::now();
        let page = site.get(&path).expect(200);
        taken.push(started.elapsed());
        let cursor = page["nextCursor"].as_str().unwrap();
        path = format!("/free-slots?programmeId={}&cursor={cursor}", id(&programme));
    }
    taken.sort();
    println!(
        "free slots, through HTTP, unoptimised: median {:?}, 95 % {:?}",
        taken[100], taken[190]
    );
}
