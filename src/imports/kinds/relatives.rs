//! A row is a relative of a patient, as `POST /patients/{patientId}/relatives` takes one.

use serde_json::Value;
use uuid::Uuid;

use super::reference::OfPatient;
use super::{Done, Keys, Row, both, bound, external_key, has_other, named};
use crate::identity::search_key;
use crate::imports::model::ImportMode;
use crate::patients::{
    self, NewRelative, Patient, PersonName, Relative, RelativeChange, RelativeId, parse_phone,
};
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::external_ids::RecordKind;

/// More than anybody's: a patient's relatives are looked through one by one.
const MOST: i64 = 1000;

struct RelativeRow {
    of: OfPatient,
    new: NewRelative,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let own = ["id", "externalId", "patientId", "patient"];
    let (of, new) = both(app, value, &own)?;
    Ok(Box::new(RelativeRow { of, new }))
}

impl Row for RelativeRow {
    fn keys(&self) -> Keys {
        let patient = self.of.keys();
        let name = name_key(&self.new.name);
        let external = self.of.external_id.as_ref();
        let mut makes: Vec<String> = patient
            .iter()
            .map(|key| format!("relative {key} {name}"))
            .collect();
        makes.extend(external.map(|external| external_key("relative", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let patient = self.of.patient(cx)?;
        if patients::is_masked(&patient, cx.scope()) {
            // Comparing would tell whether a guess at a name is right (ID-5).
            return Err(Error::problem(
                ProblemCode::Forbidden,
                "Relatives of a protected person are imported by those who may see them.",
            ));
        }
        let done = self.write(cx, &patient, mode)?;
        let external = self.of.external_id.as_ref();
        bound(cx, RecordKind::Relative, external, done)
    }
}

impl RelativeRow {
    fn write(&self, cx: &mut Cx<'_>, patient: &Patient, mode: ImportMode) -> Result<Done> {
        let id: Option<RelativeId> = named(cx, RecordKind::Relative, &self.of.ids())?;
        if let Some(id) = id {
            let (_, known) = patients::find_relative(cx, patient.id, id)
                .map_err(|error| error.referred("/id"))?;
            let Some(change) = self.difference(&known) else {
                return Ok(Done::Unchanged(id.uuid()));
            };
            if mode == ImportMode::Insert {
                return Ok(Done::there(id.uuid()));
            }
            patients::change_relative(cx, patient.id, id, &change)?;
            return Ok(Done::Updated(id.uuid()));
        }
        let name = name_key(&self.new.name);
        let known: Vec<Relative> = patients::list_relatives(cx, patient.id, None, MOST)?
            .into_iter()
            .filter(|relative| name_key(&relative.name) == name)
            .collect();
        let external = self.of.external_id.as_ref();
        for one in &known {
            if self.difference(one).is_none()
                && !has_other(cx, RecordKind::Relative, one.id, external)?
            {
                return Ok(Done::Unchanged(one.id.uuid()));
            }
        }
        if !known.is_empty() {
            let candidates: Vec<Uuid> = known.iter().map(|one| one.id.uuid()).collect();
            return Ok(Done::perhaps(
                candidates,
                "may be the same person as the candidates, relatives of this patient with the full name: send `id`, of a record made for it where it is somebody else, or the `externalId` that the candidate has",
            ));
        }
        let (_, made) = patients::create_relative(cx, patient.id, &self.new)?;
        Ok(Done::Created(made.id.uuid()))
    }

    /// What the row would change of a relative; what it leaves out stays.
    fn difference(&self, known: &Relative) -> Option<RelativeChange> {
        let new = &self.new;
        let mut change = RelativeChange::default();
        if new.relation != known.relation {
            change.relation = Some(new.relation);
        }
        if new.name != known.name {
            change.name = Some(new.name.clone());
        }
        let same_telephones = new.telephones.len() == known.telephones.len()
            && new
                .telephones
                .iter()
                .zip(&known.telephones)
                .all(|(new, known)| {
                    new.label == known.label
                        && parse_phone(&new.number).is_ok_and(|number| number == known.number)
                });
        if !new.telephones.is_empty() && !same_telephones {
            change.telephones = Some(new.telephones.clone());
        }
        if new.takes_part && !known.takes_part {
            change.takes_part = Some(true);
        }
        if new.supported && !known.supported {
            change.supported = Some(true);
        }
        if new.note.is_some() && new.note != known.note {
            change.note = Some(new.note.clone());
        }
        let differs = change.relation.is_some()
            || change.name.is_some()
            || change.telephones.is_some()
            || change.takes_part.is_some()
            || change.supported.is_some()
            || change.note.is_some();
        differs.then_some(change)
    }
}

fn name_key(name: &PersonName) -> String {
    search_key(&format!("{} {}", name.given.as_str(), name.family.as_str()))
}
