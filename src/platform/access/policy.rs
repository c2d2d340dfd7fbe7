//! The access policy: every action, the scope a client needs for it, and the roles that people
//! need. [`roles`] is one exhaustive match: an action without a decision does not compile.
//!
//! The matrix is printed to `docs/access-matrix.txt` by a test, for people who do not read Rust.

use crate::closed_enum;

closed_enum! {
    /// What a person does in a programme or organisation.
    pub enum Role {
        /// Nurse or bridge-building nurse (sygeplejerske, brobygger): carries courses.
        Nurse = "nurse",
        /// Coordinator of a programme (koordinator): intake, enquiries, worklists.
        Coordinator = "coordinator",
        /// Coordinator of volunteers (frivilligkoordinator).
        VolunteerCoordinator = "volunteerCoordinator",
        /// Volunteer (frivillig patientstøtte): own record and own talks, nothing else.
        Volunteer = "volunteer",
        /// Secretariat of a steering group (sekretariat).
        Secretariat = "secretariat",
        /// Member of a steering group (medlem af styregruppe).
        SteeringMember = "steeringMember",
        /// Data protection officer or auditor (databeskyttelsesrådgiver, revisor).
        Auditor = "auditor",
        /// Administrator (administrator): organisations, programmes, staff; no health data.
        Administrator = "administrator",
        /// The patient (patient, borger): own data only.
        Patient = "patient",
    }
}

macro_rules! actions {
    ($(#[doc = $meaning:literal] $name:ident = $scope:literal;)+) => {
        /// Everything that needs permission. Each has one OAuth scope.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Action { $(#[doc = $meaning] $name),+ }

        impl Action {
            /// Every action.
            pub const ALL: &'static [Self] = &[$(Self::$name),+];
            /// The OAuth scope a client needs.
            #[must_use]
            pub const fn scope(self) -> &'static str { match self { $(Self::$name => $scope),+ } }
            /// What it lets one do.
            #[must_use]
            pub const fn meaning(self) -> &'static str { match self { $(Self::$name => $meaning),+ } }
        }

        $(
            #[doc = $meaning]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;
            impl Permitted for $name { const ACTION: Action = Action::$name; }
        )+
    };
}

/// An action as a type, so that a handler's signature says what it needs.
pub trait Permitted: 'static {
    /// The action.
    const ACTION: Action;
}

