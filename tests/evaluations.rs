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
}
