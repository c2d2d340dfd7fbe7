//! What a call session is.

use crate::closed_enum;
use crate::courses::CourseId;
use crate::patients::PatientId;
use crate::platform::db::Instant;
use crate::platform::id::Id;
use crate::programmes::ProgrammeId;
use crate::referrals::ReferralId;
use crate::staff::StaffId;

/// The id of a call session.
pub type CallSessionId = Id<CallSession>;

closed_enum! {
    /// What kind of talk it is: firstConversation (første samtale), followUp (opfølgende samtale).
    pub enum CallSessionKind {
        /// The talk in which it is decided whether the programme is right (APS-5).
        FirstConversation = "firstConversation",
        /// A talk in a course.
        FollowUp = "followUp",
    }
}

closed_enum! {
    /// How far the talk is: planned (planlagt), completed (afholdt), cancelled (aflyst).
    pub enum CallSessionState {
        /// It is to be held.
        Planned = "planned",
        /// It was held.
        Completed = "completed",
        /// It will not be held.
        Cancelled = "cancelled",
    }
}

/// One planned talk, with its call attempts.
#[derive(Debug, Clone)]
pub struct CallSession {
    /// Its id.
    pub id: CallSessionId,
    /// The programme.
    pub programme_id: ProgrammeId,
    /// The patient.
    pub patient_id: PatientId,
    /// The referral it goes back to.
    pub referral_id: ReferralId,
    /// The course, once there is one.
    pub course_id: Option<CourseId>,
    /// Who calls.
    pub supporter_id: StaffId,
    /// What kind of talk.
    pub kind: CallSessionKind,
    /// How far it is.
    pub state: CallSessionState,
    /// When it is to be held.
    pub planned_at: Instant,
}