actions! {
    /// Read organisations and the places they are in.
    OrganisationsRead = "organisations.read";
    /// Create and change organisations.
    OrganisationsWrite = "organisations.write";
    /// Read programmes, their policy and their calendar.
    ProgrammesRead = "programmes.read";
    /// Create programmes and change their policy.
    ProgrammesWrite = "programmes.write";
    /// Read staff.
    StaffRead = "staff.read";
    /// Create and change staff.
    StaffWrite = "staff.write";
    /// Search and read patients and their relatives.
    PatientsRead = "patients.read";
    /// Create and change patients and their relatives.
    PatientsWrite = "patients.write";
    /// Merge two records of the same person.
    PatientsMerge = "patients.merge";
    /// See who has looked at a patient's record.
    AccessLogRead = "accessLog.read";
    /// Read consents.
    ConsentsRead = "consents.read";
    /// Record and withdraw consents.
    ConsentsWrite = "consents.write";
    /// Read referrals and their deadlines.
    ReferralsRead = "referrals.read";
    /// Send referrals, supplement and withdraw them.
    ReferralsWrite = "referrals.write";
    /// Accept, reject and forward referrals, and ask for supplements.
    ReferralsDecide = "referrals.decide";
    /// Read call sessions.
    CallSessionsRead = "callSessions.read";
    /// Plan, move, hold and cancel call sessions.
    CallSessionsWrite = "callSessions.write";
    /// Read courses.
    CoursesRead = "courses.read";
    /// Change, pause, resume and close courses.
    CoursesWrite = "courses.write";
    /// Read worklists.
    WorklistsRead = "worklists.read";
    /// Read enquiries.
    EnquiriesRead = "enquiries.read";
    /// Register and answer enquiries.
    EnquiriesWrite = "enquiries.write";
    /// Check lists of candidates.
    CandidateChecksWrite = "candidateChecks.write";
    /// Read time types, time books and all their times.
    TimetableRead = "timetable.read";
    /// Make and change time types, time books and times.
    TimetableWrite = "timetable.write";
    /// Say when the owner of a time book can.
    AvailabilityWrite = "availability.write";
    /// Search free times.
    SlotsRead = "slots.read";
    /// Read bookings: those that a system made, a patient's or volunteer's own.
    BookingsRead = "bookings.read";
    /// Read all bookings, as staff do, and book beyond what the web shows.
    BookingsReadAll = "bookings.readAll";
    /// Hold, confirm, move and cancel bookings, and wait for times.
    BookingsWrite = "bookings.write";
    /// Record what came of a booking.
    BookingsAttend = "bookings.attend";
    /// Read volunteers; a volunteer: oneself.
    VolunteersRead = "volunteers.read";
    /// Change volunteers and their leave; a volunteer: oneself.
    VolunteersWrite = "volunteers.write";
    /// Register volunteers, record their onboarding, make them active, record departures.
    VolunteersDecide = "volunteers.decide";
    /// Read what volunteers let the public see.
    VolunteerProfilesRead = "volunteerProfiles.read";
    /// Find volunteers who fit a need.
    MatchesRead = "matches.read";
    /// Read ward shifts.
    WardShiftsRead = "wardShifts.read";
    /// Plan, change and cancel ward shifts.
    WardShiftsWrite = "wardShifts.write";
    /// Sign up for ward shifts, sign off, offer and swap places.
    WardShiftsSignUp = "wardShifts.signUp";
    /// Read the single counts of ward talks.
    WardTalksRead = "wardTalks.read";
    /// Count ward talks.
    WardTalksWrite = "wardTalks.write";
    /// Read feedback, and whether it may be quoted.
    FeedbackRead = "feedback.read";
    /// Give and register feedback.
    FeedbackWrite = "feedback.write";
    /// Read activity figures.
    ActivityFiguresRead = "activityFigures.read";
    /// Read the event log.
    EventsRead = "events.read";
    /// Read webhook endpoints and what became of their deliveries.
    WebhooksRead = "webhooks.read";
    /// Make and change webhook endpoints, rotate their secrets, ask for events once more.
    WebhooksWrite = "webhooks.write";
    /// Follow imports and read their results.
    ImportsRead = "imports.read";
    /// Send files to import, and stop imports.
    ImportsWrite = "imports.write";
    /// Read health agreements, their indicators and measurements.
    HealthAgreementsRead = "healthAgreements.read";
    /// Register and change health agreements and their indicators.
    HealthAgreementsWrite = "healthAgreements.write";
    /// Record and correct measurements of indicators.
    MeasurementsWrite = "measurements.write";
    /// Read delegations of tasks between sectors.
    DelegationsRead = "delegations.read";
    /// Propose, approve and end delegations of tasks.
    DelegationsWrite = "delegations.write";
    /// Read governing documents and their versions.
    GoverningDocumentsRead = "governingDocuments.read";
    /// Draft governing documents and new versions of them.
    GoverningDocumentsWrite = "governingDocuments.write";
    /// Approve versions of governing documents, and withdraw documents.
    GoverningDocumentsApprove = "governingDocuments.approve";
    /// Read evaluations and when they are due.
    EvaluationsRead = "evaluations.read";
    /// Plan evaluations and record what came of them.
    EvaluationsWrite = "evaluations.write";
    /// Read the units of a centre and who belongs to them.
    UnitsRead = "units.read";
    /// Make and change units and staff shares.
    UnitsWrite = "units.write";
    /// Read the overview of support offers.
    SupportOffersRead = "supportOffers.read";
    /// Register and change support offers.
    SupportOffersWrite = "supportOffers.write";
    /// Read working groups; a member of the steering group: its own.
    WorkingGroupsRead = "workingGroups.read";
    /// Set up and change working groups, record their reports.
    WorkingGroupsWrite = "workingGroups.write";
    /// See what is due in governance: evaluations, delegations, documents, measurements.
    GovernanceWorklistRead = "governanceWorklist.read";
    /// Read steering groups and their members.
    SteeringGroupsRead = "steeringGroups.read";
    /// Create and change steering groups and their members.
    SteeringGroupsWrite = "steeringGroups.write";
    /// Read meetings, agendas, minutes, decisions and tasks; a member: of own groups.
    MeetingsRead = "meetings.read";
    /// Plan meetings, send agendas, write, send, revise and correct minutes.
    MeetingsWrite = "meetings.write";
    /// Propose agenda items, send remarks, complete tasks; a member: in own groups, as oneself.
    MeetingsTakePart = "meetings.takePart";
    /// Read documents for approval by a steering group; a member: of own groups.
    FunctionDescriptionsRead = "functionDescriptions.read";
    /// Draft documents for approval, submit them and record what the group decided.
    FunctionDescriptionsWrite = "functionDescriptions.write";
}

