//! Every type of event there is, with what it means: what integrated systems can subscribe to, and
//! what the contract publishes. Closed: a test holds the source against it in both directions, so a
//! new event is a new line here.
//!
//! A type is `subject.whatHappened`; the part before the dot names the kind of thing that
//! `subjectId` is the id of.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};
use utoipa::openapi::schema::{ObjectBuilder, Type};
use utoipa::openapi::{RefOr, Schema};

/// Type and meaning, by subject.
pub const CATALOGUE: &[(&str, &str)] = &[
    ("organisation.created", "An organisation was made."),
    ("organisation.changed", "An organisation was changed."),
    ("programme.created", "A programme was made."),
    (
        "programme.changed",
        "A programme or its policy was changed.",
    ),
    ("staff.created", "A staff member was registered."),
    ("staff.changed", "A staff member was changed."),
    ("patient.created", "A patient's record was made."),
    ("patient.changed", "A patient's record was changed."),
    (
        "patient.merged",
        "A patient's record went into another record of the same person.",
    ),
    ("relative.created", "A relative was registered."),
    ("relative.changed", "A relative was changed."),
    ("relative.deleted", "A relative was removed."),
    ("consent.given", "A consent was recorded."),
    ("consent.refused", "A refusal of consent was recorded."),
    (
        "consent.withdrawn",
        "A consent was withdrawn; what stood on it has ended.",
    ),
    (
        "referral.received",
        "A referral was received; its clock runs.",
    ),
    (
        "referral.supplementRequested",
        "A supplement was asked for; by policy the clock stands still.",
    ),
    ("referral.supplemented", "The supplement has come."),
    ("referral.accepted", "A referral was accepted."),
    ("referral.rejected", "A referral was rejected."),
    (
        "referral.forwarded",
        "A referral was forwarded to another offer.",
    ),
    ("referral.withdrawn", "A referral was withdrawn."),
    (
        "referral.called",
        "The patient was called for the first time, which keeps the deadline (APS-4).",
    ),
    (
        "referral.reached",
        "The patient was reached for the first time.",
    ),
    (
        "referral.changed",
        "An earlier first call was registered later: `firstCalledAt` or `reachedAt` has changed.",
    ),
    (
        "referral.enrolled",
        "The first conversation opened a course.",
    ),
    (
        "referral.notSuitable",
        "The first conversation found that the programme is not right.",
    ),
    (
        "referral.firstCallDueSoon",
        "The last day for the first call is near and nobody has called (APS-4). Once for each deadline.",
    ),
    (
        "referral.firstCallOverdue",
        "The last day for the first call has passed and nobody has called (APS-4). Once for each deadline.",
    ),
    ("callSession.planned", "A talk was planned."),
    (
        "callSession.changed",
        "A planned talk was moved or changed.",
    ),
    (
        "callSession.attempted",
        "An attempt to call was registered.",
    ),
    ("callSession.completed", "A talk was held."),
    ("callSession.cancelled", "A talk was cancelled."),
    ("course.opened", "A course was opened."),
    ("course.changed", "A course was changed."),
    (
        "course.supporterChanged",
        "A course got another fixed supporter.",
    ),
    ("course.paused", "A course was paused."),
    ("course.resumed", "A course goes on."),
    ("course.closed", "A course was closed."),
    ("enquiry.received", "An enquiry was registered."),
    ("enquiry.answered", "An enquiry was answered."),
    (
        "enquiry.overdue",
        "The last day for the answer to an enquiry has passed (APS-10). Once for each deadline.",
    ),
    ("timeType.created", "A time type was made."),
    ("timeType.changed", "A time type was changed."),
    ("schedule.created", "A time book was made."),
    ("schedule.changed", "A time book was changed."),
    (
        "schedule.availabilityChanged",
        "The availability in a time book was changed.",
    ),
    (
        "schedule.extended",
        "The times of a time book were extended to its horizon.",
    ),
    ("slot.created", "A time was made by hand."),
    ("slot.changed", "A time was changed."),
    ("booking.held", "A time is held."),
    ("booking.confirmed", "A booking was confirmed."),
    ("booking.moved", "A booking was moved to another time."),
    ("booking.cancelled", "A booking was cancelled."),
    ("booking.expired", "A hold ran out."),
    ("booking.attended", "A booked talk took place."),
    ("booking.noShow", "Nobody came to a booked talk."),
    (
        "waitingListEntry.entered",
        "Somebody was put on the waiting list.",
    ),
    (
        "waitingListEntry.offered",
        "A free time was offered to somebody who waits.",
    ),
    ("waitingListEntry.offerExpired", "An offer ran out."),
    (
        "waitingListEntry.passed",
        "An offered time was declined; the entry waits on.",
    ),
    (
        "waitingListEntry.booked",
        "Somebody who waited has got a time.",
    ),
    ("waitingListEntry.left", "Somebody left the waiting list."),
    ("volunteer.registered", "A volunteer was registered."),
    (
        "volunteer.imported",
        "A volunteer was taken over from an earlier register.",
    ),
    ("volunteer.changed", "A volunteer's record was changed."),
    (
        "volunteer.onboardingStepHeld",
        "A step of a volunteer's onboarding was recorded.",
    ),
    ("volunteer.activated", "A volunteer became active."),
    ("volunteer.leaveTaken", "A volunteer went on leave."),
    (
        "volunteer.talkTakenOver",
        "A talk that was booked with a volunteer went to another one.",
    ),
    ("volunteer.returned", "A volunteer came back from leave."),
    ("volunteer.departed", "A volunteer left."),
    ("wardShift.planned", "A ward shift was planned."),
    ("wardShift.changed", "A ward shift was changed."),
    ("wardShift.cancelled", "A ward shift was cancelled."),
    (
        "wardShift.signedUp",
        "A volunteer signed up for a ward shift.",
    ),
    (
        "wardShift.signedOff",
        "A volunteer signed off a ward shift.",
    ),
    (
        "wardShift.placeOffered",
        "A volunteer offered a place on a ward shift to others.",
    ),
    (
        "wardShift.swapped",
        "A volunteer took over a place on a ward shift.",
    ),
    ("wardTalk.counted", "A talk on a ward was counted."),
    (
        "wardTalk.removed",
        "A count of a talk on a ward was removed.",
    ),
    ("feedback.received", "Feedback was registered."),
    (
        "feedback.quotationAgreed",
        "Whoever gave feedback agreed afterwards that it may be quoted.",
    ),
    (
        "feedback.quotationWithdrawn",
        "The agreement to quote feedback was withdrawn.",
    ),
    ("import.received", "A file to import was received."),
    (
        "import.completed",
        "An import has ended; its report says what became of each line.",
    ),
    ("import.cancelled", "An import was cancelled."),
    (
        "import.failed",
        "An import could not be brought to its end.",
    ),
    (
        "healthAgreement.created",
        "A health agreement was registered (HA-1).",
    ),
    ("healthAgreement.changed", "A health agreement was changed."),
    ("indicator.created", "An indicator was registered (HA-2)."),
    ("indicator.changed", "An indicator was changed."),
    (
        "measurement.recorded",
        "A measurement of an indicator was recorded.",
    ),
    (
        "measurement.corrected",
        "A measurement of an indicator was corrected.",
    ),
    (
        "delegation.proposed",
        "A delegation of a task between sectors was proposed (HA-6).",
    ),
    ("delegation.changed", "A proposed delegation was changed."),
    ("delegation.approved", "A delegation was approved."),
    ("delegation.ended", "A delegation was ended."),
    ("evaluation.planned", "An evaluation was planned (CPS-7)."),
    ("evaluation.changed", "A planned evaluation was changed."),
    ("evaluation.completed", "An evaluation was completed."),
    ("evaluation.cancelled", "An evaluation was cancelled."),
    (
        "governingDocument.created",
        "A governing document was registered (HAL-6).",
    ),
    (
        "governingDocument.changed",
        "A governing document has another draft, valid version or title.",
    ),
    (
        "governingDocument.withdrawn",
        "A governing document was withdrawn.",
    ),
    (
        "governingDocumentVersion.drafted",
        "A version of a governing document was drafted.",
    ),
    (
        "governingDocumentVersion.changed",
        "A draft of a governing document was changed.",
    ),
    (
        "governingDocumentVersion.approved",
        "A version of a governing document was approved and is the valid one from its day on.",
    ),
    ("unit.created", "A unit of a centre was registered (CPS-1)."),
    ("unit.changed", "A unit of a centre was changed."),
    (
        "staffShare.assigned",
        "Somebody was given a share of full time in a unit.",
    ),
    (
        "staffShare.changed",
        "A share of full time in a unit was changed.",
    ),
    (
        "supportOffer.registered",
        "A support offer was registered (CPS-4).",
    ),
    ("supportOffer.changed", "A support offer was changed."),
    (
        "steeringGroup.created",
        "A steering group was made (CPS-5).",
    ),
    ("steeringGroup.changed", "A steering group was changed."),
    (
        "steeringMember.appointed",
        "Somebody was appointed to a steering group.",
    ),
    (
        "steeringMember.changed",
        "A seat in a steering group was changed or ended.",
    ),
    (
        "steeringMember.removed",
        "A seat in a steering group was taken back before its first day.",
    ),
    (
        "workingGroup.created",
        "A working group was set up (CPS-5).",
    ),
    ("workingGroup.changed", "A working group was changed."),
    ("workingGroup.reported", "A working group has reported."),
    ("workingGroup.closed", "A working group was closed."),
    ("meeting.planned", "A meeting was planned (CPS-6)."),
    ("meeting.changed", "A meeting was changed."),
    ("meeting.cancelled", "A meeting was cancelled."),
    (
        "meeting.agendaOrdered",
        "The items of an agenda were put into another order.",
    ),
    (
        "meeting.agendaDue",
        "The last day to send the agenda of a meeting has begun, and it is not sent.",
    ),
    ("meeting.agendaSent", "The agenda of a meeting was sent."),
    (
        "meeting.attendanceRecorded",
        "Who came to a meeting was recorded.",
    ),
    (
        "meeting.minutesDue",
        "The last day to send the minutes of a meeting has begun, and they are not sent.",
    ),
    ("meeting.minutesSent", "The minutes of a meeting were sent."),
    (
        "meeting.minutesRevised",
        "The minutes of a meeting were revised after remarks.",
    ),
    (
        "meeting.minutesApproved",
        "The minutes of a meeting stand approved.",
    ),
    (
        "meeting.minutesCorrected",
        "Approved minutes were corrected; the version before stays.",
    ),
    (
        "meeting.remarksAnswered",
        "Remarks on approved minutes were answered; the minutes stay as they are.",
    ),
    ("agendaItem.added", "An item was put on an agenda."),
    ("agendaItem.changed", "An item of an agenda was changed."),
    ("agendaItem.removed", "An item was taken off an agenda."),
    ("decision.recorded", "A decision of a meeting was recorded."),
    ("decision.changed", "A recorded decision was changed."),
    (
        "actionItem.created",
        "Somebody was given a task at a meeting.",
    ),
    ("actionItem.changed", "A task from a meeting was changed."),
    (
        "actionItem.completed",
        "A task from a meeting was completed.",
    ),
    (
        "remark.received",
        "A remark to the minutes of a meeting was received.",
    ),
    (
        "functionDescription.drafted",
        "A document for approval by a steering group was drafted (CPS-7).",
    ),
    (
        "functionDescription.versionBegun",
        "A new version of a document for approval was begun.",
    ),
    (
        "functionDescription.changed",
        "A draft of a document for approval was changed.",
    ),
    (
        "functionDescription.submitted",
        "A document was submitted to its steering group.",
    ),
    (
        "functionDescription.approved",
        "A steering group approved a document.",
    ),
    (
        "functionDescription.rejected",
        "A steering group rejected a document.",
    ),
    (
        "webhookEndpoint.created",
        "A webhook endpoint was registered. An endpoint is not told of itself.",
    ),
    ("webhookEndpoint.changed", "A webhook endpoint was changed."),
    ("webhookEndpoint.paused", "A webhook endpoint was paused."),
    (
        "webhookEndpoint.resumed",
        "A webhook endpoint gets its events again.",
    ),
    (
        "webhookEndpoint.disabled",
        "A webhook endpoint answered 410 and gets nothing more until it is resumed.",
    ),
    (
        "webhookEndpoint.secretRotated",
        "A webhook endpoint got a new secret.",
    ),
    (
        "webhookEndpoint.deleted",
        "A webhook endpoint was deleted: it is sent nothing more.",
    ),
    (
        "webhookEndpoint.replayed",
        "Events were asked for once more for a webhook endpoint.",
    ),
];

