//! Referrals and what goes with them, made through the API.

use serde_json::{Value, json};

use super::{Answer, TestApp};

/// Everything a system client needs to refer and to follow what comes of it.
pub const REFERRING: &[&str] = &[
    "referrals.read",
    "referrals.write",
    "referrals.decide",
    "patients.read",
    "consents.read",
    "consents.write",
];

impl TestApp {
    /// A hospital's referral of the synthetic person number `n` (below 4,000) to the APS
    /// programme, sent at 09:10 with a consent of 09:00 on the day that tests begin.
    pub fn referral_body(&self, n: u32) -> Value {
        json!({
            "programmeId": self.programme()["id"],
            "channel": "hospital",
            "sentAt": "2026-03-27T09:10:00Z",
            "statedProgramme": "Aktiv Patientstøtte",
            "patient": {
                "identifiers": [{"system": "urn:oid:1.2.208.176.1.2", "value": format!("070761-{n:04}")}],
                "name": {"given": "Anna", "family": "Prøvesen"},
                "telephones": [{"label": "mobile", "number": format!("+4532{n:06}")}],
                "municipalityCode": "0370"
            },
            "consent": {"purpose": "referral", "form": "oral", "givenAt": "2026-03-27T09:00:00Z"},
            "referrer": {"name": "Ida Prøve", "organisationName": "Prøve Sygehus", "role": "læge", "telephone": "32 10 54 32"},
            "reason": "Har brug for en fast person at tale med.",
            "criteria": [
                {"code": "chronicDisease", "answer": "yes"},
                {"code": "complexLongTermIllness", "answer": "yes"}
            ]
        })
    }

    /// The answer to a referral with this body.
    pub fn refer(&self, body: &Value) -> Answer {
        self.client(REFERRING).post("/referrals", body)
    }

    /// The registered referral of the synthetic person number `n`.
    pub fn referral(&self, n: u32) -> Value {
        self.refer(&self.referral_body(n)).expect(201)
    }
}
