//! Synthetic people.

use serde_json::{Value, json};

/// A synthetic person; `cpr` is made from a date and a serial number, and belongs to nobody that
/// the developers know of.
pub(super) struct Person {
    pub(super) given: &'static str,
    pub(super) family: &'static str,
    pub(super) cpr: Option<&'static str>,
    pub(super) telephone: &'static str,
    pub(super) municipality: &'static str,
    pub(super) protected: bool,
}

impl Person {
    const fn new(
        given: &'static str,
        cpr: &'static str,
        telephone: &'static str,
        municipality: &'static str,
    ) -> Self {
        Self {
            given,
            family: "Prøvesen",
            cpr: Some(cpr),
            telephone,
            municipality,
            protected: false,
        }
    }

    /// As a referral brings the person.
    pub(super) fn json(&self) -> Value {
        let identifiers: Vec<Value> = self
            .cpr
            .iter()
            .map(|cpr| json!({"system": "urn:oid:1.2.208.176.1.2", "value": cpr}))
            .collect();
        json!({
            "identifiers": identifiers,
            "name": {"given": self.given, "family": self.family},
            "telephones": [{"label": "mobile", "number": self.telephone}],
            "municipalityCode": self.municipality,
            "protected": self.protected,
        })
    }
}

pub(super) const IN_COURSE: Person = Person::new("Agnete", "1203483996", "+4520000101", "0370");
pub(super) const CLOSED: Person = Person::new("Børge", "2305513997", "+4520000102", "0259");
pub(super) const OVERDUE: Person = Person::new("Clara", "0507443998", "+4520000103", "0316");
pub(super) const FRESH: Person = Person::new("Ditlev", "1810573999", "+4520000104", "0370");
pub(super) const AWAITING: Person = Person::new("Else", "2911603994", "+4520000105", "0265");
pub(super) const CALLED: Person = Person::new("Frode", "0102523995", "+4520000106", "0360");
pub(super) const PROTECTED: Person = Person {
    protected: true,
    ..Person::new("Gerda", "1404703993", "+4520000107", "0306")
};
pub(super) const WITHOUT_NUMBER: Person = Person {
    cpr: None,
    ..Person::new("Henning", "", "+4520000108", "0330")
};
