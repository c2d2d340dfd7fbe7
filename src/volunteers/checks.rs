//! What a volunteer's record must be before it is stored. Everything wrong is named at once, by
//! JSON Pointer.

use chrono::NaiveDate;

use super::experience::{Conflict, Experience};
use super::model::PublicProfile;
use crate::identity::{check_birth_date, search_key};
use crate::organisations::{self, OrganisationId, OrganisationKind};
use crate::patients::{self, PersonName};
use crate::platform::app::Cx;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};

/// The parts of a record that a request brings along.
#[derive(Default)]
pub(super) struct Parts<'a> {
    pub name: Option<&'a PersonName>,
    pub birth_date: Option<NaiveDate>,
    pub wards: &'a [OrganisationId],
    pub experience: &'a [Experience],
    pub conflicts: &'a [Conflict],
    pub public_profile: Option<&'a PublicProfile>,
    /// The lists in which each item may stand once: the field, and where something stands again.
    pub repeated: Vec<(&'static str, Vec<usize>)>,
}

/// The places of what stands earlier in the list already.
pub(super) fn repeated<T: PartialEq>(items: &[T]) -> Vec<usize> {
    items
        .iter()
        .enumerate()
        .filter(|(index, item)| items.iter().take(*index).any(|earlier| earlier == *item))
        .map(|(index, _)| index)
        .collect()
}

/// Checks what stands on other things than the contract.
pub(super) fn check(cx: &mut Cx<'_>, parts: &Parts<'_>, today: NaiveDate) -> Result<()> {
    let mut wrong = Vec::new();
    for (field, indexes) in &parts.repeated {
        for index in indexes {
            wrong.push(FieldError::new(
                format!("/{field}/{index}"),
                "duplicateItem",
                "is named already",
            ));
        }
    }
    if let Some(born) = parts.birth_date {
        if born >= today {
            wrong.push(in_future("/birthDate".to_owned()));
        } else if let Err(error) = check_birth_date(born, today) {
            wrong.push(FieldError::new("/birthDate", error.code(), error.detail()));
        }
    }
    for (index, experience) in parts.experience.iter().enumerate() {
        if experience.on.is_some_and(|on| on > today) {
            wrong.push(in_future(format!("/experience/{index}/on")));
        }
    }
    for (index, ward) in parts.wards.iter().enumerate() {
        match organisations::find(cx, *ward) {
            Ok(organisation) if organisation.kind == OrganisationKind::Ward => {}
            Ok(_) => wrong.push(FieldError::new(
                format!("/wardIds/{index}"),
                "notAWard",
                "is an organisation of another kind",
            )),
            Err(error) => wrong.push(missing(error, format!("/wardIds/{index}"))?),
        }
    }
    for (index, conflict) in parts.conflicts.iter().enumerate() {
        check_conflict(cx, conflict, index, &mut wrong)?;
    }
    if let (Some(profile), Some(name)) = (parts.public_profile, parts.name)
        && shows_family_name(profile, name)
    {
        wrong.push(FieldError::new(
            "/publicProfile/displayName",
            "familyName",
            "must not hold the family name: the public sees a first name",
        ));
    }
    Error::unless_empty(wrong)
}

fn check_conflict(
    cx: &mut Cx<'_>,
    conflict: &Conflict,
    index: usize,
    wrong: &mut Vec<FieldError>,
) -> Result<()> {
    if let Some(id) = conflict.organisation_id
        && let Err(error) = organisations::find(cx, id)
    {
        wrong.push(missing(
            error,
            format!("/conflicts/{index}/organisationId"),
        )?);
    }
    let Some(id) = conflict.patient_id else {
        return Ok(());
    };
    let pointer = format!("/conflicts/{index}/patientId");
    if cx.scope().volunteer().is_some() {
        wrong.push(FieldError::new(
            pointer,
            "staffOnly",
            "is named by staff; describe it in the note",
        ));
    } else if let Err(error) = patients::find(cx, id) {
        wrong.push(missing(error, pointer)?);
    }
    Ok(())
}

fn in_future(pointer: String) -> FieldError {
    FieldError::new(pointer, "inFuture", "must not be in the future")
}

/// An id in the body that leads nowhere is the body's fault; anything else is not.
fn missing(error: Error, pointer: String) -> Result<FieldError> {
    match error.code() {
        ProblemCode::NotFound => Ok(FieldError::new(
            pointer,
            "notFound",
            "names nothing that you may see",
        )),
        _ => Err(error),
    }
}

fn shows_family_name(profile: &PublicProfile, name: &PersonName) -> bool {
    let words = |text: &str| -> Vec<String> {
        search_key(text)
            .split_whitespace()
            .map(str::to_owned)
            .collect()
    };
    let given = words(name.given.as_str());
    let shown = words(profile.display_name.as_str());
    // "Anders" may be a given name and a part of "Anders Anders": only what is not given counts.
    words(name.family.as_str())
        .iter()
        .any(|family| shown.contains(family) && !given.contains(family))
}
