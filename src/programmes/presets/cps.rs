//! Center for Patientstøtte, Region Nordjylland: bridge-building nurses.
//!
//! CPS-1 the units are hospital departments, CPS-3 Sund Info books and coordinates: the channels
//! are the units by way of Sund Info, and one unit to another. CPS-2 the dimensions of a complex
//! case are what talks are about, and parties across sectors are told what they need with consent
//! (informationSharing, one year at most). No age limit: the children's department is a unit.

use super::{ANY, LASTING, ProgrammePreset, channel, consent, denmark, sharing, topics};
use crate::programmes::model::{
    Channel, ContactPolicy, CoursePolicy, CriteriaPolicy, EnquiryPolicy, FirstCallPolicy, Policy,
    Purpose,
};
use crate::programmes::peer_support::{MatchingPolicy, OnboardingPolicy};
use crate::programmes::{BookingPolicy, FiguresPolicy};

pub(super) fn preset() -> ProgrammePreset {
    ProgrammePreset {
        code: "CPS".into(),
        name: "Center for Patientstøtte".into(),
        description: "Bridge-building nurses for complex cases, and their steering group (Region Nordjylland).".into(),
        rules: vec!["CPS-1", "CPS-2", "CPS-3"],
        starting_values: vec![
            "/consents/0/forms",
            "/consents/1/forms",
            "/consents/2/forms",
            "/consents/3/forms",
            "/firstCall/workingDays",
            "/course/typicalMonthsFrom",
            "/course/typicalMonthsTo",
            "/enquiries/workingDays",
            "/booking",
            "/figures",
        ],
        policy: Policy {
            calendar: denmark(),
            criteria: CriteriaPolicy {
                minimum_age: None,
                questions: Vec::new(),
            },
            channels: vec![
                channel(Channel::Hospital, "Afdelingen → Sund Info", &[]),
                channel(Channel::Internal, "Fra en enhed i centret til en anden", &[]),
            ],
            consents: vec![
                consent(Purpose::Referral, ANY),
                consent(Purpose::Participation, ANY),
                sharing(),
                consent(Purpose::QualityData, LASTING),
            ],
            first_call: FirstCallPolicy {
                working_days: 5,
                pause_while_awaiting_supplement: true,
                due_soon_days: 2,
            },
            course: CoursePolicy {
                typical_months_from: 0,
                typical_months_to: 6,
            },
            topics: topics(&[
                ("somatic", "Somatisk"),
                ("psychological", "Psykisk"),
                ("social", "Social"),
                ("ethnic", "Etnisk"),
                ("cultural", "Kulturel"),
            ]),
            enquiries: EnquiryPolicy { working_days: 3 },
            contact: ContactPolicy {
                telephone: Some("Sund Info".into()),
                telephone_hours: Vec::new(),
                safe_mail: None,
                web: None,
            },
            booking: BookingPolicy::default(),
            onboarding: OnboardingPolicy::default(),
            matching: MatchingPolicy::default(),
            figures: FiguresPolicy::default(),
        },
    }
}
