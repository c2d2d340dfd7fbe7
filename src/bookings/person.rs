//! Who a booking is for: the minimum that the programme asks for, found or registered, and the
//! consent it stands on (HF-4). And the other way round: what is shown of the person, to whom.

use super::model::{BookedPerson, Booker, BookingRelative, BookingState, Content};
use super::requests::{BookingConsent, BookingDetails};
use crate::consents::{self, Consent, ConsentId, Decision, NewConsent};
use crate::patients::{self, Patient, PatientId};
use crate::platform::access::Action;
use crate::platform::app::Cx;
use crate::platform::error::{Error, ProblemCode, Result};
use crate::platform::text::Language;
use crate::programmes::{ConsentPolicy, Programme, Purpose};
use crate::timetable;
use crate::volunteers::IllnessPhase;

/// Who books, what for, on which consent.
#[derive(Debug)]
pub struct Resolved {
    /// The patient's record.
    pub patient: PatientId,
    /// The consent.
    pub consent: ConsentId,
    /// Patient or relative.
    pub booker: Booker,
    /// Before, during or after illness.
    pub phase: Option<IllnessPhase>,
    /// What is sealed.
    pub content: Content,
}

/// The consent that a booking needs: another one for talks with volunteers.
#[must_use]
pub fn purpose(programme: &Programme, with_volunteer: bool) -> Purpose {
    let policy = &programme.policy.booking;
    if with_volunteer {
        policy.volunteer_consent
    } else {
        policy.other_consent
    }
}

/// Finds or registers the person, and finds or records the consent.
pub fn resolve(
    cx: &mut Cx<'_>,
    details: &BookingDetails,
    programme: &Programme,
    with_volunteer: bool,
) -> Result<Resolved> {
    if programme.policy.booking.phase_required && details.phase.is_none() {
        let detail = "is required by the programme: before, during or after illness";
        return Err(Error::field("/phase", "required", detail));
    }
    let relative = details.relative.clone().map(normal_relative).transpose()?;
    // Before the person is looked for: whether a record is known, and what it has been agreed to,
    // is not told by who must send a consent and who need not.
    if details.patient.is_some() && details.consent.is_none() && !knows_records(cx) {
        let detail = "Send consent: it is recorded with each booking that you make.";
        return Err(Error::problem(ProblemCode::ConsentRequired, detail));
    }
    let telephone = details
        .patient
        .as_ref()
        .and_then(|patient| patient.telephones.first())
        .and_then(|telephone| patients::parse_phone(&telephone.number).ok())
        .map(|number| number.value().to_owned());
    let language = language(details);
    let patient = patient(cx, details)?;
    let consent = consent(cx, details, &patient, programme, with_volunteer)?;
    Ok(Resolved {
        patient: patient.id,
        consent,
        booker: details.booker,
        phase: details.phase,
        content: Content {
            relative,
            note: details.note.clone(),
            cancellation_note: None,
            telephone,
            language,
            by_staff: timetable::as_staff(cx),
        },
    })
}

/// The language of the talk, where it is said: for the talk itself, or of the patient who talks.
fn language(details: &BookingDetails) -> Option<Language> {
    let persons = details
        .patient
        .as_ref()
        .filter(|_| details.booker == Booker::Patient)
        .and_then(|patient| patient.language.clone());
    details.language.clone().or(persons.map(Into::into))
}

/// With the telephone in normal form.
fn normal_relative(mut relative: BookingRelative) -> Result<BookingRelative> {
    if let Some(number) = &relative.telephone {
        let phone = patients::parse_phone(number)
            .map_err(|error| Error::field("/relative/telephone", error.code(), error.detail()))?;
        relative.telephone = Some(phone.value().to_owned());
    }
    Ok(relative)
}

/// Whether the actor may see records. A booking site knows the persons who sit in front of it, and
/// no records.
pub(super) fn knows_records(cx: &Cx<'_>) -> bool {
    timetable::as_staff(cx) || cx.actor.may(Action::PatientsRead)
}

fn patient(cx: &mut Cx<'_>, details: &BookingDetails) -> Result<Patient> {
    if let Some(own) = cx.scope().patient {
        if details.patient.is_some() || details.patient_id.is_some_and(|id| id != own) {
            return Err(Error::problem(
                ProblemCode::Forbidden,
                "A patient books for himself or herself only: leave out patient and patientId.",
            ));
        }
        return patients::find(cx, own);
    }
    if let Some(inline) = &details.patient {
        let changes_records =
            cx.actor.may(Action::PatientsRead) && cx.actor.may(Action::PatientsWrite);
        let found = if changes_records {
            patients::find_or_create(cx, inline).map(|(patient, _)| patient)
        } else {
            patients::find_or_register(cx, inline)
        };
        return found.map_err(|error| error.below("/patient"));
    }
    let Some(id) = details.patient_id else {
        return Err(Error::field(
            "/patient",
            "required",
            "send patient or patientId",
        ));
    };
    if !knows_records(cx) {
        return Err(Error::not_found().referred("/patientId"));
    }
    patients::find(cx, id).map_err(|error| error.referred("/patientId"))
}

