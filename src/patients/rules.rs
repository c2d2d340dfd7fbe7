//! What may be registered, changed and merged (ID-1 to ID-5). Pure: nothing here knows of HTTP or
//! storage.
//!
//! Two kinds of identity number are told apart. A *real* one (CPR, personnummer,
//! samordningsnummer) is had once and its date of birth is the person's. A *replacement* one
//! (X-eCPR, D-eCPR, reservnummer) is given out where the real one is not known; a person may have
//! several, its date may be a guess, and it stays on the record for good (ID-2).

use chrono::NaiveDate;

use super::model::{
    NewPatient, NewTelephone, Patient, PatientChange, PatientId, PersonIdentifier, Telephone,
};
use crate::calendar::Country;
use crate::identity::{Identifier, IdentifierSystem, Phone, PhoneError, check_birth_date};
use crate::organisations::OrganisationId;
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::id::Id;

/// Whether numbers of this system stand in for one that is not known (ID-2).
#[must_use]
pub const fn is_replacement(system: IdentifierSystem) -> bool {
    match system {
        IdentifierSystem::XEcpr
        | IdentifierSystem::DEcpr
        | IdentifierSystem::NationelltReservnummer => true,
        IdentifierSystem::Cpr
        | IdentifierSystem::Personnummer
        | IdentifierSystem::Samordningsnummer => false,
    }
}

/// A patient as registered by `new`, or everything that is wrong with it.
pub fn register(
    new: &NewPatient,
    controller_id: OrganisationId,
    now: Instant,
    today: NaiveDate,
) -> Result<Patient> {
    let mut wrong = Vec::new();
    let identifiers = parse_identifiers(&new.identifiers, today, &mut wrong);
    let telephones = parse_telephones(&new.telephones, &mut wrong);
    let birth_date = settle_birth_date(&identifiers, new.birth_date, None, today, &mut wrong);
    Error::unless_empty(wrong)?;
    Ok(Patient {
        id: Id::new(),
        controller_id,
        identifiers,
        name: new.name.clone(),
        birth_date,
        telephones,
        address: new.address.clone(),
        municipality_code: new.municipality_code,
        language: new.language.clone(),
        protected: new.protected,
        external_id: new.external_id.clone(),
        previous_ids: Vec::new(),
        version: 1,
        created_at: now,
        updated_at: now,
    })
}

/// The patient after a change, or everything that is wrong with the change.
pub fn change(before: &Patient, change: &PatientChange, today: NaiveDate) -> Result<Patient> {
    let mut wrong = Vec::new();
    let mut after = before.clone();
    if let Some(sent) = &change.identifiers {
        after.identifiers = parse_identifiers(sent, today, &mut wrong);
        let missing = before
            .identifiers
            .iter()
            .any(|known| is_replacement(known.system()) && !after.identifiers.contains(known));
        if missing && wrong.is_empty() {
            wrong.push(FieldError::new(
                "/identifiers",
                "replacementNumberMissing",
                "must hold the replacement numbers of the record too: they stay on it, so that it is found by them",
            ));
        }
    }
    if let Some(name) = &change.name {
        after.name = name.clone();
    }
    if let Some(sent) = &change.telephones {
        after.telephones = parse_telephones(sent, &mut wrong);
    }
    if let Some(address) = &change.address {
        after.address.clone_from(address);
    }
    if let Some(municipality) = change.municipality_code {
        after.municipality_code = municipality;
    }
    if let Some(language) = &change.language {
        after.language.clone_from(language);
    }
    if let Some(protected) = change.protected {
        after.protected = protected;
    }
    if let Some(external_id) = &change.external_id {
        after.external_id.clone_from(external_id);
    }
    if change.birth_date == Some(None) && after.identifiers.iter().any(has_date) {
        wrong.push(FieldError::new(
            "/birthDate",
            "birthDateKnown",
            "cannot be cleared while an identity number holds a date of birth",
        ));
    } else if change.identifiers.is_some() || change.birth_date.is_some() {
        let before_date = match change.birth_date {
            Some(_) => None,
            None => before
                .birth_date
                .filter(|date| !is_guess(before, *date) || after.identifiers.is_empty()),
        };
        after.birth_date = settle_birth_date(
            &after.identifiers,
            change.birth_date.flatten(),
            before_date,
            today,
            &mut wrong,
        );
    }
    Error::unless_empty(wrong)?;
    Ok(after)
}

fn has_date(identifier: &Identifier) -> bool {
    identifier.birth_date().is_some()
}

