//! `/meetings`: agenda, minutes, remarks, and approval by the clock (CPS-6).

use brobygger::platform::db::AnyConnection;
use brobygger::platform::db::connection::Purpose;
use brobygger::upkeep;
use diesel::RunQueryDsl as _;
use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::meetings::path;

fn remark(member: &Value) -> Value {
    json!({"text": "Punkt 1: det var kommunerne, der spurgte.", "memberId": member})
}

fn execute(app: &TestApp, query: &str) -> Result<usize, diesel::result::Error> {
    match &mut app.url.connect(Purpose::Write).unwrap() {
        AnyConnection::Postgres(conn) => diesel::sql_query(query).execute(conn),
        AnyConnection::Sqlite(conn) => diesel::sql_query(query).execute(conn),
    }
}

on_both_engines! {
    fn cps_6_from_plan_to_approved_minutes_with_nobody_watching(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        assert_eq!(meeting["state"], "planned");
        assert_eq!(meeting["deadlines"]["agenda"]["dueOn"], "2026-04-13");
        assert_eq!(meeting["deadlines"]["agenda"]["dueAt"], "2026-04-13T22:00:00Z");
        assert_eq!(meeting["deadlines"]["minutes"]["dueOn"], "2026-04-27");
        let open = group.item(&meeting, &json!({"title": "Økonomi", "kind": "decision", "plannedMinutes": 200}));
        let closed = group.item(&meeting, &json!({"title": "Personsag", "confidential": true}));
        let draft = group.client.get(&path(&meeting, "agenda")).expect(200);
        assert_eq!(draft["content"]["longerThanMeeting"], true);

        app.until("2026-04-13T21:59:59Z");
        let sent = group.step(&meeting, "agenda/sending");
        assert_eq!((&sent["state"], &sent["deadlines"]["agenda"]["status"]), (&json!("agendaSent"), &json!("met")));
        group.client.send("POST", &path(&meeting, "minutes/sending"), &[], None).problem(409, "stateConflict");

        app.until("2026-04-20T13:00:00Z");
        assert_eq!(group.read(&meeting)["state"], "held");
        group.client.send("POST", &path(&meeting, "agenda/sending"), &[], None).problem(409, "stateConflict");
        let refused = group.client.send("POST", &path(&meeting, "minutes/sending"), &[], None).problem(409, "conflict");
        assert!(refused["detail"].as_str().unwrap().contains("attendance, the minutes of item 1, the minutes of item 2"));
        group.write(&open, "Budgettet blev gennemgået.");
        group.write(&closed, "Sagen blev drøftet.");
        group.attend(&meeting);
        let on = format!("/agenda-items/{}", open["id"].as_str().unwrap());
        let decision = group.client.post(&format!("{on}/decisions"), &json!({"text": "Budgettet er vedtaget."})).expect(201);
        let task = group.client.post(&format!("{on}/action-items"), &json!({
            "task": "Sender budgettet.", "ownerId": group.member, "dueOn": "2026-04-30",
        })).expect(201);
        assert_eq!((&decision["decidedOn"], &task["late"]), (&json!("2026-04-20"), &json!(false)));
        // What the minutes will say is the secretariat's until they are sent.
        assert!(group.seated.get(&on).expect(200).get("minutes").is_none());
        group.seated.get(&path(&meeting, "minutes")).problem(404, "notFound");

        app.until("2026-04-22T08:00:00Z");
        let sent = group.step(&meeting, "minutes/sending");
        assert_eq!((&sent["state"], &sent["deadlines"]["minutes"]["status"]), (&json!("minutesSent"), &json!("met")));
        assert_eq!(sent["minutes"]["remarksUntil"], "2026-04-29T22:00:00Z");
        let minutes = group.seated.get(&path(&meeting, "minutes")).expect(200);
        assert_eq!(minutes["content"]["items"].as_array().unwrap().len(), 2);
        assert_eq!(minutes["content"]["items"][0]["actionItems"][0]["ownerName"], "Bo Prøve");

        let before = group.client.get(&path(&meeting, "")).etag();
        app.until("2026-04-29T21:59:59Z");
        assert_eq!(group.read(&meeting)["state"], "minutesSent");
        app.until("2026-04-29T22:00:00Z");
        // True by time: no job has run.
        let approved = group.client.get(&path(&meeting, ""));
        assert_ne!(approved.etag(), before);
        assert_eq!(approved.expect(200)["state"], "approved");
        assert_eq!(group.client.get("/meetings?state=approved").expect(200)["items"].as_array().unwrap().len(), 1);
        group.client.post(&path(&meeting, "minutes/revision"), &json!({"answers": []})).problem(409, "stateConflict");
        // The job tells it, once, however often and wherever it runs.
        let beside = app.beside();
        std::thread::scope(|scope| {
            for instance in [app, &beside, app] {
                scope.spawn(|| upkeep::run(&instance.app).unwrap());
            }
        });
        assert_eq!(group.client.get(&path(&meeting, "")).etag(), group.client.get(&path(&meeting, "")).etag());
        let told = app.events_of(&meeting["id"]);
        assert_eq!(told, [
            "meeting.planned", "meeting.agendaSent", "meeting.attendanceRecorded", "meeting.minutesSent",
            "meeting.minutesApproved",
        ]);

        // Tasks: a member completes own ones, late ones are marked.
        app.until("2026-04-30T22:00:00Z");
        let path = format!("/action-items/{}", task["id"].as_str().unwrap());
        assert_eq!(group.client.get(&path).expect(200)["late"], true);
        group.seated.post(&format!("{path}/completion"), &json!({"result": "Sendt."})).expect(200);
        group.seated.post(&format!("{path}/completion"), &json!({})).problem(409, "stateConflict");
    }

    fn cps_6_a_remark_at_23_59_on_the_seventh_day_counts_and_one_at_midnight_does_not(app) {
        let group = app.group(&json!({}));
        // Over the change to winter time: the seventh day is over at 23:00 UTC.
        let meeting = group.minuted(app, "2026-10-19T11:00:00Z", "2026-10-21T08:00:00Z");
        assert_eq!(meeting["minutes"]["remarksUntil"], "2026-10-28T23:00:00Z");
        app.until("2026-10-28T22:59:59Z");
        let counted = group.seated.post(&path(&meeting, "remarks"), &json!({"text": "En bemærkning."})).expect(201);
        assert_eq!((&counted["inTime"], &counted["memberId"]), (&json!(true), &group.member));
        app.until("2026-10-28T23:00:00Z");
        let late = group.client.post(&path(&meeting, "remarks"), &remark(&group.chair)).expect(201);
        assert_eq!(late["inTime"], false);
        let waiting = group.read(&meeting);
        assert_eq!((&waiting["state"], &waiting["minutes"]["openRemarks"]), (&json!("awaitingRevision"), &json!(1)));
        assert_eq!(waiting["deadlines"]["revision"]["dueOn"], "2026-11-04");
        // Silence of the secretariat does not overrule a member.
        app.until("2026-11-10T12:00:00Z");
        assert_eq!(group.read(&meeting)["state"], "awaitingRevision");
        let tasks = group.client.get("/worklists/meetings?late=true").expect(200);
        assert_eq!(tasks["items"][0]["task"], "reviseMinutes");

        let errors = group.client.post(&path(&meeting, "minutes/revision"), &json!({"answers": []})).field_errors();
        assert_eq!(errors, [("/answers".to_owned(), "missing".to_owned())]);
        let answers = json!({"answers": [{"remarkId": counted["id"], "outcome": "adopted", "answer": "Rettet."}]});
        let revised = group.client.post(&path(&meeting, "minutes/revision"), &answers).expect(200);
        assert_eq!((&revised["state"], &revised["minutes"]["approvedFrom"]), (&json!("approved"), &json!("2026-11-10T12:00:00Z")));
        assert_eq!(revised["deadlines"]["revision"]["status"], "late");
        let versions = group.client.get(&path(&meeting, "minutes/versions")).expect(200);
        let told: Vec<_> = versions["items"].as_array().unwrap().iter()
            .map(|one| (one["number"].clone(), one["kind"].clone(), one["late"].clone(), one["approved"].clone())).collect();
        assert_eq!(told, [
            (json!(2), json!("revised"), json!(true), json!(true)),
            (json!(1), json!("sent"), json!(false), json!(false)),
        ]);
        let answered = group.seated.get(&path(&meeting, "remarks")).expect(200);
        assert_eq!(answered["items"][0]["answeredIn"], 2);
    }

    fn cps_6_a_remark_is_answered_early_or_registered_late(app) {
        let group = app.group(&json!({}));
        // Over the change to summer time: the seventh day is over at 22:00 UTC.
        let meeting = group.minuted(app, "2026-03-27T10:00:00Z", "2026-03-28T08:00:00Z");
        assert_eq!(meeting["minutes"]["remarksUntil"], "2026-04-04T22:00:00Z");
        let one = group.client.post(&path(&meeting, "remarks"), &remark(&group.chair)).expect(201);
        let answers = json!({"answers": [{"remarkId": one["id"], "outcome": "notAdopted", "answer": "Det stod der."}]});
        let revised = group.client.post(&path(&meeting, "minutes/revision"), &answers).expect(200);
        assert_eq!((&revised["state"], &revised["minutes"]["approvedFrom"]), (&json!("minutesSent"), &json!("2026-04-04T22:00:00Z")));
        // It came by mail in time, and is registered while another one is open.
        group.client.post(&path(&meeting, "remarks"), &remark(&group.member)).expect(201);
        app.until("2026-04-07T08:00:00Z");
        let mut by_mail = remark(&group.secretary);
        by_mail["receivedAt"] = json!("2026-04-04T21:59:59Z");
        assert_eq!(group.client.post(&path(&meeting, "remarks"), &by_mail).expect(201)["inTime"], true);
        assert_eq!(group.read(&meeting)["minutes"]["openRemarks"], 2);
        let list = group.client.get(&path(&meeting, "remarks")).expect(200);
        let answers: Vec<Value> = list["items"].as_array().unwrap().iter()
            .filter(|one| one.get("answeredAt").is_none())
            .map(|one| json!({"remarkId": one["id"], "outcome": "partlyAdopted"})).collect();
        let approved = group.client.post(&path(&meeting, "minutes/revision"), &json!({"answers": answers})).expect(200);
        assert_eq!(approved["state"], "approved");
        // What is approved stays approved: registered now, it is late, whenever it came.
        assert_eq!(group.client.post(&path(&meeting, "remarks"), &by_mail).expect(201)["inTime"], false);
        assert_eq!(group.read(&meeting)["state"], "approved");
        // A member says neither when a remark came nor that it is another's.
        let errors = group.seated.post(&path(&meeting, "remarks"), &by_mail).field_errors();
        assert_eq!(errors.len(), 2);
    }

    fn cps_6_what_is_late_is_possible_and_marked(app) {
        let group = app.group(&json!({"agendaDays": 14, "minutesDays": 1, "remarkDays": 2}));
        let meeting = group.meeting("2026-04-09T11:00:00Z");
        assert_eq!(meeting["deadlines"]["agenda"]["status"], "overdue");
        let worklist = |query: &str| {
            let list = group.client.get(&format!("/worklists/meetings{query}")).expect(200);
            list["items"].as_array().unwrap().iter().map(|one| (one["task"].clone(), one["late"].clone())).collect::<Vec<_>>()
        };
        assert_eq!(worklist(""), [(json!("sendAgenda"), json!(true))]);
        let item = group.item(&meeting, &json!({}));
        assert_eq!(item["late"], true);
        assert_eq!(group.step(&meeting, "agenda/sending")["deadlines"]["agenda"]["status"], "late");
        assert_eq!(worklist(""), []);
        let more = group.seated.post(&path(&meeting, "agenda-items"), &json!({"title": "Mere", "kind": "information"})).expect(201);
        assert_eq!((&more["late"], &more["proposerId"]), (&json!(true), &group.member));
        assert_eq!(worklist(""), [(json!("sendChangedAgenda"), json!(false))]);
        group.step(&meeting, "agenda/sending");
        let agendas = group.client.get(&path(&meeting, "agenda/versions")).expect(200);
        assert_eq!(agendas["items"].as_array().unwrap().len(), 2);
        let first = group.client.get(&path(&meeting, "agenda?version=1")).expect(200);
        assert_eq!((first["content"]["items"].as_array().unwrap().len(), &first["late"]), (1, &json!(true)));

        app.until("2026-04-20T11:00:00Z");
        group.seated.post(&path(&meeting, "agenda-items"), &json!({"title": "For sent", "kind": "information"})).problem(409, "conflict");
        assert_eq!(worklist("?late=true"), [(json!("sendMinutes"), json!(true))]);
        for item in [&item, &more] {
            group.write(item, "Drøftet.");
        }
        group.attend(&meeting);
        let sent = group.step(&meeting, "minutes/sending");
        assert_eq!(sent["deadlines"]["minutes"]["status"], "late");
        assert_eq!(sent["minutes"]["remarksUntil"], "2026-04-22T22:00:00Z");
        assert_eq!(worklist(""), []);
        group.client.send("POST", &path(&meeting, "cancellation"), &[], Some(&json!({"reason": "Nej"}))).problem(409, "stateConflict");
    }

    fn cps_6_a_correction_is_a_new_version_and_nothing_sent_is_ever_changed(app) {
        let group = app.group(&json!({}));
        let meeting = group.minuted(app, "2026-04-20T11:00:00Z", "2026-04-21T08:00:00Z");
        app.until("2026-05-04T08:00:00Z");
        let first = group.client.get(&path(&meeting, "minutes?version=1")).expect(200);
        let correction = json!({"reason": "Forkert beløb."});
        group.client.post(&path(&meeting, "minutes/correction"), &correction).problem(409, "conflict");
        let item = group.client.get(&path(&meeting, "agenda-items")).expect(200)["items"][0].clone();
        group.write(&item, "Budgettet blev vedtaget.");
        let corrected = group.client.post(&path(&meeting, "minutes/correction"), &correction).expect(200);
        assert_eq!((&corrected["state"], &corrected["minutes"]["version"]), (&json!("approved"), &json!(2)));
        // Nobody had told of the approval yet: it came first.
        let told = app.events_of(&meeting["id"]);
        assert_eq!(told[told.len() - 2..], ["meeting.minutesApproved", "meeting.minutesCorrected"]);
        let second = group.client.get(&path(&meeting, "minutes")).expect(200);
        assert_eq!((&second["kind"], &second["reason"]), (&json!("corrected"), &json!("Forkert beløb.")));
        let kept = group.client.get(&path(&meeting, "minutes?version=1")).expect(200);
        assert_eq!(kept["content"], first["content"]);
        for query in [
            "DELETE FROM meeting_papers",
            "UPDATE meeting_papers SET number = number + 10",
            "UPDATE meeting_papers SET late = NOT late",
        ] {
            assert!(execute(app, query).unwrap_err().to_string().contains("stays as it is"), "{query}");
        }
        // Sealing again with another key is the one thing that may be.
        assert_eq!(execute(app, "UPDATE meeting_papers SET content = content").unwrap(), 2);
    }

    fn cps_5_an_agenda_is_not_sent_without_chair_and_secretary(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let refused = |group: &crate::support::meetings::Group| {
            let answer = group.client.send("POST", &path(&meeting, "agenda/sending"), &[], None);
            answer.problem(409, "conflict")["detail"].as_str().unwrap().to_owned()
        };
        assert_eq!(refused(&group), "The agenda has no items yet.");
        group.item(&meeting, &json!({}));
        let seat = format!("/steering-members/{}", group.secretary.as_str().unwrap());
        group.client.patch(&seat, "*", &json!({"untilOn": "2026-03-26"})).expect(200);
        assert_eq!(refused(&group), "The group has no secretary today (CPS-5): appoint one first.");
    }

    fn cps_6_the_year_plan_says_what_is_missing_and_what_clashes(app) {
        let group = app.group(&json!({}));
        let plan = |year: i32| {
            let path = format!("/steering-groups/{}/year-plan?year={year}", group.id.as_str().unwrap());
            group.client.get(&path).expect(200)
        };
        let kinds = |plan: &Value| {
            plan["findings"].as_array().unwrap().iter().map(|one| one["kind"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
        };
        // 31 December 23:30 UTC is the next year in Copenhagen.
        group.meeting("2026-12-31T23:30:00Z");
        assert_eq!(kinds(&plan(2026)), ["tooFewMeetings", "noLongerMeeting"]);
        assert_eq!(plan(2026)["meetings"], json!([]));
        assert_eq!(kinds(&plan(2027)), ["tooFewMeetings", "noLongerMeeting", "publicHoliday"]);
        // A member of this group sits in another that meets at the same time.
        let other = app.group(&json!({}));
        let seat = format!("/steering-members/{}", group.member.as_str().unwrap());
        let staff = group.client.get(&seat).expect(200)["staffId"].clone();
        let members = format!("/steering-groups/{}/members", other.id.as_str().unwrap());
        group.client.post(&members, &json!({
            "name": "Bo Prøve", "seat": "X", "role": "member", "sector": "other", "fromOn": "2026-01-01", "staffId": staff,
        })).expect(201);
        group.meeting("2027-03-03T12:00:00Z");
        let there = other.meeting("2027-03-03T13:00:00Z");
        let found = plan(2027);
        let clash = found["findings"].as_array().unwrap().iter().find(|one| one["kind"] == "memberElsewhere").unwrap();
        assert_eq!(clash["meetingIds"][1], there["id"]);
        group.client.get(&format!("/steering-groups/{}/year-plan?year=1900", group.id.as_str().unwrap())).problem(400, "invalidRequest");

        let calendar = group.client.get(&format!("/steering-groups/{}/calendar", group.id.as_str().unwrap())).text();
        assert!(calendar.contains("DTSTART:20270303T120000Z") && calendar.contains("LOCATION:Lokale 2"), "{calendar}");
    }

    fn an_agenda_is_ordered_changed_and_moved(app) {
        let group = app.group(&json!({}));
        let meeting = group.meeting("2026-04-20T11:00:00Z");
        let ids: Vec<Value> = ["A", "B", "C"].iter().map(|title| group.item(&meeting, &json!({"title": title}))["id"].clone()).collect();
        let put = |order: Value| group.client.send("PUT", &path(&meeting, "agenda-order"), &[("if-match", "*")], Some(&json!({"agendaItemIds": order})));
        put(json!([ids[0], ids[1]])).problem(400, "invalidRequest");
        let ordered = put(json!([ids[2], ids[0], ids[1]])).expect(200);
        let titles = |list: &Value| list["items"].as_array().unwrap().iter()
            .map(|item| (item["number"].as_i64().unwrap(), item["title"].as_str().unwrap().to_owned())).collect::<Vec<_>>();
        assert_eq!(titles(&ordered), [(1, "C".to_owned()), (2, "A".to_owned()), (3, "B".to_owned())]);
        let one = format!("/agenda-items/{}", ids[0].as_str().unwrap());
        let (tag, gone) = (group.client.get(&one).etag(), group.client.delete(&one, "*"));
        assert_eq!((gone.etag(), gone.status), (tag, 200));
        let left = group.client.get(&path(&meeting, "agenda-items")).expect(200);
        assert_eq!(titles(&left), [(1, "C".to_owned()), (2, "B".to_owned())]);
        group.step(&meeting, "agenda/sending");
        let moved = json!({"startsAt": "2026-05-20T11:00:00Z", "endsAt": "2026-05-20T13:00:00Z"});
        let moved = group.client.patch(&path(&meeting, ""), "*", &moved).expect(200);
        assert_eq!(moved["deadlines"]["agenda"]["dueOn"], "2026-05-13");
        assert_eq!(moved["agenda"]["changedSinceSent"], true);
        let cancelled = group.client.post(&path(&meeting, "cancellation"), &json!({"reason": "Aflyst."})).expect(200);
        assert_eq!((&cancelled["state"], &cancelled["cancellationReason"]), (&json!("cancelled"), &json!("Aflyst.")));
        group.client.send("POST", &path(&meeting, "agenda/sending"), &[], None).problem(409, "stateConflict");
    }
}
