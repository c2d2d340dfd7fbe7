//! `/evaluations` (CPS-7, HA-2).

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::governance::path;

fn of(app: &TestApp, filter: &str) -> Vec<Value> {
    let page = app
        .secretariat()
        .get(&format!("/evaluations?{filter}"))
        .expect(200);
    page["items"].as_array().unwrap().clone()
}

on_both_engines! {
    fn cps_7_a_group_is_evaluated_within_a_year_and_then_every_year(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let filter = format!("steeringGroupId={}", group["id"].as_str().unwrap());
        let planned = of(app, &filter);
        assert_eq!(planned.len(), 1);
        assert_eq!((&planned[0]["kind"], &planned[0]["dueOn"], &planned[0]["latestOn"]),
            (&json!("cooperation"), &json!("2027-01-15"), &json!("2027-01-15")));
        let place = path("evaluations", &planned[0]);
        let etag = client.get(&place).etag();
        let late = client.patch(&place, &etag, &json!({"dueOn": "2027-01-16"})).field_errors();
        assert_eq!(late, [("/dueOn".to_owned(), "outOfRange".to_owned())]);
        client.patch(&place, &etag, &json!({"dueOn": "2026-10-01"})).expect(200);
        let twice = json!({"steeringGroupId": group["id"], "kind": "cooperation"});
        client.post("/evaluations", &twice).problem(409, "conflict");
        client.post(&format!("{place}/cancellation"), &json!({"reason": "x"})).problem(409, "stateConflict");
        app.advance(chrono::Duration::days(300));
        assert_eq!(client.get(&place).expect(200)["overdue"], true);
        let done = client.post(&format!("{place}/completion"), &json!({"conclusion": "God.", "heldOn": "2026-12-01"})).expect(200);
        assert_eq!((&done["state"], &done["inTime"], &done["overdue"]), (&json!("completed"), &json!(false), &json!(false)));
        client.post(&format!("{place}/completion"), &json!({"conclusion": "Igen."})).problem(409, "stateConflict");
        let all = of(app, &filter);
        assert_eq!((all.len(), &all[1]["state"], &all[1]["dueOn"]), (2, &json!("planned"), &json!("2027-12-01")));
        app.other_organisation().get(&place).problem(404, "notFound");
    }

    fn ha_2_the_midway_evaluation_keeps_how_the_indicators_stood(app) {
        let client = app.secretariat();
        let agreement = app.agreement();
        let indicator = app.indicator(&agreement, 1, &json!({}));
        let body = json!({"indicatorId": indicator["id"], "periodFrom": "2025-01-01", "periodTo": "2025-12-31", "numerator": 80, "denominator": 100});
        let measured = client.post("/measurements", &body).expect(201);
        let filter = format!("healthAgreementId={}&kind=midway", agreement["id"].as_str().unwrap());
        let midway = of(app, &filter);
        assert_eq!((midway.len(), &midway[0]["dueOn"], &midway[0]["overdue"]), (1, &json!("2025-12-31"), &json!(true)));
        let place = path("evaluations", &midway[0]);
        let wrong = client.post(&format!("{place}/completion"), &json!({"conclusion": "x", "heldOn": "2026-03-28"})).field_errors();
        assert_eq!(wrong, [("/heldOn".to_owned(), "inTheFuture".to_owned())]);
        let done = client.post(&format!("{place}/completion"), &json!({"conclusion": "På vej."})).expect(200);
        assert_eq!(done["indicators"][0]["indicatorId"], indicator["id"]);
        assert_eq!(done["indicators"][0]["assessment"]["latestValue"], 80);
        client.patch(&path("measurements", &measured), "*", &json!({"value": 10})).expect(200);
        assert_eq!(client.get(&place).expect(200), done, "what was evaluated stays");
        // There is no midway of a group, and one subject is named.
        let group = app.steering_group_since("2026-01-15");
        for wrong in [
            json!({"kind": "midway", "steeringGroupId": group["id"]}),
            json!({"kind": "final"}),
            json!({"kind": "final", "steeringGroupId": group["id"], "healthAgreementId": agreement["id"]}),
        ] {
            client.post("/evaluations", &wrong).problem(400, "invalidRequest");
        }
        let final_one = client.post("/evaluations", &json!({"kind": "final", "healthAgreementId": agreement["id"]})).expect(201);
        assert_eq!(final_one["dueOn"], "2027-12-31");
        client.post(&format!("{}/cancellation", path("evaluations", &final_one)), &json!({"reason": "Ny aftale."})).expect(200);
    }

    fn ha_2_planned_evaluations_move_with_the_period_of_the_agreement(app) {
        let client = app.secretariat();
        let agreement = app.agreement();
        let place = path("health-agreements", &agreement);
        let subject = json!({"kind": "final", "healthAgreementId": agreement["id"]});
        client.post("/evaluations", &subject).expect(201);
        let filter = |kind: &str| format!("healthAgreementId={}&kind={kind}", agreement["id"].as_str().unwrap());
        let due = |kind: &str| of(app, &filter(kind))[0]["dueOn"].clone();
        let until = |day: &str| client.patch(&place, "*", &json!({"periodTo": day})).expect(200)["midwayOn"].clone();

        assert_eq!(until("2025-06-30"), "2024-09-30");
        let midway = of(app, &filter("midway"))[0].clone();
        assert_eq!((&midway["dueOn"], &midway["latestOn"], &midway["overdue"]), (&json!("2024-09-30"), &json!("2024-09-30"), &json!(true)));
        assert_eq!((due("final"), due("cooperation")), (json!("2025-06-30"), json!("2025-01-01")));
        assert_eq!(app.events_of(&midway["id"]), ["evaluation.planned", "evaluation.changed"]);

        assert_eq!(until("2031-12-31"), "2027-12-31");
        let one = path("evaluations", &midway);
        let later = client.get(&one).expect(200);
        assert_eq!((&later["dueOn"], &later["overdue"], due("final")), (&json!("2027-12-31"), &json!(false), json!("2031-12-31")));
        let beyond = client.patch(&one, "*", &json!({"dueOn": "2028-01-01"})).field_errors();
        assert_eq!(beyond, [("/dueOn".to_owned(), "outOfRange".to_owned())]);
        // What was planned earlier keeps its day while the rule lets it.
        client.patch(&one, "*", &json!({"dueOn": "2027-01-15"})).expect(200);
        assert_eq!((until("2030-12-31"), due("midway")), (json!("2027-07-02"), json!("2027-01-15")));
        assert_eq!((until("2029-12-31"), due("midway")), (json!("2026-12-31"), json!("2026-12-31")));
        // Another title moves nothing.
        let tag = client.get(&one).etag();
        client.patch(&place, "*", &json!({"title": "Sundhedsaftalen"})).expect(200);
        assert_eq!(client.get(&one).etag(), tag);
    }

    fn cps_7_a_group_that_ends_is_evaluated_by_then_and_again_when_it_goes_on(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let place = path("steering-groups", &group);
        let filter = format!("steeringGroupId={}", group["id"].as_str().unwrap());
        let until = |day: Value| {
            client.patch(&place, "*", &json!({"endsOn": day})).expect(200);
            of(app, &filter).last().unwrap()["dueOn"].clone()
        };
        assert_eq!(until(json!("2026-04-30")), "2026-04-30");
        assert_eq!(until(Value::Null), "2027-01-15");
        assert_eq!(until(json!("2026-04-30")), "2026-04-30");
        app.advance(chrono::Duration::days(60));
        let first = path("evaluations", &of(app, &filter)[0]);
        client.post(&format!("{first}/cancellation"), &json!({"reason": "Gruppen er nedlagt."})).expect(200);
        // It goes on after all: what the rules demand is planned again.
        assert_eq!(until(json!("2026-12-31")), "2026-12-31");
        let states: Vec<Value> = of(app, &filter).iter().map(|one| one["state"].clone()).collect();
        assert_eq!(states, ["cancelled", "planned"]);
    }

    fn cps_7_the_next_evaluation_lies_behind_the_one_before(app) {
        let client = app.secretariat();
        let group = app.steering_group_since("2026-01-15");
        let filter = format!("steeringGroupId={}&state=planned", group["id"].as_str().unwrap());
        let done = format!("{}/completion", path("evaluations", &of(app, &filter)[0]));
        for early in ["2026-01-20", "2026-03-20"] {
            let body = json!({"conclusion": "God.", "heldOn": "2026-03-20", "nextDueOn": early});
            assert_eq!(client.post(&done, &body).field_errors(), [("/nextDueOn".to_owned(), "beforeLast".to_owned())]);
        }
        let body = json!({"conclusion": "God.", "heldOn": "2026-03-20", "nextDueOn": "2026-09-01"});
        client.post(&done, &body).expect(200);
        let next = of(app, &filter)[0].clone();
        assert_eq!((&next["dueOn"], &next["latestOn"]), (&json!("2026-09-01"), &json!("2027-03-20")));
        let early = client.patch(&path("evaluations", &next), "*", &json!({"dueOn": "2026-03-20"})).field_errors();
        assert_eq!(early, [("/dueOn".to_owned(), "outOfRange".to_owned())]);
    }
}
