//! Registering and changing patients so that nobody is doubled: who is known by an identity
//! number or, without one, by full name, telephone and municipality (ID-4) is found first.

use super::lookup::{self, Lookup};
use super::model::{NewPatient, Patient, PatientChange, PatientId};
use super::store::{MOST_FOUND, find, find_by, insert, save, today};
use super::{rules, upsert, view};
use crate::platform::app::Cx;
use crate::platform::error::{Error, ProblemCode, Result};

/// Registers a patient. A known identity number is a conflict, and so is a person without one
/// who has the same full name, telephone and municipality as a known one (ID-4), unless that is
/// allowed.
pub fn create(cx: &mut Cx<'_>, new: &NewPatient) -> Result<Patient> {
    let patient = rules::register(new, cx.scope().controller, cx.now, today(cx))?;
    if let Some(known) = find_by_identifiers(cx, &patient)? {
        cx.touch(known.id);
        return Err(rules::duplicate(
            known.id,
            "one of the identity numbers belongs to it",
        ));
    }
    if !new.allow_duplicate
        && let Some(known) = find_without_number(cx, &patient)?.first()
    {
        cx.touch(known.id);
        return Err(rules::duplicate(
            known.id,
            "it has the same full name, telephone and municipality. Use it, or send allowDuplicate",
        ));
    }
    insert(cx, patient)
}

/// Registers somebody whom [`upsert::recognise`] has just found to be nobody that is known, in this
/// transaction: nothing is asked twice.
pub fn add_unknown(cx: &mut Cx<'_>, patient: Patient) -> Result<Patient> {
    insert(cx, patient)
}

/// The patient with one of these identity numbers or, where neither the number nor the record says
/// otherwise, with this full name, telephone and municipality (ID-4: one of the two is without
/// number); else a new one. Says whether it was made. A patient who was
/// found learns what the record lacked; nothing is overwritten. The record of a protected person
/// learns nothing from those who may not see it: they could not tell whose number they add (ID-5).
///
/// Field errors point below the patient object: see [`Error::below`].
pub fn find_or_create(cx: &mut Cx<'_>, new: &NewPatient) -> Result<(Patient, bool)> {
    let sent = rules::register(new, cx.scope().controller, cx.now, today(cx))?;
    let Some(known) = recognise(cx, new, &sent)? else {
        return Ok((insert(cx, sent)?, true));
    };
    cx.touch(known.id);
    let sent = without_strangers_contact(&known, sent);
    match rules::complete(&known, &sent)? {
        Some(after) if !view::is_masked(&known, cx.scope()) => {
            Ok((save(cx, &known, after)?, false))
        }
        _ => Ok((known, false)),
    }
}

/// The same for actors who neither read nor change records, as a booking site: who is known is
/// found and learns nothing, and where several records fit, none of them is named.
pub fn find_or_register(cx: &mut Cx<'_>, new: &NewPatient) -> Result<Patient> {
    let sent = rules::register(new, cx.scope().controller, cx.now, today(cx))?;
    let known = recognise(cx, new, &sent).map_err(|error| match error.code() {
        ProblemCode::DuplicatePatient => Error::conflict(
            "What was sent does not fit one person. Send one identity number, or let the programme do it.",
        ),
        _ => error,
    })?;
    match known {
        Some(known) => {
            cx.touch(known.id);
            Ok(known)
        }
        None => insert(cx, sent),
    }
}

/// The one record of the person that `sent` was made of, where there is one.
fn recognise(cx: &mut Cx<'_>, new: &NewPatient, sent: &Patient) -> Result<Option<Patient>> {
    if let Some(known) = find_by_identifiers(cx, sent)? {
        return Ok(Some(known));
    }
    if let Some(known) = upsert::find_by_external_id(cx, new)? {
        return Ok(Some(known));
    }
    if new.allow_duplicate {
        return Ok(None);
    }
    let mut found = find_without_number(cx, sent)?;
    if found.len() > 1 {
        return Err(Error::problem(
            ProblemCode::DuplicatePatient,
            "Several records have this full name, telephone and municipality. Merge them, name the patient by id, or send allowDuplicate.",
        ));
    }
    Ok(found.pop())
}

/// What was sent of somebody who is known. Under another full name nobody vouches that telephones
/// and address are this person's: they are left out.
fn without_strangers_contact(known: &Patient, mut sent: Patient) -> Patient {
    if lookup::full_name_key(&known.name) != lookup::full_name_key(&sent.name) {
        sent.telephones.clear();
        sent.address = None;
    }
    sent
}

/// Changes a patient, if the version the actor has read is still the current one.
pub fn change(cx: &mut Cx<'_>, id: PatientId, change: &PatientChange) -> Result<Patient> {
    let before = find(cx, id)?;
    cx.request.expect_version(before.version)?;
    view::check_change(cx.scope(), &before, change)?;
    let after = rules::change(&before, change, today(cx))?;
    for identifier in &after.identifiers {
        for known in find_by(cx, &Lookup::identifier(identifier), 1)? {
            if known.id != after.id {
                cx.touch(known.id);
                return Err(rules::duplicate(
                    known.id,
                    "one of the identity numbers belongs to it. Merge the two records if they are of one person",
                ));
            }
        }
    }
    save(cx, &before, after)
}

/// The one record that has any of the patient's identity numbers.
pub(super) fn find_by_identifiers(cx: &mut Cx<'_>, patient: &Patient) -> Result<Option<Patient>> {
    let mut found: Option<Patient> = None;
    for identifier in &patient.identifiers {
        for known in find_by(cx, &Lookup::identifier(identifier), 1)? {
            match &found {
                Some(first) if first.id != known.id => {
                    return Err(rules::duplicate(
                        known.id,
                        "another record has another one of these identity numbers",
                    ));
                }
                _ => found = Some(known),
            }
        }
    }
    Ok(found)
}

/// Records that may be of the same person, one of the two having no identity number (ID-4).
pub(super) fn find_without_number(cx: &mut Cx<'_>, patient: &Patient) -> Result<Vec<Patient>> {
    let mut found: Vec<Patient> = Vec::new();
    for lookup in lookup::without_number(patient) {
        for known in find_by(cx, &lookup, MOST_FOUND)? {
            if rules::may_be_same(patient, &known) && found.iter().all(|one| one.id != known.id) {
                found.push(known);
            }
        }
    }
    Ok(found)
}
