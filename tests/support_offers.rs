//! `/support-offers` (CPS-4).

use serde_json::json;

use crate::support::governance::path;

on_both_engines! {
    fn cps_4_the_overview_is_by_unit_and_sector(app) {
        let client = app.secretariat();
        let programme = app.programme_of("CPS")["id"].clone();
        let unit = client.post("/units", &json!({"programmeId": programme, "name": "AMA Hobro", "validFrom": "2020-01-01"})).expect(201);
        let offer = |name: &str, sector: &str, unit: &serde_json::Value| {
            let mut body = json!({"programmeId": programme, "name": name, "sector": sector, "provider": "Centeret", "description": "Støtte."});
            if !unit.is_null() {
                body["unitId"] = unit["id"].clone();
            }
            client.post("/support-offers", &body).expect(201)
        };
        let none = serde_json::Value::Null;
        let first = offer("Brobygger", "hospital", &unit);
        offer("Pårørendecafé", "hospital", &unit);
        offer("Sundhedscafé", "municipality", &none);
        let counts = || client.get("/support-offer-overview").expect(200)["counts"].clone();
        assert_eq!(counts(), json!([{"sector": "hospital", "unitId": unit["id"], "offers": 2}, {"sector": "municipality", "offers": 1}]));
        let place = path("support-offers", &first);
        let etag = client.get(&place).etag();
        let changed = client.patch(&place, &etag, &json!({"active": false, "access": "Ring.", "municipalityCode": "0851"})).expect(200);
        assert_eq!((&changed["access"], &changed["municipalityCode"]), (&json!("Ring."), &json!("0851")));
        assert_eq!(counts()[0]["offers"], 1);
        let found = client.get("/support-offers?active=false&municipalityCode=0851").expect(200);
        assert_eq!(found["items"], json!([changed]));
        // A unit of another programme is none of its own.
        let other = app.programme_of("HA")["id"].clone();
        let wrong = json!({"programmeId": other, "unitId": unit["id"], "name": "x", "sector": "region", "provider": "y", "description": "z"});
        assert_eq!(client.post("/support-offers", &wrong).field_errors(), [("/unitId".to_owned(), "otherProgramme".to_owned())]);
        let web = json!({"programmeId": programme, "name": "x", "sector": "region", "provider": "y", "description": "z", "web": "javascript:alert(1)"});
        assert_eq!(client.post("/support-offers", &web).field_errors()[0].0, "/web");
        app.other_organisation().get(&place).problem(404, "notFound");
    }
}
