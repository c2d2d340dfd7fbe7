//! `/ward-shifts` and `/ward-talks`: shifts in pairs, and talks that are counted and never named.

use std::sync::{Arc, Barrier};

use brobygger::platform::access::Actor;
use brobygger::platform::app::{App, Cx};
use brobygger::platform::http::request::RequestInfo;
use brobygger::platform::http::server;
use brobygger::wards::{self, WardShiftId};
use serde_json::{Value, json};

use crate::support::wards::shift_path;
use crate::support::{Answer, Caller, TestApp};

fn sign_up(caller: &Caller, shift: &Value, volunteer: &Value) -> Answer {
    let body = json!({"volunteerId": volunteer["id"]});
    caller.post(&shift_path(shift, "sign-up"), &body)
}

fn trial(caller: &Caller, shift: &Value, volunteer: &Value) -> Answer {
    let body = json!({"volunteerId": volunteer["id"], "kind": "trial"});
    caller.post(&shift_path(shift, "sign-up"), &body)
}

fn on_it(shift: &Value) -> Vec<Value> {
    let sign_ups = shift["signUps"].as_array().unwrap();
    sign_ups
        .iter()
        .map(|one| one["volunteerId"].clone())
        .collect()
}

fn detail(answer: Answer) -> String {
    let problem = answer.problem(409, "conflict");
    problem["detail"].as_str().unwrap().to_owned()
}

/// A candidate whose next step is a trial shift.
fn due_for_trial(app: &TestApp) -> Value {
    let candidate = app.candidate(&json!({}));
    let path = format!("/volunteers/{}", candidate["id"].as_str().unwrap());
    let client = app.client_with_everything();
    for step in ["interview", "course"] {
        let body = json!({"step": step, "outcome": "passed"});
        client
            .post(&format!("{path}/onboarding-steps"), &body)
            .expect(200);
    }
    client.get(&path).expect(200)
}

fn ids(list: &Value) -> Vec<Value> {
    let items = list["items"].as_array().unwrap();
    items.iter().map(|one| one["id"].clone()).collect()
}

