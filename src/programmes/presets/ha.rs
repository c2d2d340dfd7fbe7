//! Sundhedsaftalen, Region Sjælland and its municipalities.
//!
//! HA-3 hospital, municipality and general practice contribute to one shared picture, which is
//! shared with consent (one year at most); HA-4 electronic referral to the municipalities'
//! prevention offers, from hospital and general practice; HA-3, HA-4 and HA-5 are what talks are
//! about. The agreement takes no patients itself, so there are no criteria.

use super::{ANY, LASTING, ProgrammePreset, channel, consent, denmark, sharing, topics};
use crate::programmes::model::{
    Channel, ContactPolicy, CoursePolicy, CriteriaPolicy, EnquiryPolicy, FirstCallPolicy, Policy,
    Purpose,
};
use crate::programmes::peer_support::{MatchingPolicy, OnboardingPolicy};
use crate::programmes::{BookingPolicy, FiguresPolicy};

pub(super) fn preset() -> ProgrammePreset {
    ProgrammePreset {
        code: "HA".into(),
        name: "Sundhedsaftalen".into(),
        description: "The health agreement of Region Sjælland and its municipalities.".into(),
        rules: vec!["HA-3", "HA-4", "HA-5"],
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
                channel(
                    Channel::Hospital,
                    "Elektronisk henvisning til kommunens forebyggelsestilbud",
                    &[],
                ),
                channel(
                    Channel::GeneralPractice,
                    "Elektronisk henvisning til kommunens forebyggelsestilbud",
                    &[],
                ),
            ],
            consents: vec![
                consent(Purpose::Referral, ANY),
                consent(Purpose::Participation, ANY),
                sharing(),
                consent(Purpose::QualityData, LASTING),
            ],
            first_call: FirstCallPolicy {
                working_days: 8,
                pause_while_awaiting_supplement: true,
                due_soon_days: 2,
            },
            course: CoursePolicy {
                typical_months_from: 0,
                typical_months_to: 12,
            },
            topics: topics(&[
                ("rehabilitation", "Rehabilitering"),
                ("prevention", "Forebyggelse"),
                ("patientEducation", "Patientuddannelse"),
            ]),
            enquiries: EnquiryPolicy { working_days: 3 },
            contact: ContactPolicy {
                telephone: None,
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