/// Whether the record's date of birth rests on replacement numbers alone, whose date may be a
/// guess (ID-2).
fn is_guess(patient: &Patient, date: NaiveDate) -> bool {
    let rests_on = |replacement: bool| {
        patient
            .identifiers
            .iter()
            .filter(|identifier| is_replacement(identifier.system()) == replacement)
            .any(|identifier| identifier.birth_date() == Some(date))
    };
    rests_on(true) && !rests_on(false)
}

/// Reads identity numbers as they are sent; each once, at most one of each real system.
fn parse_identifiers(
    sent: &[PersonIdentifier],
    today: NaiveDate,
    wrong: &mut Vec<FieldError>,
) -> Vec<Identifier> {
    let mut good: Vec<Identifier> = Vec::new();
    for (index, sent) in sent.iter().enumerate() {
        match parse_identifier(sent, today, &format!("/identifiers/{index}/value")) {
            Ok(identifier) if good.contains(&identifier) => {}
            Ok(identifier) if conflicts(&good, &identifier) => wrong.push(FieldError::new(
                format!("/identifiers/{index}"),
                "identifierConflict",
                "a person has one number of this system",
            )),
            Ok(identifier) => good.push(identifier),
            Err(error) => wrong.push(error),
        }
    }
    good
}

/// Reads one identity number that stands at `pointer`.
pub fn parse_identifier(
    sent: &PersonIdentifier,
    today: NaiveDate,
    pointer: &str,
) -> Result<Identifier, FieldError> {
    Identifier::parse(sent.system, &sent.value, today)
        .map_err(|error| FieldError::new(pointer, error.code(), error.detail()))
}

/// Whether a person with these numbers cannot have `other` as well.
fn conflicts(identifiers: &[Identifier], other: &Identifier) -> bool {
    !is_replacement(other.system())
        && identifiers
            .iter()
            .any(|known| known.system() == other.system() && known != other)
}

/// Reads telephones as they are sent; each number once.
pub fn parse_telephones(sent: &[NewTelephone], wrong: &mut Vec<FieldError>) -> Vec<Telephone> {
    let mut good: Vec<Telephone> = Vec::new();
    for (index, sent) in sent.iter().enumerate() {
        match parse_phone(&sent.number) {
            Ok(number) if good.iter().any(|known| known.number == number) => {}
            Ok(number) => good.push(Telephone {
                label: sent.label,
                number,
            }),
            Err(error) => wrong.push(FieldError::new(
                format!("/telephones/{index}/number"),
                error.code(),
                error.detail(),
            )),
        }
    }
    good
}

/// Reads a telephone number. Without a country code, one that begins with 0 is Swedish (no Danish
/// number does) and any other Danish.
pub fn parse_phone(raw: &str) -> Result<Phone, PhoneError> {
    let country = if raw.trim_start().starts_with(['0', '(']) {
        Country::Sweden
    } else {
        Country::Denmark
    };
    Phone::parse(raw, country)
}

/// The date of birth that numbers, the sender and the record agree on. Real numbers decide;
/// replacement numbers only where there is no other word.
fn settle_birth_date(
    identifiers: &[Identifier],
    sent: Option<NaiveDate>,
    recorded: Option<NaiveDate>,
    today: NaiveDate,
    wrong: &mut Vec<FieldError>,
) -> Option<NaiveDate> {
    if let Some(Err(error)) = sent.map(|date| check_birth_date(date, today)) {
        wrong.push(FieldError::new("/birthDate", error.code(), error.detail()));
        return sent;
    }
    let dates = |replacement: bool| -> Vec<NaiveDate> {
        identifiers
            .iter()
            .filter(|identifier| is_replacement(identifier.system()) == replacement)
            .filter_map(Identifier::birth_date)
            .collect()
    };
    let real = dates(false);
    let Some(date) = real.first().copied() else {
        let guesses = dates(true);
        if let Some(sent) = sent
            && !guesses.is_empty()
            && !guesses.contains(&sent)
        {
            wrong.push(disagrees("/birthDate"));
        }
        return sent.or(recorded).or(guesses.first().copied());
    };
    if real.iter().any(|other| *other != date) {
        wrong.push(FieldError::new(
            "/identifiers",
            "birthDatesDisagree",
            "the identity numbers hold different dates of birth",
        ));
    } else if sent.is_some_and(|sent| sent != date) {
        wrong.push(disagrees("/birthDate"));
    } else if sent.is_none() && recorded.is_some_and(|recorded| recorded != date) {
        wrong.push(disagrees("/identifiers"));
    }
    Some(date)
}

