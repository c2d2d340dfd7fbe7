//! What tests of agreements, groups and documents begin with.

use serde_json::{Value, json};

use super::{Caller, TestApp};

impl TestApp {
    /// The secretariat, as a system client with every scope.
    pub fn secretariat(&self) -> Caller {
        self.client_with_everything()
    }

    /// A health agreement of Region Sjælland, 2024 to 2027.
    pub fn agreement(&self) -> Value {
        let body = json!({
            "programmeId": self.programme_of("HA")["id"], "agreementType": "healthAgreement",
            "title": "Sundhedsaftale 2024-2027", "regionCode": "1085", "periodFrom": "2024-01-01",
            "vision": "Sammen om det gode liv.", "objectives": [{"title": "Lighed i sundhed"}],
            "parties": [{"kind": "region", "name": "Region Sjælland"},
                {"kind": "municipality", "name": "Næstved Kommune", "municipalityCode": "0370"}],
        });
        self.secretariat()
            .post("/health-agreements", &body)
            .expect(201)
    }

    /// Its indicator with this number: a share in percent, from 60 to 100 in its four years. `own`
    /// replaces fields.
    pub fn indicator(&self, agreement: &Value, number: i32, own: &Value) -> Value {
        let mut body = json!({
            "healthAgreementId": agreement["id"], "number": number, "name": "Aftalt opfølgning", "level": "agreement",
            "measure": "quality", "unit": "percent", "direction": "increase", "source": "Landspatientregisteret",
            "baseline": {"value": 60, "on": "2023-12-31"}, "target": {"value": 100, "by": "2027-12-31"},
        });
        for (field, value) in own.as_object().unwrap() {
            body[field] = value.clone();
        }
        self.secretariat().post("/indicators", &body).expect(201)
    }

    /// A steering group of the CPS programme that began on this day.
    pub fn steering_group_since(&self, day: &str) -> Value {
        let body = json!({
            "organisationId": self.controller, "programmeId": self.programme_of("CPS")["id"],
            "name": "Styregruppen", "startsOn": day,
        });
        self.secretariat()
            .post("/steering-groups", &body)
            .expect(201)
    }
}

/// The path of something that was answered, below a collection.
pub fn path(collection: &str, one: &Value) -> String {
    format!("/{collection}/{}", one["id"].as_str().expect("an id"))
}
