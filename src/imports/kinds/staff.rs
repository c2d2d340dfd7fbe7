//! A row is a member of the staff, as `POST /staff` takes one.

use serde_json::Value;
use uuid::Uuid;

use super::reference::OwnIds;
use super::{Done, Keys, Row, both, bound, external_key, has_other, named, plain};
use crate::imports::model::ImportMode;
use crate::platform::app::{App, Cx};
use crate::platform::error::Result;
use crate::platform::external_ids::RecordKind;
use crate::staff::{self, NewStaff, Staff, StaffChange, StaffId};

struct StaffRow {
    ids: OwnIds,
    new: NewStaff,
}

pub(super) fn read(app: &App, value: Value) -> Result<Box<dyn Row>> {
    let (ids, new) = both(app, value, &["id", "externalId"])?;
    Ok(Box::new(StaffRow { ids, new }))
}

impl Row for StaffRow {
    fn keys(&self) -> Keys {
        let external = self.ids.external_id.as_ref();
        let name = plain(self.new.name.as_str());
        let mut makes = vec![format!("staff {} {name}", self.new.organisation_id)];
        makes.extend(external.map(|external| external_key("staff", external)));
        Keys {
            makes,
            names: Vec::new(),
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let done = self.write(cx, mode)?;
        let external = self.ids.external_id.as_ref();
        bound(cx, RecordKind::Staff, external, done)
    }
}

impl StaffRow {
    fn write(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let id: Option<StaffId> = named(cx, RecordKind::Staff, &self.ids)?;
        if let Some(id) = id {
            let known = staff::find(cx, id).map_err(|error| error.referred("/id"))?;
            let Some(change) = self.difference(&known) else {
                return Ok(Done::Unchanged(id.uuid()));
            };
            if mode == ImportMode::Insert {
                return Ok(Done::there(id.uuid()));
            }
            staff::change(cx, id, &change)?;
            return Ok(Done::Updated(id.uuid()));
        }
        let known = staff::find_named(cx, self.new.organisation_id, &self.new.name)?;
        let external = self.ids.external_id.as_ref();
        for one in &known {
            if self.difference(one).is_none()
                && !has_other(cx, RecordKind::Staff, one.id, external)?
            {
                return Ok(Done::Unchanged(one.id.uuid()));
            }
        }
        if !known.is_empty() {
            let candidates: Vec<Uuid> = known.iter().map(|one| one.id.uuid()).collect();
            return Ok(Done::perhaps(
                candidates,
                "may be the same person as the candidates, who have the name in this organisation: send `id`, of a record made for it where it is somebody else, or the `externalId` that the candidate has",
            ));
        }
        let made = staff::create(cx, &self.new)?;
        Ok(Done::Created(made.id.uuid()))
    }

    fn difference(&self, known: &Staff) -> Option<StaffChange> {
        let new = &self.new;
        let mut change = StaffChange::default();
        if new.name != known.name {
            change.name = Some(new.name.clone());
        }
        if new.title.is_some() && new.title != known.title {
            change.title = Some(new.title.clone());
        }
        if new.organisation_id != known.organisation_id {
            change.organisation_id = Some(new.organisation_id);
        }
        if new.roles != known.roles {
            change.roles = Some(new.roles.clone());
        }
        let differs = change.name.is_some()
            || change.title.is_some()
            || change.organisation_id.is_some()
            || change.roles.is_some();
        differs.then_some(change)
    }
}
