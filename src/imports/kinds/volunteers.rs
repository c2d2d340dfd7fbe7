//! A row is a volunteer, as `POST /volunteers` takes one: a candidate, whose onboarding begins.

use serde_json::Value;

use super::reference::OwnIds;
use super::{Done, Keys, Row, both, bound, external_key, has_other, named, plain};
use crate::imports::model::ImportMode;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;
use crate::volunteers::{self, NewVolunteer, Volunteer, VolunteerId};

struct VolunteerRow {
    ids: OwnIds,
    new: NewVolunteer,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let (ids, new) = both(app, value, &["id", "externalId"])?;
    Ok(Box::new(VolunteerRow { ids, new }))
}

impl Row for VolunteerRow {
    fn keys(&self) -> Keys {
        let name = &self.new.name;
        let name = plain(&format!("{}{}", name.given.as_str(), name.family.as_str()));
        let mut makes = vec![format!("volunteer {} {name}", self.new.programme_id)];
        let external = self.ids.external_id.as_ref();
        makes.extend(external.map(|external| external_key("volunteer", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let done = self.write(cx, mode)?;
        let external = self.ids.external_id.as_ref();
        bound(cx, RecordKind::Volunteer, external, done)
    }
}

impl VolunteerRow {
    fn write(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        if let Some(id) = named::<Volunteer>(cx, RecordKind::Volunteer, &self.ids)? {
            return self.settle(cx, mode, id);
        }
        let found = volunteers::find_named(cx, self.new.programme_id, &self.new.name)?;
        for id in &found {
            let known = volunteers::find_to_decide(cx, *id)?;
            if volunteers::difference(&known, &self.new).is_none()
                && !has_other(
                    cx,
                    RecordKind::Volunteer,
                    *id,
                    self.ids.external_id.as_ref(),
                )?
            {
                return Ok(Done::Unchanged(id.uuid()));
            }
        }
        if !found.is_empty() {
            return Ok(Done::perhaps(
                found.iter().map(|id| id.uuid()).collect(),
                "may be the same person as the candidates, volunteers of the programme with the full name: send `id`, of a record made for it where it is somebody else, or the `externalId` that the candidate has",
            ));
        }
        let made = volunteers::create(cx, &self.new)?;
        Ok(Done::Created(made.id.uuid()))
    }

    fn settle(&self, cx: &mut Cx<'_>, mode: ImportMode, id: VolunteerId) -> Result<Done> {
        let known = volunteers::find_to_decide(cx, id).map_err(|error| error.referred("/id"))?;
        if known.programme_id != self.new.programme_id {
            return Ok(Done::fixed(
                id.uuid(),
                "speaks of a volunteer of another programme: a volunteer stays in one",
            ));
        }
        let Some(change) = volunteers::difference(&known, &self.new) else {
            return Ok(Done::Unchanged(id.uuid()));
        };
        if mode == ImportMode::Insert {
            return Ok(Done::there(id.uuid()));
        }
        volunteers::change(cx, id, &change)?;
        Ok(Done::Updated(id.uuid()))
    }
}