fn disagrees(pointer: &'static str) -> FieldError {
    FieldError::new(
        pointer,
        "birthDateDisagrees",
        "the date of birth and the date in the identity number differ",
    )
}

/// Whether `known`, who has the same full name, telephone and municipality, is to be taken for
/// the person of `new` (ID-4). One of the two must be without identity number, and their dates of
/// birth must not speak against it.
#[must_use]
pub fn may_be_same(new: &Patient, known: &Patient) -> bool {
    let without_number = new.identifiers.is_empty() || known.identifiers.is_empty();
    let dates_fit = match (new.birth_date, known.birth_date) {
        (Some(new), Some(known)) => new == known,
        _ => true,
    };
    without_number && dates_fit
}

/// What a record that was found learns from what was sent of the same person: what it lacks is
/// added, what it has stays. `None` where there is nothing to learn.
pub fn complete(known: &Patient, sent: &Patient) -> Result<Option<Patient>> {
    let mut after = known.clone();
    for identifier in &sent.identifiers {
        if conflicts(&known.identifiers, identifier) {
            return Err(duplicate(
                known.id,
                "the record has another number of the same system",
            ));
        }
        if !known.identifiers.contains(identifier) {
            after.identifiers.push(identifier.clone());
        }
    }
    after.birth_date = agreed_birth_date(known, sent)
        .map_err(|()| duplicate(known.id, "the record has another date of birth"))?;
    add_telephones(&mut after, sent);
    fill_gaps(&mut after, sent);
    let learned = after.identifiers.len() > known.identifiers.len()
        || after.telephones.len() > known.telephones.len()
        || after.birth_date != known.birth_date
        || after.address != known.address
        || after.municipality_code != known.municipality_code
        || after.language != known.language
        || after.external_id != known.external_id
        || after.protected != known.protected;
    Ok(learned.then_some(after))
}

/// 409: the person is known already, as `id`.
#[must_use]
pub fn duplicate(id: PatientId, why: &str) -> Error {
    Error::problem(
        ProblemCode::DuplicatePatient,
        format!("Patient {id} is in the way: {why}."),
    )
}

/// The survivor after a merge with `duplicate`, or why they cannot be one person.
pub fn merge(survivor: &Patient, duplicate: &Patient) -> Result<Patient> {
    if survivor.id == duplicate.id {
        return Err(Error::conflict("A record cannot be merged with itself."));
    }
    let mut after = survivor.clone();
    for identifier in &duplicate.identifiers {
        if conflicts(&survivor.identifiers, identifier) {
            return Err(Error::conflict(
                "The two records have different identity numbers of the same system.",
            ));
        }
        if !after.identifiers.contains(identifier) {
            after.identifiers.push(identifier.clone());
        }
    }
    after.birth_date = agreed_birth_date(survivor, duplicate).map_err(|()| {
        Error::conflict(
            "The two records have different dates of birth. Correct the wrong one first.",
        )
    })?;
    add_telephones(&mut after, duplicate);
    fill_gaps(&mut after, duplicate);
    after.previous_ids.push(duplicate.id);
    after.previous_ids.extend(&duplicate.previous_ids);
    Ok(after)
}

/// The date of birth of two records of one person. One that rests on a replacement number gives
/// way (ID-2).
fn agreed_birth_date(a: &Patient, b: &Patient) -> Result<Option<NaiveDate>, ()> {
    match (a.birth_date, b.birth_date) {
        (Some(left), Some(right)) if left != right => {
            match (is_guess(a, left), is_guess(b, right)) {
                (true, false) => Ok(Some(right)),
                (_, true) => Ok(Some(left)),
                (false, false) => Err(()),
            }
        }
        (left, right) => Ok(left.or(right)),
    }
}

fn add_telephones(to: &mut Patient, from: &Patient) {
    for telephone in &from.telephones {
        if to
            .telephones
            .iter()
            .all(|known| known.number != telephone.number)
        {
            to.telephones.push(telephone.clone());
        }
    }
}

/// Takes over what is missing. Protection once known is never lost (ID-5).
fn fill_gaps(to: &mut Patient, from: &Patient) {
    to.address = to.address.take().or_else(|| from.address.clone());
    to.municipality_code = to.municipality_code.or(from.municipality_code);
    to.language = to.language.take().or_else(|| from.language.clone());
    to.external_id = to.external_id.take().or_else(|| from.external_id.clone());
    to.protected |= from.protected;
}

#[cfg(test)]
#[path = "rules_tests.rs"]
mod tests;