fn consent(
    cx: &mut Cx<'_>,
    details: &BookingDetails,
    patient: &Patient,
    programme: &Programme,
    with_volunteer: bool,
) -> Result<ConsentId> {
    let purpose = purpose(programme, with_volunteer);
    let asked_for = |one: &ConsentPolicy| one.purpose == purpose;
    if !programme.policy.consents.iter().any(asked_for) {
        return Err(Error::conflict(format!(
            "A booking stands on a consent for {purpose}, which the programme does not ask for: \
             its policy must name it under consents."
        )));
    }
    if let Some(inline) = &details.consent {
        let new = new_consent(inline, programme, purpose);
        let policy = Some(&programme.policy);
        consents::check_not_taken_back(cx, patient.id, programme.id, purpose, new.given_at)?;
        consents::record_known(cx, patient, policy, &new)
            .map_err(|error| error.below("/consent"))?;
    }
    // One that is sent counts as any other: a refusal given after it stands.
    let now = cx.now;
    let active = consents::active(cx, patient.id, purpose, Some(programme.id), now)?;
    match (active, details.consent_id) {
        (Some(active), None) => Ok(active.id),
        (Some(active), Some(named)) if active.id == named => Ok(named),
        _ if details.consent.is_some() => Err(Error::problem(
            ProblemCode::ConsentRequired,
            format!(
                "The consent that was sent has expired, or a later decision on {purpose} stands against it."
            ),
        )),
        _ => Err(Error::problem(
            ProblemCode::ConsentRequired,
            format!("No active consent for {purpose} covers the booking. Send consent."),
        )),
    }
}

fn new_consent(sent: &BookingConsent, programme: &Programme, purpose: Purpose) -> NewConsent {
    NewConsent {
        programme_id: Some(programme.id),
        purpose,
        form: sent.form,
        decision: Decision::Given,
        given_at: sent.given_at,
        expires_on: None,
        given_by: sent.given_by.clone(),
        taken_by: sent.taken_by.clone(),
        given_to: None,
        legal_basis: None,
        note: None,
    }
}

/// Whether the person is shown: to staff and to the patient; to the supporter for as long as there
/// is a talk to call for, neither before it is booked nor afterwards. To others never.
pub(super) fn is_shown(cx: &Cx<'_>, state: BookingState) -> bool {
    timetable::as_staff(cx)
        || cx.scope().patient.is_some()
        || (cx.scope().volunteer().is_some() && state == BookingState::Confirmed)
}

/// What is shown of the person. The number that was given with the booking is the one to call, the
/// language that was said the one to talk.
pub(super) fn shown(cx: &Cx<'_>, patient: &Patient, content: &Content) -> BookedPerson {
    let masked = patients::is_masked(patient, cx.scope());
    let given = content.telephone.as_deref().map(patients::parse_phone);
    let known = patient.telephones.first();
    let number = match &given {
        Some(Ok(number)) => Some(number),
        _ => known.map(|telephone| &telephone.number),
    };
    let telephone = number.map(|number| {
        if masked {
            number.masked()
        } else {
            number.value().to_owned()
        }
    });
    let said = content.language.as_ref();
    BookedPerson {
        name: (!masked).then(|| patient.name.clone()),
        telephone,
        language: said
            .map(|language| language.as_str().to_owned())
            .or_else(|| patient.language.clone()),
        relative: content.relative.clone().filter(|_| !masked),
        masked,
    }
}

/// Whether a consent still counts.
pub fn still_covers(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: &Programme,
    with_volunteer: bool,
) -> Result<Option<Consent>> {
    let now = cx.now;
    let purpose = purpose(programme, with_volunteer);
    consents::active(cx, patient, purpose, Some(programme.id), now)
}

/// The consent that covers the booking now, or the refusal of whatever needs it.
pub(super) fn require_covered(
    cx: &mut Cx<'_>,
    patient: PatientId,
    programme: &Programme,
    with_volunteer: bool,
) -> Result<ConsentId> {
    let covering = still_covers(cx, patient, programme, with_volunteer)?;
    covering.map(|consent| consent.id).ok_or_else(|| {
        Error::problem(
            ProblemCode::ConsentRequired,
            "No consent covers this any more, or none for this kind of supporter.",
        )
    })
}