/// The roles that may do `action`.
#[must_use]
pub const fn roles(action: Action) -> &'static [Role] {
    use Role::{
        Administrator, Auditor, Coordinator, Nurse, Patient, Secretariat, SteeringMember,
        Volunteer, VolunteerCoordinator,
    };
    match action {
        Action::OrganisationsRead | Action::ProgrammesRead | Action::SupportOffersRead => &[
            Nurse,
            Coordinator,
            VolunteerCoordinator,
            Volunteer,
            Secretariat,
            SteeringMember,
            Auditor,
            Administrator,
            Patient,
        ],
        Action::OrganisationsWrite
        | Action::ProgrammesWrite
        | Action::StaffWrite
        | Action::ImportsRead
        | Action::ImportsWrite => &[Administrator],
        Action::StaffRead => &[
            Nurse,
            Coordinator,
            VolunteerCoordinator,
            Secretariat,
            Auditor,
            Administrator,
        ],
        Action::PatientsRead | Action::ConsentsRead | Action::CoursesRead => {
            &[Nurse, Coordinator, Patient]
        }
        Action::PatientsWrite
        | Action::ReferralsRead
        | Action::ReferralsDecide
        | Action::CallSessionsRead
        | Action::CallSessionsWrite
        | Action::CoursesWrite
        | Action::WorklistsRead
        | Action::EnquiriesRead
        | Action::EnquiriesWrite
        | Action::CandidateChecksWrite => &[Nurse, Coordinator],
        Action::TimetableRead | Action::AvailabilityWrite | Action::BookingsAttend => {
            &[Nurse, Coordinator, VolunteerCoordinator, Volunteer]
        }
        Action::TimetableWrite => &[Coordinator, VolunteerCoordinator],
        Action::SlotsRead | Action::BookingsWrite => {
            &[Nurse, Coordinator, VolunteerCoordinator, Patient]
        }
        Action::BookingsRead => &[Nurse, Coordinator, VolunteerCoordinator, Volunteer, Patient],
        Action::BookingsReadAll => &[Nurse, Coordinator, VolunteerCoordinator],
        Action::VolunteersRead => &[Coordinator, VolunteerCoordinator, Volunteer],
        Action::VolunteersWrite => &[VolunteerCoordinator, Volunteer],
        Action::VolunteersDecide => &[VolunteerCoordinator],
        Action::VolunteerProfilesRead => &[
            Nurse,
            Coordinator,
            VolunteerCoordinator,
            Volunteer,
            Secretariat,
            Patient,
        ],
        Action::MatchesRead => &[Nurse, Coordinator, VolunteerCoordinator],
        Action::PatientsMerge => &[Coordinator],
        Action::AccessLogRead => &[Coordinator, Auditor, Patient],
        Action::ConsentsWrite | Action::ReferralsWrite => &[Nurse, Coordinator, Patient],
        Action::WardShiftsRead
        | Action::WardShiftsSignUp
        | Action::WardTalksRead
        | Action::WardTalksWrite => &[Coordinator, VolunteerCoordinator, Volunteer],
        Action::WardShiftsWrite => &[Coordinator, VolunteerCoordinator],
        Action::FeedbackRead | Action::FeedbackWrite => {
            &[Coordinator, VolunteerCoordinator, Patient]
        }
        Action::EventsRead => &[Coordinator, Auditor],
        Action::WebhooksRead => &[Auditor, Administrator],
        Action::WebhooksWrite => &[Administrator],
        Action::HealthAgreementsWrite | Action::EvaluationsWrite => &[Secretariat],
        Action::MeasurementsWrite | Action::DelegationsWrite => &[Coordinator, Secretariat],
        Action::HealthAgreementsRead
        | Action::EvaluationsRead
        | Action::DelegationsRead
        | Action::UnitsRead => &[
            Nurse,
            Coordinator,
            VolunteerCoordinator,
            Secretariat,
            SteeringMember,
            Auditor,
            Administrator,
        ],
        Action::GoverningDocumentsRead => &[
            Nurse,
            Coordinator,
            VolunteerCoordinator,
            Volunteer,
            Secretariat,
            SteeringMember,
            Auditor,
            Administrator,
        ],
        Action::GoverningDocumentsWrite => &[Coordinator, Secretariat],
        Action::GoverningDocumentsApprove => &[SteeringMember, Administrator],
        Action::UnitsWrite => &[Coordinator, Secretariat, Administrator],
        Action::SupportOffersWrite => &[Coordinator, VolunteerCoordinator, Secretariat],
        Action::WorkingGroupsRead => &[Secretariat, SteeringMember, Auditor, Administrator],
        Action::WorkingGroupsWrite => &[Secretariat],
        Action::GovernanceWorklistRead => {
            &[Coordinator, Secretariat, SteeringMember, Administrator]
        }
        Action::ActivityFiguresRead => &[
            Coordinator,
            VolunteerCoordinator,
            Secretariat,
            SteeringMember,
            Auditor,
            Administrator,
        ],
        Action::SteeringGroupsRead => &[Secretariat, SteeringMember, Auditor, Administrator],
        Action::SteeringGroupsWrite => &[Secretariat, Administrator],
        Action::MeetingsRead | Action::MeetingsTakePart | Action::FunctionDescriptionsRead => {
            &[Secretariat, SteeringMember]
        }
        Action::MeetingsWrite | Action::FunctionDescriptionsWrite => &[Secretariat],
    }
}

