//! What a referral must bring (APS-2, APS-3). Pure: everything wrong is named at once.

use chrono::NaiveDate;

use super::intake::NewReferral;
use super::model::{CriterionAnswer, Referrer};
use crate::calendar::Country;
use crate::consents::{Consent, Decision, NewConsent};
use crate::identity::{Phone, loose_key};
use crate::patients::{NewPatient, Patient};
use crate::platform::db::Instant;
use crate::platform::error::{Error, FieldError, ProblemCode, Result};
use crate::platform::text::Line;
use crate::programmes::{
    Channel, ChannelPolicy, Policy, Programme, ProgrammeId, Purpose, RequiredItem,
};

/// Nothing was referred before 2000-01-01, here in microseconds: an earlier instant is a typing
/// error.
const EARLIEST: i64 = 946_684_800_000_000;

/// Everything that is wrong with a referral to this programme.
pub fn check(new: &NewReferral, programme: &Programme, now: Instant) -> Vec<FieldError> {
    let policy = &programme.policy;
    let mut wrong = Vec::new();
    match policy.channel(new.channel) {
        _ if new.channel == Channel::Internal => wrong.push(FieldError::new(
            "/channel",
            "internalOnly",
            "is set by forwarding: POST /referrals/{referralId}/forwarding",
        )),
        None => wrong.push(FieldError::new(
            "/channel",
            "notOffered",
            "is no way in which this programme takes referrals",
        )),
        Some(channel) => {
            wrong.extend(check_stated(
                channel,
                programme,
                new.stated_programme.as_ref(),
            ));
            if let Some(patient) = &new.patient {
                wrong.extend(missing(channel, patient));
            }
        }
    }
    wrong.extend(check_times(new, now));
    wrong.extend(check_answers(policy, &new.criteria));
    if let Some(consent) = &new.consent {
        wrong.extend(check_consent(policy, programme.id, consent));
    }
    if let Some(telephone) = new.referrer.as_ref().and_then(|it| it.telephone.as_ref())
        && let Err(error) = Phone::parse(telephone.as_str(), policy.calendar.country)
    {
        wrong.push(FieldError::new(
            "/referrer/telephone",
            error.code(),
            error.detail(),
        ));
    }
    wrong
}

/// APS-2: where the channel demands it, the referral states the programme's name; case, spacing
/// and diacritics do not matter.
pub fn check_stated(
    channel: &ChannelPolicy,
    programme: &Programme,
    stated: Option<&Line>,
) -> Option<FieldError> {
    let expected = programme.name.as_str();
    let fits = |stated: &Line| {
        let key = loose_key(stated.as_str());
        std::iter::once(&programme.name)
            .chain(&channel.accepted_names)
            .any(|name| loose_key(name.as_str()) == key)
    };
    match stated {
        _ if !channel.must_state_programme => None,
        Some(stated) if fits(stated) => None,
        Some(_) => Some(FieldError::new(
            "/statedProgramme",
            "wrongProgramme",
            format!("names another programme: the referral must state \"{expected}\""),
        )),
        None => Some(FieldError::new(
            "/statedProgramme",
            "required",
            format!("the referral must state the programme's name, \"{expected}\""),
        )),
    }
}

/// APS-2: what the channel requires of the patient object and is not there.
fn missing<'a>(
    channel: &'a ChannelPolicy,
    patient: &'a NewPatient,
) -> impl Iterator<Item = FieldError> + 'a {
    let required = |place: &str| {
        FieldError::new(
            place,
            "required",
            "is required of referrals that come this way",
        )
    };
    channel.required.iter().filter_map(move |item| match item {
        RequiredItem::Identifier if patient.identifiers.is_empty() => {
            Some(required("/patient/identifiers"))
        }
        RequiredItem::Telephone if patient.telephones.is_empty() => {
            Some(required("/patient/telephones"))
        }
        RequiredItem::Municipality if patient.municipality_code.is_none() => {
            Some(required("/patient/municipalityCode"))
        }
        // The full name is required of every patient.
        _ => None,
    })
}