on_both_engines! {
    fn hf_3_a_shift_is_planned_read_listed_and_changed(app) {
        let coordinator = app.volunteer_coordinator();
        let ward = app.ward();
        let body = json!({
            "programmeId": app.programme_of("HF")["id"], "wardId": ward,
            "startsAt": "2026-03-29T01:30:00+01:00", "endsAt": "2026-03-29T04:30:00+02:00",
        });
        let created = coordinator.post("/ward-shifts", &body);
        let etag = created.etag();
        let shift = created.expect(201);
        assert_eq!((&shift["state"], &shift["flags"]), (&json!("planned"), &json!(["nobody"])));
        assert_eq!((&shift["places"], &shift["trialPlaces"]), (&json!(2), &json!(1)));
        // The clock is put forward on that night: two hours, on the day it begins there.
        assert_eq!((&shift["startsAt"], &shift["heldOn"]), (&json!("2026-03-29T00:30:00Z"), &json!("2026-03-29")));
        assert_eq!(shift["timeZone"], "Europe/Copenhagen");
        let path = shift_path(&shift, "");
        assert_eq!(coordinator.get(&path).expect(200), shift);

        let changed = coordinator.patch(&path, &etag, &json!({"places": 3})).expect(200);
        assert_eq!((&changed["places"], &changed["version"]), (&json!(3), &json!(2)));
        coordinator.patch(&path, &etag, &json!({"places": 4})).problem(412, "staleVersion");
        let late = app.shift(&ward, &json!({}));
        let list = |query: &str| ids(&coordinator.get(&format!("/ward-shifts?{query}")).expect(200));
        assert_eq!(list("limit=5"), [shift["id"].clone(), late["id"].clone()]);
        assert_eq!(list("startsFrom=2026-04-01T00:00:00Z"), [late["id"].clone()]);
        assert_eq!(list("startsBefore=2026-04-01T00:00:00Z"), [shift["id"].clone()]);
        let page = coordinator.get("/ward-shifts?limit=1").expect(200);
        let next = page["nextCursor"].as_str().unwrap();
        assert_eq!(list(&format!("limit=1&cursor={next}")), [late["id"].clone()]);
        assert_eq!(list(&format!("wardId={}", app.ward().as_str().unwrap())), [json!(null); 0]);
        assert_eq!(app.events_of(&shift["id"]), ["wardShift.planned", "wardShift.changed"]);
    }

    fn hf_3_what_is_no_shift_is_refused(app) {
        let coordinator = app.volunteer_coordinator();
        let ward = app.ward();
        let errors = |own: Value| {
            let mut body = json!({
                "programmeId": app.programme_of("HF")["id"], "wardId": ward,
                "startsAt": "2026-04-08T10:00:00Z", "endsAt": "2026-04-08T13:00:00Z",
            });
            for (field, value) in own.as_object().unwrap() {
                body[field] = value.clone();
            }
            coordinator.post("/ward-shifts", &body).field_errors()
        };
        let one = |pointer: &str, code: &str| vec![(pointer.to_owned(), code.to_owned())];
        assert_eq!(errors(json!({"endsAt": "2026-04-08T10:00:00Z"})), one("/endsAt", "order"));
        assert_eq!(errors(json!({"endsAt": "2026-04-09T10:00:00Z"})), one("/endsAt", "tooLong"));
        assert_eq!(errors(json!({"startsAt": "2026-03-26T10:00:00Z", "endsAt": "2026-03-26T12:00:00Z"})), one("/endsAt", "past"));
        assert_eq!(errors(json!({"wardId": app.controller})), one("/wardId", "notAWard"));
        assert_eq!(errors(json!({"wardId": app.programme_of("HF")["id"]})), one("/wardId", "notFound"));
        assert_eq!(errors(json!({"places": 0})), one("/places", "tooSmall"));
        assert_eq!(errors(json!({"note": "Fru Prøvesen"})), one("/note", "unknownField"));
    }

    fn hf_3_a_pair_signs_up_and_one_person_is_flagged(app) {
        let ward = app.ward();
        let shift = app.shift(&ward, &json!({}));
        let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({"subtypes": ["relativeSupporter", "parentSupporter"]})));
        let as_anna = app.as_volunteer(&anna);
        // A volunteer signs up alone for herself, and needs no id for it.
        let one = as_anna.post(&shift_path(&shift, "sign-up"), &json!({})).expect(200);
        assert_eq!((&one["flags"], &one["freePlaces"]), (&json!(["onePerson"]), &json!(1)));
        assert_eq!(sign_up(&as_anna, &shift, &berit).field_errors(), [("/volunteerId".to_owned(), "notFound".to_owned())]);
        assert_eq!(detail(as_anna.post(&shift_path(&shift, "sign-up"), &json!({}))), "The volunteer is on this shift already.");
        let coordinator = app.volunteer_coordinator();
        let flagged = |is| ids(&coordinator.get(&format!("/ward-shifts?flagged={is}")).expect(200));
        assert_eq!((flagged(true), flagged(false)), (vec![shift["id"].clone()], vec![]));
        let body = json!({"volunteerId": berit["id"], "subtype": "parentSupporter"});
        let pair = coordinator.post(&shift_path(&shift, "sign-up"), &body).expect(200);
        assert_eq!((&pair["flags"], &pair["freePlaces"]), (&json!([]), &json!(0)));
        assert_eq!(pair["signUps"][1]["subtype"], "parentSupporter");
        assert_eq!((flagged(true), flagged(false)), (vec![], vec![shift["id"].clone()]));
        let third = app.supporter(json!({}));
        assert_eq!(detail(sign_up(&coordinator, &shift, &third)), "All places of this kind on the shift are taken.");
        // What she is not, she does not walk as.
        let other = app.shift(&ward, &json!({"startsAt": "2026-04-09T08:00:00Z", "endsAt": "2026-04-09T10:00:00Z"}));
        let body = json!({"subtype": "relativeSupporter"});
        assert_eq!(as_anna.post(&shift_path(&other, "sign-up"), &body).field_errors()[0].1, "notTheVolunteers");

        let off = as_anna.post(&shift_path(&shift, "sign-off"), &json!({})).expect(200);
        assert_eq!((on_it(&off), &off["flags"]), (vec![berit["id"].clone()], &json!(["onePerson"])));
        assert_eq!(as_anna.post(&shift_path(&shift, "sign-off"), &json!({})).field_errors()[0].1, "notOnTheShift");
        sign_up(&coordinator, &shift, &third).expect(200);
        assert_eq!(app.events_of(&shift["id"]),
            ["wardShift.planned", "wardShift.signedUp", "wardShift.signedUp", "wardShift.signedOff", "wardShift.signedUp"]);
    }

    fn hf_2_only_active_volunteers_walk_regular_shifts(app) {
        let shift = app.shift(&app.ward(), &json!({}));
        let coordinator = app.volunteer_coordinator();
        let candidate = app.candidate(&json!({}));
        let problem = sign_up(&coordinator, &shift, &candidate).problem(409, "stateConflict");
        assert_eq!(problem["state"], "candidate");
        // On leave on the day of the shift, although active today; not where the leave is over by then.
        for (until, status) in [("2026-04-09", 409), ("2026-04-08", 200)] {
            let volunteer = app.supporter(json!({}));
            let path = format!("/volunteers/{}/leave", volunteer["id"].as_str().unwrap());
            coordinator.post(&path, &json!({"from": "2026-04-01", "until": until, "reason": "travel"})).expect(200);
            assert_eq!(sign_up(&coordinator, &shift, &volunteer).status, status, "{until}");
        }
        let stranger = json!({"id": app.programme_of("HF")["id"]});
        assert_eq!(sign_up(&coordinator, &shift, &stranger).field_errors()[0].1, "notFound");
        assert_eq!(coordinator.post(&shift_path(&shift, "sign-up"), &json!({})).field_errors()[0].1, "required");
    }

    fn hf_3_a_trial_shift_is_walked_beside_an_active_volunteer(app) {
        let shift = app.shift(&app.ward(), &json!({}));
        let coordinator = app.volunteer_coordinator();
        let (due, early, experienced) = (due_for_trial(app), app.candidate(&json!({})), app.supporter(json!({})));
        assert!(detail(trial(&coordinator, &shift, &due)).contains("beside an active volunteer"));
        sign_up(&coordinator, &shift, &experienced).expect(200);
        assert!(detail(trial(&coordinator, &shift, &early)).contains("next step"));
        assert!(detail(trial(&coordinator, &shift, &app.supporter(json!({})))).contains("next step"));
        let pair = trial(&coordinator, &shift, &due).expect(200);
        assert_eq!((&pair["flags"], &pair["freePlaces"], &pair["freeTrialPlaces"]), (&json!([]), &json!(1), &json!(0)));
        assert_eq!(detail(trial(&coordinator, &shift, &due_for_trial(app))), "All places of this kind on the shift are taken.");
        // The experienced one goes: the one on trial is not left alone unnoticed.
        let body = json!({"volunteerId": experienced["id"]});
        let alone = coordinator.post(&shift_path(&shift, "sign-off"), &body).expect(200);
        assert_eq!(alone["flags"], json!(["onePerson", "trialWithoutExperienced"]));
        assert_eq!(ids(&coordinator.get("/ward-shifts?flagged=true").expect(200)), [shift["id"].clone()]);
    }

    fn hf_5_nobody_walks_the_ward_of_own_employment_or_two_shifts_at_once(app) {
        let ward = app.ward();
        let shift = app.shift(&ward, &json!({}));
        let coordinator = app.volunteer_coordinator();
        let hospital = coordinator.get(&format!("/organisations/{}", ward.as_str().unwrap())).expect(200)["partOf"].clone();
        for organisation in [&ward, &hospital] {
            let conflict = json!({"conflicts": [{"kind": "employment", "organisationId": organisation}]});
            assert!(detail(sign_up(&coordinator, &shift, &app.supporter(conflict))).contains("conflict of interest"));
        }
        let over = json!({"conflicts": [{"kind": "employment", "organisationId": ward, "until": "2026-04-07"}]});
        sign_up(&coordinator, &shift, &app.supporter(over)).expect(200);
        let busy = app.supporter(json!({}));
        sign_up(&coordinator, &shift, &busy).expect(200);
        let span = |from: &str, to: &str| json!({"startsAt": format!("2026-04-08T{from}:00Z"), "endsAt": format!("2026-04-08T{to}:00Z")});
        let same = app.shift(&app.ward(), &span("10:59", "12:00"));
        assert!(detail(sign_up(&coordinator, &same, &busy)).contains("at the same time"));
        let after = app.shift(&app.ward(), &span("11:00", "12:00"));
        sign_up(&coordinator, &after, &busy).expect(200);
        // Nor by moving one of them.
        let moved = coordinator.patch(&shift_path(&after, ""), "*", &span("10:00", "12:00"));
        assert!(detail(moved).contains("at the new time"));
        coordinator.post(&shift_path(&shift, "cancellation"), &json!({"reason": "wardClosed"})).expect(200);
        sign_up(&coordinator, &same, &busy).problem(409, "conflict");
        let free = app.shift(&app.ward(), &span("08:30", "10:30"));
        sign_up(&coordinator, &free, &busy).expect(200);
    }

    fn hf_5_who_works_for_the_data_controller_walks_its_wards(app) {
        let region = json!({"conflicts": [{"kind": "employment", "organisationId": app.controller}]});
        let shift = app.shift(&app.ward(), &json!({}));
        sign_up(&app.volunteer_coordinator(), &shift, &app.supporter(region)).expect(200);
    }

    fn hf_2_a_shift_is_not_moved_into_the_leave_of_somebody_on_it(app) {
        let coordinator = app.volunteer_coordinator();
        let shift = app.shift(&app.ward(), &json!({}));
        let anna = app.supporter(json!({}));
        sign_up(&coordinator, &shift, &anna).expect(200);
        let leave = json!({"from": "2026-04-09", "until": "2026-04-12", "reason": "travel"});
        coordinator.post(&format!("/volunteers/{}/leave", anna["id"].as_str().unwrap()), &leave).expect(200);
        let to = |day: &str| json!({"startsAt": format!("{day}T08:00:00Z"), "endsAt": format!("{day}T11:00:00Z")});
        assert!(detail(coordinator.patch(&shift_path(&shift, ""), "*", &to("2026-04-11"))).contains("on leave"));
        coordinator.patch(&shift_path(&shift, ""), "*", &to("2026-04-12")).expect(200);
    }

    fn hf_3_nobody_walks_a_ward_and_talks_on_the_telephone_at_once(app) {
        let programme = app.programme_of("HF");
        let kind = app.time_type(&programme, &json!({}));
        let (_, coordinator) = app.coordinator();
        let shift = app.shift(&app.ward(), &json!({}));
        let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({})));
        // At the last minute of the shift, and when it is over.
        let times = |volunteer: &Value| {
            let book = json!({"programmeId": programme["id"], "volunteerId": volunteer["id"], "name": "Tider"});
            let book = coordinator.post("/schedules", &book).expect(201);
            ["2026-04-08T10:15:00Z", "2026-04-08T11:00:00Z"].map(|at| coordinator.post("/slots",
                &json!({"scheduleId": book["id"], "timeTypeId": kind["id"], "startsAt": at})).expect(201))
        };
        let [during, after] = times(&anna);
        app.booked(&coordinator, &after, 1);
        let talk = app.booked(&coordinator, &during, 2);
        assert!(detail(sign_up(&coordinator, &shift, &anna)).contains("has a talk booked"));
        let cancellation = format!("/bookings/{}/cancellation", talk["id"].as_str().unwrap());
        coordinator.post(&cancellation, &json!({"reason": "personWish"})).expect(200);
        sign_up(&coordinator, &shift, &anna).expect(200);
        // Nor by moving the shift.
        let longer = json!({"endsAt": "2026-04-08T11:01:00Z"});
        assert!(detail(coordinator.patch(&shift_path(&shift, ""), "*", &longer)).contains("at the new time"));
        let [during, after] = times(&berit);
        sign_up(&coordinator, &shift, &berit).expect(200);
        coordinator.post("/bookings", &json!({"slotId": during["id"]})).problem(409, "slotTaken");
        coordinator.post("/bookings", &json!({"slotId": after["id"]})).expect(201);
    }

    fn hf_3_a_place_is_offered_and_taken(app) {
        let ward = app.ward();
        let shift = app.shift(&ward, &json!({}));
        let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({})));
        let (as_anna, as_berit) = (app.as_volunteer(&anna), app.as_volunteer(&berit));
        as_anna.post(&shift_path(&shift, "sign-up"), &json!({})).expect(200);
        let take = json!({"volunteerId": anna["id"]});
        assert!(detail(as_berit.post(&shift_path(&shift, "swap"), &take)).contains("not offered"));
        let offered = as_anna.post(&shift_path(&shift, "offer"), &json!({})).expect(200);
        assert_eq!(offered["signUps"][0]["offered"], true);
        as_anna.post(&shift_path(&shift, "offer"), &json!({})).problem(409, "conflict");
        // Kept until somebody takes it; nobody is put on it by a colleague.
        assert_eq!(on_it(&offered), [anna["id"].clone()]);
        let foist = json!({"volunteerId": anna["id"], "takenBy": app.supporter(json!({}))["id"]});
        assert_eq!(as_berit.post(&shift_path(&shift, "swap"), &foist).field_errors()[0].0, "/takenBy");
        let back = json!({"volunteerId": anna["id"], "inReturnFor": shift["id"]});
        assert_eq!(as_berit.post(&shift_path(&shift, "swap"), &back).field_errors()[0].1, "coordinatorOnly");
        let taken = as_berit.post(&shift_path(&shift, "swap"), &take).expect(200);
        assert_eq!((on_it(&taken), &taken["signUps"][0]["offered"]), (vec![berit["id"].clone()], &json!(false)));
        assert_eq!(as_berit.post(&shift_path(&shift, "swap"), &take).field_errors()[0].1, "notOnTheShift");
    }

    fn hf_3_two_volunteers_change_places_both_or_neither(app) {
        let coordinator = app.volunteer_coordinator();
        let ward = app.ward();
        let first = app.shift(&ward, &json!({}));
        let second = app.shift(&ward, &json!({"startsAt": "2026-04-09T08:00:00Z", "endsAt": "2026-04-09T10:00:00Z"}));
        let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({})));
        sign_up(&coordinator, &first, &anna).expect(200);
        sign_up(&coordinator, &second, &berit).expect(200);
        let body = json!({"volunteerId": anna["id"], "takenBy": berit["id"], "inReturnFor": second["id"]});
        let swapped = coordinator.post(&shift_path(&first, "swap"), &body).expect(200);
        assert_eq!(on_it(&swapped), [berit["id"].clone()]);
        assert_eq!(on_it(&coordinator.get(&shift_path(&second, "")).expect(200)), [anna["id"].clone()]);
        // The other way round fails where one of the two could not: nothing has moved.
        let cecilie = app.supporter(json!({"conflicts": [{"kind": "employment", "organisationId": ward}]}));
        let elsewhere = app.shift(&app.ward(), &json!({}));
        sign_up(&coordinator, &elsewhere, &cecilie).expect(200);
        let body = json!({"volunteerId": anna["id"], "takenBy": cecilie["id"], "inReturnFor": elsewhere["id"]});
        coordinator.post(&shift_path(&second, "swap"), &body).problem(409, "conflict");
        assert_eq!(on_it(&coordinator.get(&shift_path(&second, "")).expect(200)), [anna["id"].clone()]);
        assert_eq!(on_it(&coordinator.get(&shift_path(&elsewhere, "")).expect(200)), [cecilie["id"].clone()]);
    }

    fn hf_3_a_cancelled_shift_says_who_is_to_be_told_and_takes_nobody(app) {
        let coordinator = app.volunteer_coordinator();
        let shift = app.shift(&app.ward(), &json!({}));
        let anna = app.supporter(json!({}));
        sign_up(&coordinator, &shift, &anna).expect(200);
        let cancelled = coordinator.post(&shift_path(&shift, "cancellation"), &json!({"reason": "infection"})).expect(200);
        assert_eq!((&cancelled["state"], &cancelled["flags"]), (&json!("cancelled"), &json!([])));
        assert_eq!((on_it(&cancelled), &cancelled["cancellationReason"]), (vec![anna["id"].clone()], &json!("infection")));
        for (step, body) in [
            ("sign-up", json!({"volunteerId": anna["id"]})), ("sign-off", json!({"volunteerId": anna["id"]})),
            ("offer", json!({"volunteerId": anna["id"]})), ("swap", json!({"volunteerId": anna["id"], "takenBy": anna["id"]})),
            ("cancellation", json!({"reason": "other"})),
        ] {
            let problem = coordinator.post(&shift_path(&shift, step), &body).problem(409, "stateConflict");
            assert_eq!((&problem["state"], &problem["allowed"]), (&json!("cancelled"), &json!([])), "{step}");
        }
    }

    fn hf_3_fewer_places_leave_everybody_on_the_shift(app) {
        let coordinator = app.volunteer_coordinator();
        let shift = app.shift(&app.ward(), &json!({"places": 3}));
        let volunteers = [app.supporter(json!({})), app.supporter(json!({})), app.supporter(json!({}))];
        for one in &volunteers {
            sign_up(&coordinator, &shift, one).expect(200);
        }
        let path = shift_path(&shift, "");
        assert_eq!(coordinator.patch(&path, "*", &json!({"places": 2})).field_errors()[0].1, "tooSmall");
        let body = json!({"volunteerId": volunteers[0]["id"]});
        coordinator.post(&shift_path(&shift, "sign-off"), &body).expect(200);
        // The third one's place is gone: she has the first one's now.
        let smaller = coordinator.patch(&path, "*", &json!({"places": 2})).expect(200);
        assert_eq!(on_it(&smaller), [volunteers[1]["id"].clone(), volunteers[2]["id"].clone()]);
        assert_eq!(smaller["freePlaces"], 0);
        sign_up(&coordinator, &shift, &volunteers[0]).problem(409, "conflict");
    }

    fn hf_3_who_goes_on_leave_or_departs_frees_the_shifts(app) {
        let coordinator = app.volunteer_coordinator();
        let ward = app.ward();
        let shifts: Vec<Value> = [8, 9, 10].iter().map(|day| app.shift(&ward, &json!({
            "startsAt": format!("2026-04-{day:02}T08:00:00Z"), "endsAt": format!("2026-04-{day:02}T10:00:00Z"),
        }))).collect();
        let anna = app.supporter(json!({}));
        for shift in &shifts {
            sign_up(&coordinator, shift, &anna).expect(200);
        }
        let path = |step: &str| format!("/volunteers/{}/{step}", anna["id"].as_str().unwrap());
        let gone = coordinator.post(&path("leave"), &json!({"from": "2026-04-09", "until": "2026-04-10", "reason": "family"})).expect(200);
        assert_eq!(gone["releasedShifts"], json!([shifts[1]["id"]]));
        let free = coordinator.get(&shift_path(&shifts[1], "")).expect(200);
        assert_eq!((on_it(&free), &free["flags"]), (vec![], &json!(["nobody"])));
        let left = coordinator.post(&path("departure"), &json!({"reason": "movedAway"})).expect(200);
        assert_eq!(left["releasedShifts"], json!([shifts[0]["id"], shifts[2]["id"]]));
    }

    fn hf_3_a_volunteer_sees_shifts_and_decides_on_none(app) {
        let shift = app.shift(&app.ward(), &json!({}));
        let anna = app.supporter(json!({}));
        let as_anna = app.as_volunteer(&anna);
        as_anna.get(&shift_path(&shift, "")).expect(200);
        as_anna.post("/ward-shifts", &json!({})).problem(403, "forbidden");
        as_anna.post(&shift_path(&shift, "cancellation"), &json!({"reason": "other"})).problem(403, "forbidden");
        as_anna.patch(&shift_path(&shift, ""), "*", &json!({"places": 9})).problem(403, "forbidden");
        as_anna.get("/activity-figures").problem(403, "forbidden");
        app.other_organisation().get(&shift_path(&shift, "")).problem(404, "notFound");
        let (_, nurse) = app.nurse();
        nurse.get("/ward-shifts").problem(403, "forbidden");
        // Only the shifts of her own programme.
        let other = app.programme_of("CPS");
        let body = json!({"programmeId": other["id"], "wardId": app.ward(), "startsAt": "2026-04-08T08:00:00Z", "endsAt": "2026-04-08T10:00:00Z"});
        let foreign = app.client_with_everything().post("/ward-shifts", &body).expect(201);
        as_anna.get(&shift_path(&foreign, "")).problem(404, "notFound");
        assert_eq!(ids(&as_anna.get("/ward-shifts").expect(200)), [shift["id"].clone()]);
        assert_eq!(sign_up(&app.volunteer_coordinator(), &foreign, &anna).field_errors()[0].1, "notFound");
    }

    fn hf_3_a_talk_is_counted_and_never_named(app) {
        let shift = app.shift(&app.ward(), &json!({"startsAt": "2026-03-27T08:00:00Z", "endsAt": "2026-03-27T11:00:00Z"}));
        let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({})));
        let (as_anna, as_berit) = (app.as_volunteer(&anna), app.as_volunteer(&berit));
        as_anna.post(&shift_path(&shift, "sign-up"), &json!({})).expect(200);
        let body = json!({"wardShiftId": shift["id"], "met": "relative", "phase": "during", "subtype": "patientSupporter", "minutes": 15});
        let created = as_anna.post("/ward-talks", &body);
        let etag = created.etag();
        let talk = created.expect(201);
        assert_eq!((&talk["wardId"], &talk["heldOn"], &talk["met"]), (&shift["wardId"], &json!("2026-03-27"), &json!("relative")));
        let path = format!("/ward-talks/{}", talk["id"].as_str().unwrap());
        assert_eq!(as_anna.get(&path).expect(200), talk);
        // Nobody's name, number or story has a place in it.
        for (field, value) in [
            ("name", json!("Zebrinette")), ("cpr", json!("070761-4285")), ("patientId", json!(shift["id"])), ("note", json!("Sov dårligt")),
            ("telephone", json!("+4532105432")), ("heldAt", json!("2026-03-27T09:00:00Z")),
        ] {
            let mut named = body.clone();
            named[field] = value;
            assert_eq!(as_anna.post("/ward-talks", &named).field_errors(), [(format!("/{field}"), "unknownField".to_owned())]);
        }
        for (field, value) in [("met", json!("070761-4285")), ("phase", json!("Fru Prøvesen")), ("subtype", json!("x")), ("minutes", json!(0)), ("minutes", json!(241))] {
            let mut wrong = body.clone();
            wrong[field] = value;
            assert_eq!(as_anna.post("/ward-talks", &wrong).field_errors()[0].0, format!("/{field}"));
        }
        // It leaves no trace of a person: no patient in the event, no row in anybody's access log.
        assert_eq!(app.events_of(&talk["id"]), ["wardTalk.counted"]);
        // Only those on the shift, and staff.
        assert!(detail(as_berit.post("/ward-talks", &body)).contains("by those who are on it"));
        as_berit.get(&path).problem(404, "notFound");
        assert_eq!(as_berit.get("/ward-talks").expect(200)["items"], json!([]));
        assert_eq!(as_anna.get("/ward-talks").expect(200)["items"], json!([talk]));
        let coordinator = app.volunteer_coordinator();
        let second = coordinator.post("/ward-talks", &body).expect(201);
        let list = |query: &str| ids(&coordinator.get(&format!("/ward-talks?{query}")).expect(200));
        assert_eq!(list("from=2026-03-27&to=2026-03-27"), [second["id"].clone(), talk["id"].clone()]);
        assert_eq!(list("from=2026-03-28"), [json!(null); 0]);
        assert_eq!(list(&format!("wardShiftId={}", shift["id"].as_str().unwrap())).len(), 2);
        // Taken back where it was wrong.
        as_anna.send("DELETE", &path, &[], None).problem(428, "versionRequired");
        let gone = as_anna.delete(&path, &etag);
        assert_eq!((gone.etag(), gone.status), (etag, 200));
        as_anna.get(&path).problem(404, "notFound");
        // Not before the shift, and not on one that is cancelled.
        let coming = app.shift(&app.ward(), &json!({}));
        let mut early = body.clone();
        early["wardShiftId"] = coming["id"].clone();
        coordinator.post("/ward-talks", &early).problem(409, "stateConflict");
        app.other_organisation().post("/ward-talks", &body).field_errors();
    }

    fn hf_3_the_last_place_is_given_once_over_http(app) {
        let ward = app.ward();
        let volunteers: Vec<Value> = (0..8).map(|_| app.supporter(json!({}))).collect();
        for day in 1..=5 {
            let shift = app.shift(&ward, &json!({
                "startsAt": format!("2026-05-{day:02}T08:00:00Z"), "endsAt": format!("2026-05-{day:02}T10:00:00Z"), "places": 1,
            }));
            let barrier = Barrier::new(volunteers.len());
            let statuses: Vec<u16> = std::thread::scope(|scope| {
                let running: Vec<_> = volunteers.iter().map(|one| {
                    let (caller, shift, barrier) = (app.as_volunteer(one), &shift, &barrier);
                    scope.spawn(move || {
                        barrier.wait();
                        caller.post(&shift_path(shift, "sign-up"), &json!({})).status
                    })
                }).collect();
                running.into_iter().map(|thread| thread.join().unwrap()).collect()
            });
            assert_eq!(statuses.iter().filter(|status| **status == 200).count(), 1, "{statuses:?}");
            assert!(statuses.iter().all(|status| matches!(status, 200 | 409)), "{statuses:?}");
            let after = app.client_with_everything().get(&shift_path(&shift, "")).expect(200);
            assert_eq!((on_it(&after).len(), &after["freePlaces"]), (1, &json!(0)));
        }
    }

    fn hf_3_the_last_place_is_given_once_by_several_instances(app) {
        let ward = app.ward();
        let ids = app.make_active(&vec![json!({}); 6]);
        // Three more instances on the same database, each with a writer of its own.
        let instances: Vec<App> = (0..3).map(|_| {
            server::open(app.app.config.clone(), &app.url, None, app.clock.clone()).unwrap()
        }).collect();
        for day in 1..=12 {
            let shift = app.shift(&ward, &json!({
                "startsAt": format!("2026-06-{day:02}T08:00:00Z"), "endsAt": format!("2026-06-{day:02}T10:00:00Z"), "places": 1,
            }));
            let shift: WardShiftId = serde_json::from_value(shift["id"].clone()).unwrap();
            let barrier = Arc::new(Barrier::new(ids.len()));
            let running: Vec<_> = ids.iter().enumerate().map(|(index, volunteer)| {
                let (instance, volunteer, controller) = (instances[index % instances.len()].clone(), *volunteer, app.controller);
                let barrier = Arc::clone(&barrier);
                std::thread::spawn(move || {
                    barrier.wait();
                    let shared = instance.clone();
                    instance.db.write_blocking(move |tx| {
                        let (actor, request) = (Actor::service(controller), RequestInfo::default());
                        let new = serde_json::from_value(json!({"volunteerId": volunteer})).unwrap();
                        wards::sign_up(&mut Cx::new(&shared, &actor, &request, tx.conn()), shift, &new)
                    }).is_ok()
                })
            }).collect();
            let given = running.into_iter().map(|thread| thread.join().unwrap()).filter(|given| *given).count();
            assert_eq!(given, 1, "round {day}");
        }
    }
}

