//! What a row is, kind by kind: how it is read, whose record it speaks of, and what of it is
//! written, always by the function that the API's own handler calls.
//!
//! Whose record a row speaks of is found in this order: `id` (our own), `externalId` (another
//! system's), identity numbers, and last what people are told apart by. Where only the last fits
//! and the row says something else than the record, the row is rejected with the candidates.

mod consents;
mod measurements;
mod organisations;
mod patients;
mod reference;
mod referrals;
mod relatives;
mod staff;
mod volunteers;

use serde_json::Value;
use uuid::Uuid;
use validator::Validate;

use super::columns::Shape;
use super::model::{ImportKind, ImportMode, RowProblem};
use crate::patients::ExternalId;
use crate::platform::app::{App, Cx};
use crate::platform::error::{Error, Result};
use crate::platform::external_ids::{self, RecordKind};
use crate::platform::http::input::understand;
use crate::platform::http::schemas::document_of;
use crate::platform::id::Id;

pub(super) use reference::{OfPatient, OwnIds};

/// A row that has been understood.
pub(crate) trait Row: Send + Sync {
    /// What it makes and what it speaks of, as texts that two rows of the same have in common.
    fn keys(&self) -> Keys;
    /// Writes it, or says why not. Called inside a transaction; it may be called again.
    fn apply(&self, cx: &mut Cx<'_>, mode: ImportMode) -> Result<Done>;
}

/// What a row makes and what it speaks of. Only for checking: it finds earlier rows of the same
/// file that this one stands on.
#[derive(Debug, Default)]
pub(crate) struct Keys {
    /// What it makes, or may make.
    pub makes: Vec<String>,
    /// What it speaks of besides.
    pub names: Vec<String>,
}

/// What became of a row.
#[derive(Debug)]
pub(crate) enum Done {
    Created(Uuid),
    Updated(Uuid),
    Unchanged(Uuid),
    /// The record stays as it is; the other system's id of it is noted.
    Noted(Uuid),
    Refused {
        id: Option<Uuid>,
        candidates: Vec<Uuid>,
        problem: RowProblem,
    },
}

impl Done {
    /// The record is there and says something else.
    pub(super) fn there(id: Uuid) -> Self {
        Self::Refused {
            id: Some(id),
            candidates: Vec::new(),
            problem: RowProblem::whole(
                "alreadyThere",
                "speaks of a record that is there already and says something else of it: send it with mode=upsert to change the record",
            ),
        }
    }

    /// The record is there, says something else, and is of a kind that is never changed.
    pub(super) fn fixed(id: Uuid, detail: &str) -> Self {
        Self::Refused {
            id: Some(id),
            candidates: Vec::new(),
            problem: RowProblem::whole("alreadyThere", detail),
        }
    }

    /// Nobody could be found again by what the row says.
    pub(super) fn unknowable(detail: &str) -> Self {
        Self::Refused {
            id: None,
            candidates: Vec::new(),
            problem: RowProblem::whole("notIdentifiable", detail),
        }
    }

