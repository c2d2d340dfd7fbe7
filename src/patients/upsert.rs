//! Imports: whose record a row speaks of, and what the row would change of it. The writing itself
//! is `register`'s.

use super::lookup::Lookup;
use super::model::{ExternalId, NewPatient, Patient, PatientChange, PatientId, PersonIdentifier};
use super::store::{find, find_by, today};
use super::{register, rules, view};
use crate::identity::Identifier;
use crate::platform::app::Cx;
use crate::platform::error::{Error, Result};
use crate::platform::external_ids::{self, RecordKind};

/// Whom a row speaks of.
#[derive(Debug)]
pub enum Recognised {
    /// The one with this id, id of another system, or identity number.
    One(Box<Patient>),
    /// Without any of these: those with the full name, telephone and municipality (ID-4). Whether
    /// they are the same person is for people to say.
    Perhaps(Vec<Patient>),
    /// Somebody new: the record as it would be made.
    Nobody(Box<Patient>),
}

/// Whom `new` speaks of. Field errors point below the patient object.
pub fn recognise(cx: &mut Cx<'_>, id: Option<PatientId>, new: &NewPatient) -> Result<Recognised> {
    let sent = rules::register(new, cx.scope().controller, cx.now, today(cx))?;
    let mut known = match id {
        Some(id) => Some(find(cx, id).map_err(|error| error.referred("/id"))?),
        None => None,
    };
    let others = [
        find_by_external_id(cx, new)?,
        register::find_by_identifiers(cx, &sent)?,
    ];
    for other in others.into_iter().flatten() {
        match &known {
            Some(first) if first.id != other.id => {
                cx.touch(other.id);
                return Err(rules::duplicate(
                    other.id,
                    "another record has another one of these ids and identity numbers",
                ));
            }
            _ => known = Some(other),
        }
    }
    if let Some(known) = known {
        cx.touch(known.id);
        return Ok(Recognised::One(Box::new(known)));
    }
    let perhaps = register::find_without_number(cx, &sent)?;
    for patient in &perhaps {
        cx.touch(patient.id);
    }
    Ok(if perhaps.is_empty() {
        Recognised::Nobody(Box::new(sent))
    } else {
        Recognised::Perhaps(perhaps)
    })
}

/// The record with the id that another system gave the person.
pub(super) fn find_by_external_id(cx: &mut Cx<'_>, new: &NewPatient) -> Result<Option<Patient>> {
    let Some(external) = &new.external_id else {
        return Ok(None);
    };
    let kind = RecordKind::Patient;
    match external_ids::find(cx, kind, &external.system, &external.value)? {
        Some(id) => Ok(Some(find(cx, id)?)),
        None => Ok(None),
    }
}

/// The patient with this id of another system, if the actor sees it.
pub fn find_by_other_id(cx: &mut Cx<'_>, system: &str, value: &str) -> Result<Option<Patient>> {
    match external_ids::find(cx, RecordKind::Patient, system, value)? {
        Some(id) => Ok(Some(find(cx, id)?)),
        None => Ok(None),
    }
}

/// The patient with this identity number as it is sent: spaces and separators do not matter.
pub fn find_by_number(cx: &mut Cx<'_>, sent: &PersonIdentifier) -> Result<Option<Patient>> {
    let identifier = rules::parse_identifier(sent, today(cx), "/value")
        .map_err(|error| Error::invalid(vec![error]))?;
    find_by_identifier(cx, &identifier)
}

/// What a row would change of a record; `None` where the record says all of it already. Identity
/// numbers are added, never taken away; protection is never lifted (ID-5); what the row leaves out
/// stays. Of a protected person whom the actor may not see nothing is compared: the answer would
/// tell whether a guess is right.
pub fn difference(cx: &Cx<'_>, known: &Patient, new: &NewPatient) -> Result<Option<PatientChange>> {
    if view::is_masked(known, cx.scope()) {
        return Ok(None);
    }
    let sent = rules::register(new, known.controller_id, cx.now, today(cx))?;
    let mut change = PatientChange::default();
    let mut differs = false;
    let added: Vec<_> = sent
        .identifiers
        .iter()
        .filter(|identifier| !known.identifiers.contains(identifier))
        .collect();
    if !added.is_empty() {
        change.identifiers = Some(
            known
                .identifiers
                .iter()
                .chain(added)
                .map(|identifier| PersonIdentifier {
                    system: identifier.system(),
                    value: identifier.value().to_owned(),
                })
                .collect(),
        );
        differs = true;
    }
    let mut differs_in = |differs_here: bool| {
        differs |= differs_here;
        differs_here
    };
    if differs_in(sent.name != known.name) {
        change.name = Some(sent.name.clone());
    }
    if differs_in(new.birth_date.is_some() && new.birth_date != known.birth_date) {
        change.birth_date = Some(new.birth_date);
    }
    if differs_in(!sent.telephones.is_empty() && sent.telephones != known.telephones) {
        change.telephones = Some(new.telephones.clone());
    }
    if differs_in(sent.address.is_some() && sent.address != known.address) {
        change.address = Some(sent.address.clone());
    }
    if differs_in(
        sent.municipality_code.is_some() && sent.municipality_code != known.municipality_code,
    ) {
        change.municipality_code = Some(sent.municipality_code);
    }
    if differs_in(sent.language.is_some() && sent.language != known.language) {
        change.language = Some(sent.language.clone());
    }
    if differs_in(sent.protected && !known.protected) {
        change.protected = Some(true);
    }
    // One that is there is another system's: `note_other_id`.
    if differs_in(sent.external_id.is_some() && known.external_id.is_none()) {
        change.external_id = Some(sent.external_id);
    }
    Ok(differs.then_some(change))
}

