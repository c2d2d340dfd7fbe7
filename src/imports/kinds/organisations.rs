//! A row is an organisation, as `POST /organisations` takes one; what it is part of may be named
//! by the other system's id too, so that a file can hold a whole tree.

use std::fmt;

use serde::Deserialize;
use serde_json::{Value, json};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::reference::OwnIds;
use super::{Done, Keys, Row, both, bound, external_key, named, plain};
use crate::imports::model::ImportMode;
use crate::organisations::{
    self, NewOrganisation, Organisation, OrganisationChange, OrganisationId, parse_identifiers,
};
use crate::patients::ExternalId;
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, Result};
use crate::platform::external_ids::{self, RecordKind};

const KIND: RecordKind = RecordKind::Organisation;

/// Which record, and what it is part of in the other system's words.
#[derive(Clone, Deserialize, ToSchema, Validate)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub(crate) struct InTree {
    /// The record's id in this service: the row speaks of that record.
    #[serde(default)]
    #[schema(nullable = false)]
    id: Option<Uuid>,
    /// The record's id in the system it comes from. Of one record each.
    #[serde(default)]
    #[schema(nullable = false)]
    external_id: Option<ExternalId>,
    /// What it is part of, by its id in the other system: in place of `partOf`.
    #[serde(default)]
    #[schema(nullable = false)]
    part_of_external_id: Option<ExternalId>,
}

struct OrganisationRow {
    ids: OwnIds,
    parent: Option<ExternalId>,
    new: NewOrganisation,
}

pub(super) fn read(app: &App, mut value: Value) -> Result<Box<dyn Row>> {
    let by_other_id = value.get("partOfExternalId").is_some();
    if by_other_id && let Some(object) = value.as_object_mut() {
        if object.contains_key("partOf") {
            return Err(twice());
        }
        // Found when the row is written; the body must have one.
        object.insert("partOf".to_owned(), json!(Uuid::nil()));
    }
    let own = ["id", "externalId", "partOfExternalId"];
    let (tree, new): (InTree, _) = both(app, value, &own)?;
    Ok(Box::new(OrganisationRow {
        ids: OwnIds {
            id: tree.id,
            external_id: tree.external_id,
        },
        parent: tree.part_of_external_id,
        new,
    }))
}

fn twice() -> Error {
    Error::field(
        "/partOf",
        "atMostOne",
        "send partOf or partOfExternalId, and not both",
    )
}

impl Row for OrganisationRow {
    fn keys(&self) -> Keys {
        let parent = match &self.parent {
            Some(parent) => external_key("organisation", parent),
            None => self.new.part_of.to_string(),
        };
        let name = plain(self.new.name.as_str());
        let mut makes = vec![format!("organisation {parent} {name}")];
        let external = self.ids.external_id.as_ref();
        makes.extend(external.map(|external| external_key("organisation", external)));
        makes.extend(
            self.new
                .identifiers
                .iter()
                .map(|identifier| format!("organisation number {}", plain(&identifier.value))),
        );
        Keys {
            makes,
            names: vec![parent],
        }
    }

    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done> {
        let mut new = self.new.clone();
        if let Some(parent) = &self.parent {
            let found: Option<OrganisationId> =
                external_ids::find(cx, KIND, &parent.system, &parent.value)?;
            new.part_of = found.ok_or_else(|| {
                Error::field(
                    "/partOfExternalId/value",
                    "notFound",
                    "is of no organisation that you may see: send what it is part of first",
                )
            })?;
        }
        let done = write(cx, mode, &self.ids, &new)?;
        let external = self.ids.external_id.as_ref();
        bound(cx, KIND, external, done)
    }
}

fn write(cx: &mut Cx<'_>, mode: ImportMode, ids: &OwnIds, new: &NewOrganisation) -> Result<Done> {
    let mut known = match named(cx, KIND, ids)? {
        Some(id) => Some(organisations::find(cx, id).map_err(|error| error.referred("/id"))?),
        None => None,
    };
    if known.is_none() {
        for identifier in parse_identifiers(&new.identifiers)? {
            let found = organisations::find_by_identifier(cx, &identifier)?;
            match (&known, found) {
                (Some(first), Some(other)) if first.id != other.id => {
                    return Ok(Done::perhaps(
                        vec![first.id.uuid(), other.id.uuid()],
                        "has numbers of several organisations",
                    ));
                }
                (None, found) => known = found,
                _ => {}
            }
        }
    }
    if let Some(known) = known {
        let id = known.id.uuid();
        if known.part_of.is_some() && known.part_of != Some(new.part_of) {
            return Ok(Done::fixed(
                id,
                "speaks of an organisation that is part of another one: what an organisation is part of does not change",
            ));
        }
        let Some(change) = difference(&known, new)? else {
            return Ok(Done::Unchanged(id));
        };
        if mode == ImportMode::Insert {
            return Ok(Done::there(id));
        }
        organisations::change(cx, known.id, &change)?;
        return Ok(Done::Updated(id));
    }
    let found = organisations::find_named(cx, new.part_of, &new.name)?;
    for known in &found {
        if difference(known, new)?.is_none() {
            return Ok(Done::Unchanged(known.id.uuid()));
        }
    }
    if !found.is_empty() {
        return Ok(Done::perhaps(
            found.iter().map(|known| known.id.uuid()).collect(),
            "may be the same as the candidates, which have the name and are part of the same organisation: send `id` or `externalId`",
        ));
    }
    let made = organisations::create(cx, new)?;
    Ok(Done::Created(made.id.uuid()))
}

/// What the row would change; numbers are added and never taken away.
fn difference(known: &Organisation, new: &NewOrganisation) -> Result<Option<OrganisationChange>> {
    let mut change = OrganisationChange::default();
    if new.name != known.name {
        change.name = Some(new.name.clone());
    }
    if new.kind != known.kind {
        change.kind = Some(new.kind);
    }
    let sent = parse_identifiers(&new.identifiers)?;
    if sent.iter().any(|one| !known.identifiers.contains(one)) {
        let stored = known.identifiers.iter();
        let added = sent.iter().filter(|one| !known.identifiers.contains(one));
        change.identifiers = Some(stored.chain(added).map(Into::into).collect());
    }
    let differs = change.name.is_some() || change.kind.is_some() || change.identifiers.is_some();
    Ok(differs.then_some(change))
}

impl fmt::Debug for InTree {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InTree(…)")
    }
}
