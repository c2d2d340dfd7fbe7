//! `/units` and `/staff-shares` (CPS-1).

use serde_json::{Value, json};

use crate::support::TestApp;
use crate::support::governance::path;

fn unit(app: &TestApp, own: &Value) -> Value {
    let mut body = json!({"programmeId": app.programme_of("CPS")["id"], "name": "AMA Aalborg", "validFrom": "2020-01-01"});
    for (field, value) in own.as_object().unwrap() {
        body[field] = value.clone();
    }
    app.secretariat().post("/units", &body).expect(201)
}

on_both_engines! {
    fn cps_1_staff_belong_to_a_unit_for_a_period_and_a_share(app) {
        let client = app.secretariat();
        let aalborg = unit(app, &json!({}));
        let children = unit(app, &json!({"name": "Børneafdelingen", "trial": true, "validFrom": "2021-01-01", "validTo": "2022-12-31"}));
        let (karen, _) = app.nurse();
        let share = |unit: &Value, percent: i32, from: &str, to: Option<&str>| {
            let mut body = json!({"unitId": unit["id"], "staffId": karen, "percent": percent, "validFrom": from});
            if let Some(to) = to {
                body["validTo"] = json!(to);
            }
            client.post("/staff-shares", &body)
        };
        let first = share(&aalborg, 60, "2021-01-01", None).expect(201);
        // The trial's own end is the share's.
        let trial = share(&children, 40, "2021-06-01", None).expect(201);
        assert_eq!(trial["validTo"], "2022-12-31");
        share(&children, 10, "2020-12-31", None).problem(400, "invalidRequest");
        share(&children, 10, "2022-12-31", Some("2023-01-01")).problem(400, "invalidRequest");
        // Nobody has more than full time; nobody is twice in a unit.
        let other = unit(app, &json!({"name": "AMA Hobro"}));
        share(&other, 1, "2022-01-01", Some("2022-01-31")).problem(409, "conflict");
        share(&aalborg, 10, "2024-01-01", None).problem(409, "conflict");
        let place = path("staff-shares", &first);
        let etag = client.get(&place).etag();
        client.patch(&place, &etag, &json!({"validTo": "2023-12-31"})).expect(200);
        share(&aalborg, 100, "2024-01-01", None).expect(201);
        let staffing = client.get(&format!("{}/staffing", path("units", &aalborg))).expect(200);
        assert_eq!(staffing["steps"], json!([{"from": "2021-01-01", "people": 1, "percent": 60}, {"from": "2024-01-01", "people": 1, "percent": 100}]));
        let on = |day: &str| client.get(&format!("/staff-shares?validOn={day}&staffId={karen}")).expect(200)["items"].as_array().unwrap().len();
        assert_eq!((on("2020-12-31"), on("2022-01-01"), on("2023-06-01")), (0, 2, 1));
        // A unit does not end before those who belong to it.
        let place = path("units", &aalborg);
        client.patch(&place, "*", &json!({"validTo": "2025-12-31"})).problem(409, "conflict");
        assert_eq!(client.get("/units?validOn=2026-03-27").expect(200)["items"].as_array().unwrap().len(), 2);
        let endless = json!({"programmeId": app.programme_of("CPS")["id"], "name": "x", "trial": true, "validFrom": "2026-01-01"});
        assert_eq!(client.post("/units", &endless).field_errors(), [("/validTo".to_owned(), "required".to_owned())]);
        app.other_organisation().get(&place).problem(404, "notFound");
    }
}