/// APS-2: what the channel requires and a known patient's record lacks.
pub fn check_record(channel: &ChannelPolicy, patient: &Patient, pointer: &str) -> Vec<FieldError> {
    channel
        .required
        .iter()
        .filter_map(|item| match item {
            RequiredItem::Identifier if patient.identifiers.is_empty() => {
                Some("an identity number")
            }
            RequiredItem::Telephone if patient.telephones.is_empty() => Some("a telephone"),
            RequiredItem::Municipality if patient.municipality_code.is_none() => {
                Some("a municipality of residence")
            }
            _ => None,
        })
        .map(|item| {
            FieldError::new(
                pointer,
                "incompleteRecord",
                format!("the patient's record lacks {item}, which this channel requires"),
            )
        })
        .collect()
}

fn check_times(new: &NewReferral, now: Instant) -> Option<FieldError> {
    let received = new.received_at.unwrap_or(now);
    if received > now {
        return Some(FieldError::new(
            "/receivedAt",
            "inFuture",
            "must not be in the future",
        ));
    }
    if received.micros() < EARLIEST {
        return Some(FieldError::new(
            "/receivedAt",
            "tooEarly",
            "must not be before 2000",
        ));
    }
    (new.sent_at > received).then(|| {
        FieldError::new(
            "/sentAt",
            "afterReceipt",
            "must not be after the referral was received",
        )
    })
}

/// Criteria are those of the programme, each answered once.
pub fn check_answers(policy: &Policy, answers: &[CriterionAnswer]) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    for (index, answer) in answers.iter().enumerate() {
        let pointer = format!("/criteria/{index}/code");
        let known = policy
            .criteria
            .questions
            .iter()
            .any(|it| it.code == answer.code);
        if !known {
            wrong.push(FieldError::new(
                pointer,
                "unknownCriterion",
                "is no criterion of this programme",
            ));
        } else if answers.iter().take(index).any(|it| it.code == answer.code) {
            wrong.push(FieldError::new(
                pointer,
                "duplicateItem",
                "is answered twice",
            ));
        }
    }
    wrong
}

/// A consent that comes with a referral is one to being referred, to this programme or to any,
/// in a form that the programme accepts.
pub fn check_consent(
    policy: &Policy,
    programme: ProgrammeId,
    consent: &NewConsent,
) -> Vec<FieldError> {
    let mut wrong = Vec::new();
    if consent.purpose != Purpose::Referral {
        wrong.push(FieldError::new(
            "/consent/purpose",
            "wrongPurpose",
            "must be referral: the patient's consent to being referred",
        ));
    }
    if consent.programme_id.is_some_and(|id| id != programme) {
        wrong.push(FieldError::new(
            "/consent/programmeId",
            "wrongProgramme",
            "must be the programme of the referral, or absent",
        ));
    }
    let accepted = policy
        .consent(Purpose::Referral)
        .is_none_or(|rule| rule.forms.contains(&consent.form));
    if !accepted {
        wrong.push(FieldError::new(
            "/consent/form",
            "formNotAccepted",
            "is no form in which this programme accepts the consent",
        ));
    }
    wrong
}

/// APS-3: whether this consent lets the patient be referred to the programme by something that
/// was sent at `sent`.
pub fn check_cover(
    consent: &Consent,
    programme: ProgrammeId,
    sent: Instant,
    today: NaiveDate,
) -> Result<()> {
    let why = if consent.purpose != Purpose::Referral {
        "The consent is for something else than being referred."
    } else if consent.decision != Decision::Given {
        "The patient refused to be referred."
    } else if consent.programme_id.is_some_and(|id| id != programme) {
        "The consent is for another programme."
    } else if consent.given_at > sent {
        "The consent was given after the referral was sent; it must come first (APS-3)."
    } else if consent.withdrawal.is_some() {
        "The consent has been withdrawn."
    } else if consent.expires_on.is_some_and(|end| end <= today) {
        "The consent has expired."
    } else {
        return Ok(());
    };
    Err(Error::problem(ProblemCode::ConsentRequired, why))
}

/// The referrer with the telephone in its one form. A number that cannot be read was refused by
/// [`check`].
pub fn normal(mut referrer: Referrer, country: Country) -> Referrer {
    if let Some(telephone) = &referrer.telephone
        && let Ok(phone) = Phone::parse(telephone.as_str(), country)
    {
        referrer.telephone = Some(phone.value().into());
    }
    referrer
}