/// What the id that a row gives a record is to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SentId {
    /// The record has it, or the row has none, or there is nothing to say of it.
    Known,
    /// No id of that system is known of the person.
    New,
    /// That system gave the person another one before.
    Other,
}

/// What the id that a row gives a record is to it. Of a protected person whom the actor may not see
/// nothing is told, and nothing is added to the record (ID-5).
pub fn sent_id(cx: &mut Cx<'_>, known: &Patient, new: &NewPatient) -> Result<SentId> {
    let Some(sent) = &new.external_id else {
        return Ok(SentId::Known);
    };
    let (kind, system) = (RecordKind::Patient, sent.system.as_str());
    if view::is_masked(known, cx.scope())
        || external_ids::find(cx, kind, system, &sent.value)? == Some(known.id)
    {
        return Ok(SentId::Known);
    }
    Ok(if external_ids::has_of(cx, kind, known.id, system)? {
        SentId::Other
    } else {
        SentId::New
    })
}

/// Notes a new id that a row gives a record beside the one that the record shows: two systems that
/// send the same person each keep their own, and neither takes the other's away.
pub fn note_other_id(cx: &mut Cx<'_>, known: &Patient, new: &NewPatient) -> Result<()> {
    if let (Some(sent), Some(_)) = (&new.external_id, &known.external_id) {
        let (kind, id) = (RecordKind::Patient, known.id);
        external_ids::claim(cx, kind, id, &sent.system, &sent.value)?;
    }
    Ok(())
}

/// An id of another system is of one record (a unique index on its digest).
pub(super) fn claim_external_id(cx: &mut Cx<'_>, patient: &Patient) -> Result<()> {
    let Some(external) = &patient.external_id else {
        return Ok(());
    };
    let (kind, id) = (RecordKind::Patient, patient.id);
    match external_ids::claim(cx, kind, id, &external.system, &external.value)? {
        None => Ok(()),
        Some(other) => {
            cx.touch(other);
            Err(rules::duplicate(
                other,
                "it has this id of the other system",
            ))
        }
    }
}

/// A record that is to show another id of another system; answers the one that it shows then. It
/// takes the place of the one before of the same system; those of other systems stay, and find the
/// record as before. One that was noted already is only shown now. Where the shown one is taken away,
/// the oldest of the others is shown: a record that shows none has none.
pub(super) fn move_external_id(
    cx: &mut Cx<'_>,
    before: &Patient,
    after: &Patient,
) -> Result<Option<ExternalId>> {
    let (kind, id) = (RecordKind::Patient, after.id);
    match (&before.external_id, &after.external_id) {
        (old, new) if old == new => {}
        (Some(old), None) => {
            external_ids::release(cx, kind, id, &old.system, &old.value)?;
            let next = external_ids::of(cx, kind, id)?;
            return Ok(next.map(|(system, value)| ExternalId { system, value }));
        }
        (_, Some(new)) => {
            if external_ids::find(cx, kind, &new.system, &new.value)? != Some(id) {
                external_ids::release_of(cx, kind, id, &new.system)?;
                claim_external_id(cx, after)?;
            }
        }
        (None, None) => {}
    }
    Ok(after.external_id.clone())
}

/// The patient with this identity number, if there is one; touched.
pub fn find_by_identifier(cx: &mut Cx<'_>, identifier: &Identifier) -> Result<Option<Patient>> {
    let found = find_by(cx, &Lookup::identifier(identifier), 1)?.pop();
    if let Some(patient) = &found {
        cx.touch(patient.id);
    }
    Ok(found)
}