    /// Somebody may be the same.
    pub(super) fn perhaps(candidates: Vec<Uuid>, detail: &str) -> Self {
        Self::Refused {
            id: None,
            candidates,
            problem: RowProblem::whole("possibleDuplicate", detail),
        }
    }
}

/// The schemas of the rows of a kind, whose fields are its columns.
pub(super) fn shape(kind: ImportKind) -> Result<Shape> {
    let shape = Shape::new(match kind {
        ImportKind::Patients => vec![
            document_of::<reference::OwnId>()?,
            document_of::<crate::patients::NewPatient>()?,
        ],
        ImportKind::Relatives => vec![
            document_of::<OfPatient>()?,
            document_of::<crate::patients::NewRelative>()?,
        ],
        ImportKind::Consents => vec![
            document_of::<OfPatient>()?,
            document_of::<crate::consents::NewConsent>()?,
        ],
        ImportKind::Referrals => vec![
            document_of::<OwnIds>()?,
            document_of::<crate::referrals::NewReferral>()?,
        ],
        ImportKind::Volunteers => vec![
            document_of::<OwnIds>()?,
            document_of::<crate::volunteers::NewVolunteer>()?,
        ],
        ImportKind::Staff => vec![
            document_of::<OwnIds>()?,
            document_of::<crate::staff::NewStaff>()?,
        ],
        ImportKind::Organisations => vec![
            document_of::<organisations::InTree>()?,
            document_of::<crate::organisations::NewOrganisation>()?,
        ],
        ImportKind::Measurements => vec![
            document_of::<OwnIds>()?,
            document_of::<crate::agreements::NewMeasurement>()?,
        ],
    });
    Ok(match kind {
        ImportKind::Organisations => shape.instead(&[("partOf", "partOfExternalId.value")]),
        _ => shape,
    })
}

/// Understands a row of a kind.
pub(super) fn read(app: &App, kind: ImportKind, value: Value) -> Result<Box<dyn Row>> {
    match kind {
        ImportKind::Patients => patients::read(app, value),
        ImportKind::Relatives => relatives::read(app, value),
        ImportKind::Consents => consents::read(app, value),
        ImportKind::Referrals => referrals::read(app, value),
        ImportKind::Volunteers => volunteers::read(app, value),
        ImportKind::Staff => staff::read(app, value),
        ImportKind::Organisations => organisations::read(app, value),
        ImportKind::Measurements => measurements::read(app, value),
    }
}

/// Understands a row as what it adds to the API's body, and that body; what is wrong with either
/// is named together.
fn both<A, B>(app: &App, value: Value, added: &[&str]) -> Result<(A, B)>
where
    A: serde::de::DeserializeOwned + utoipa::ToSchema + Validate + 'static,
    B: serde::de::DeserializeOwned + utoipa::ToSchema + Validate + 'static,
{
    let Value::Object(mut body) = value else {
        return Err(Error::field("", "wrongType", "must be one JSON object"));
    };
    let mut own = serde_json::Map::new();
    for name in added {
        if let Some(field) = body.remove(*name) {
            own.insert((*name).to_owned(), field);
        }
    }
    match (
        understand::<A>(app, Value::Object(own)),
        understand::<B>(app, Value::Object(body)),
    ) {
        (Ok(own), Ok(body)) => Ok((own, body)),
        (Err(Error::Problem(first)), Err(Error::Problem(mut second))) => {
            let mut errors = first.errors;
            errors.append(&mut second.errors);
            Err(Error::invalid(errors))
        }
        (Err(error), _) | (_, Err(error)) => Err(error),
    }
}

/// The record with our own id or another system's; both must mean the same one. Whether it is there
/// for the actor is for the kind to say.
fn named<T: 'static>(cx: &mut Cx<'_>, kind: RecordKind, ids: &OwnIds) -> Result<Option<Id<T>>> {
    let own: Option<Id<T>> = ids.id.map(Id::from_uuid);
    let Some(external) = &ids.external_id else {
        return Ok(own);
    };
    let known = external_ids::find::<T>(cx, kind, &external.system, &external.value)?;
    match (own, known) {
        (Some(own), Some(known)) if own != known => Err(Error::field(
            "/externalId",
            "otherRecord",
            "is the id of another record than `id` names",
        )),
        _ => Ok(own.or(known)),
    }
}

/// Whether a namesake has another id of the system whose id the row has: to that system they are two.
fn has_other<T: 'static>(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    namesake: Id<T>,
    sent: Option<&ExternalId>,
) -> Result<bool> {
    match sent {
        Some(sent) => external_ids::has_of(cx, kind, namesake, &sent.system),
        None => Ok(false),
    }
}

/// Notes the other system's id of the record that a row made or was found to speak of.
fn bound(
    cx: &mut Cx<'_>,
    kind: RecordKind,
    external: Option<&ExternalId>,
    done: Done,
) -> Result<Done> {
    let (Done::Created(id) | Done::Updated(id) | Done::Unchanged(id)) = done else {
        return Ok(done);
    };
    let Some(external) = external else {
        return Ok(done);
    };
    let (system, value) = (external.system.as_str(), external.value.as_str());
    if external_ids::find::<()>(cx, kind, system, value)?.is_some() {
        return Ok(done);
    }
    external_ids::claim::<()>(cx, kind, Id::from_uuid(id), system, value)?;
    Ok(match done {
        Done::Unchanged(id) => Done::Noted(id),
        done => done,
    })
}

/// A key without what people write differently.
fn plain(text: &str) -> String {
    text.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}

fn external_key(kind: &str, external: &ExternalId) -> String {
    format!("{kind} {} {}", external.system, external.value)
}