/// Whether the policy lets `role` do `action`.
#[must_use]
pub fn allows(role: Role, action: Action) -> bool {
    roles(action).contains(&role)
}

/// The action that a scope stands for.
#[must_use]
pub fn action_of(scope: &str) -> Option<Action> {
    Action::ALL
        .iter()
        .copied()
        .find(|action| action.scope() == scope)
}

/// The matrix role × action as text, for `docs/access-matrix.txt`.
#[must_use]
pub fn matrix() -> String {
    let width = Action::ALL
        .iter()
        .map(|action| action.scope().len())
        .max()
        .unwrap_or(0);
    let mut text = format!("{:width$}", "scope");
    for role in Role::ALL {
        text.push_str("  ");
        text.push_str(role.as_str());
    }
    text.push('\n');
    for action in Action::ALL {
        text.push_str(&format!("{:width$}", action.scope()));
        for role in Role::ALL {
            let mark = if allows(*role, *action) { "yes" } else { "-" };
            text.push_str(&format!("  {mark:<w$}", w = role.as_str().len()));
        }
        while text.ends_with(' ') {
            text.pop();
        }
        text.push('\n');
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_unique_and_found_by_name() {
        for action in Action::ALL {
            assert_eq!(action_of(action.scope()), Some(*action));
        }
        assert_eq!(action_of("everything"), None);
    }

    #[test]
    fn an_administrator_sees_no_health_data() {
        for action in [
            Action::PatientsRead,
            Action::ReferralsRead,
            Action::CoursesRead,
            Action::CallSessionsRead,
            Action::ConsentsRead,
        ] {
            assert!(!allows(Role::Administrator, action), "{action:?}");
        }
    }
}