/// Without the rules: what the database itself refuses.
mod the_database_refuses {
    use brobygger::platform::db::connection::{AnyConnection, Purpose};
    use diesel::{RunQueryDsl as _, sql_query};

    use super::*;

    on_both_engines! {
        fn hf_3_a_place_or_a_person_twice(app) {
            let shift = app.shift(&app.ward(), &json!({}));
            let coordinator = app.volunteer_coordinator();
            let (anna, berit) = (app.supporter(json!({})), app.supporter(json!({})));
            sign_up(&coordinator, &shift, &anna).expect(200);
            let copy = |volunteer: &Value, seat: i32| {
                let (left, right) = match app.url.connect(Purpose::Write).unwrap() {
                    AnyConnection::Postgres(_) => ("'", "'::uuid"),
                    AnyConnection::Sqlite(_) => ("x'", "'"),
                };
                let id = |value: &str| format!("{left}{}{right}", value.replace('-', ""));
                let query = format!(
                    "INSERT INTO ward_shift_sign_ups (id, shift_id, volunteer_id, kind, subtype, seat, signed_up_at) \
                     SELECT {}, shift_id, {}, kind, subtype, {seat}, signed_up_at FROM ward_shift_sign_ups",
                    id(&uuid::Uuid::now_v7().to_string()), id(volunteer["id"].as_str().unwrap()),
                );
                match app.url.connect(Purpose::Write).unwrap() {
                    AnyConnection::Postgres(mut conn) => sql_query(query).execute(&mut conn),
                    AnyConnection::Sqlite(mut conn) => sql_query(query).execute(&mut conn),
                }
            };
            let refused = |result: diesel::QueryResult<usize>| {
                let error = result.unwrap_err();
                assert!(matches!(error, diesel::result::Error::DatabaseError(diesel::result::DatabaseErrorKind::UniqueViolation, _)), "{error}");
            };
            refused(copy(&berit, 1));
            refused(copy(&anna, 2));
            assert_eq!(copy(&berit, 2).unwrap(), 1);
        }
    }
}