/// What a type means, if there is such a type.
#[must_use]
pub fn meaning(kind: &str) -> Option<&'static str> {
    CATALOGUE
        .iter()
        .find(|(known, _)| *known == kind)
        .map(|(_, meaning)| *meaning)
}

/// A type of event, as it stands in a request: one of the catalogue.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct EventType(Cow<'static, str>);

impl EventType {
    /// As text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}
impl From<String> for EventType {
    fn from(text: String) -> Self {
        Self(text.into())
    }
}
impl utoipa::PartialSchema for EventType {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .enum_values(Some(CATALOGUE.iter().map(|(kind, _)| *kind)))
            .examples([serde_json::json!("referral.accepted")])
            .description(Some(
                "What happened (hændelse / händelse): the kind of thing, a dot, and what became of it. What each means stands under `webhooks`. New types are added as the service grows: skip one that you do not know.",
            ))
            .into()
    }
}
impl utoipa::ToSchema for EventType {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_type_stands_there_once_and_is_subject_and_happening() {
        let mut kinds: Vec<&str> = CATALOGUE.iter().map(|(kind, _)| *kind).collect();
        for (kind, meaning) in CATALOGUE {
            let (subject, happened) = kind.split_once('.').unwrap();
            for part in [subject, happened] {
                assert!(
                    part.starts_with(|first: char| first.is_ascii_lowercase()),
                    "{kind}"
                );
                assert!(part.chars().all(|c| c.is_ascii_alphabetic()), "{kind}");
            }
            assert!(meaning.ends_with('.'), "{kind}");
        }
        kinds.sort_unstable();
        kinds.dedup();
        assert_eq!(kinds.len(), CATALOGUE.len());
    }
}
