//! A row is a patient, as `POST /patients` takes one.

use serde_json::Value;
use uuid::Uuid;

use super::reference::{OwnId, patient_keys};
use super::{Done, Keys, Row, both};
use crate::imports::model::{ImportMode, RowProblem};
use crate::patients::{self, NewPatient, Patient, PatientId, Recognised, SentId};
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::id::Id;

const OTHER_ID: &str = "is another one than this system gave the person before: rows never replace one. Send the one that was there, or put this one in its place with PATCH /patients/{patientId}";

struct PatientRow {
    id: Option<PatientId>,
    new: NewPatient,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let (own, new): (OwnId, _) = both(app, value, &["id"])?;
    Ok(Box::new(PatientRow {
        id: own.id.map(Id::from_uuid),
        new,
    }))
}

impl Row for PatientRow {
    fn keys(&self) -> Keys {
        let mut makes = patient_keys(&self.new);
        makes.extend(self.id.map(|id| format!("patient id {id}")));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let mut candidates: Vec<Uuid> = Vec::new();
        let unknown = match patients::recognise(cx, self.id, &self.new)? {
            Recognised::One(known) => return self.settle(cx, mode, &known),
            Recognised::Perhaps(found) => {
                // An id that a system has given is no candidate's, or it would have found that one:
                // to that system they are two people.
                let is_told_apart = self.new.external_id.is_some();
                for known in &found {
                    if !is_told_apart && patients::difference(cx, known, &self.new)?.is_none() {
                        return Ok(Done::Unchanged(known.id.uuid()));
                    }
                    candidates.push(known.id.uuid());
                }
                None
            }
            Recognised::Nobody(new) => Some(new),
        };
        if !candidates.is_empty() && !self.new.allow_duplicate {
            return Ok(Done::perhaps(
                candidates,
                "may be of the same person as the candidates, who have the full name, a telephone and the municipality: send an identity number, `id` or `externalId`, or `allowDuplicate`",
            ));
        }
        let named = !self.new.identifiers.is_empty() || self.new.external_id.is_some();
        if !named && (self.new.telephones.is_empty() || self.new.municipality_code.is_none()) {
            // Nobody could ever tell that the same row came again.
            return Ok(Done::unknowable(
                "names nobody who could be found again: send an identity number, `externalId`, or telephone and municipality",
            ));
        }
        let made = match unknown {
            Some(new) => patients::add_unknown(cx, *new)?,
            None => patients::create(cx, &self.new)?,
        };
        Ok(Done::Created(made.id.uuid()))
    }
}

impl PatientRow {
    /// What a row says of somebody who is known.
    fn settle(&self, cx: &mut Cx<'_>, mode: ImportMode, known: &Patient) -> Result<Done> {
        let id = known.id.uuid();
        let has_new_id = match patients::sent_id(cx, known, &self.new)? {
            SentId::Known => false,
            SentId::New => true,
            SentId::Other => {
                return Ok(Done::Refused {
                    id: Some(id),
                    candidates: Vec::new(),
                    problem: RowProblem {
                        pointer: "/externalId".to_owned(),
                        ..RowProblem::whole("otherExternalId", OTHER_ID)
                    },
                });
            }
        };
        let change = patients::difference(cx, known, &self.new)?;
        if change.is_none() && !has_new_id {
            return Ok(Done::Unchanged(id));
        }
        if mode == ImportMode::Insert {
            return Ok(Done::there(id));
        }
        if has_new_id {
            patients::note_other_id(cx, known, &self.new)?;
        }
        // Also where nothing but the id is new: that is a version of the record, and an event.
        patients::change(cx, known.id, &change.unwrap_or_default())?;
        Ok(Done::Updated(id))
    }
}
