//! A row is a consent of a patient, as `POST /patients/{patientId}/consents` takes one. Consents
//! are append-only: a row never changes one.

use serde_json::Value;

use super::reference::OfPatient;
use super::{Done, Keys, Row, both, bound, external_key, named};
use crate::consents::{self, ConsentId, NewConsent};
use crate::imports::model::ImportMode;
use crate::patients;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;

const FIXED: &str = "speaks of a consent that is recorded already and says something else of it: consents are never changed; withdraw it and record another one";

struct ConsentRow {
    of: OfPatient,
    new: NewConsent,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let own = ["id", "externalId", "patientId", "patient"];
    let (of, new) = both(app, value, &own)?;
    Ok(Box::new(ConsentRow { of, new }))
}

impl Row for ConsentRow {
    fn keys(&self) -> Keys {
        let external = self.of.external_id.as_ref();
        let new = &self.new;
        let mut makes: Vec<String> = self
            .of
            .keys()
            .iter()
            .map(|key| format!("consent {key} {} {}", new.purpose, new.given_at))
            .collect();
        makes.extend(external.map(|external| external_key("consent", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, _: ImportMode) -> Result<Done> {
        let patient = self.of.patient(cx)?;
        let known: Option<ConsentId> = named(cx, RecordKind::Consent, &self.of.ids())?;
        let masked = patients::is_masked(&patient, cx.scope());
        let known = match known {
            Some(id) => Some(consents::find(cx, id).map_err(|error| error.referred("/id"))?),
            None => consents::find_same(cx, patient.id, &self.new, masked)?,
        };
        let done = match known {
            Some(known)
                if known.patient_id == patient.id
                    && consents::says_all(&known, &self.new, masked) =>
            {
                Done::Unchanged(known.id.uuid())
            }
            Some(known) => Done::fixed(known.id.uuid(), FIXED),
            None => {
                let made = consents::record(cx, patient.id, &self.new)?;
                Done::Created(made.id.uuid())
            }
        };
        let external = self.of.external_id.as_ref();
        bound(cx, RecordKind::Consent, external, done)
    }
}
